"""Which goals the investments of a program touch."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from portfolio.gates.models import Assessment
from portfolio.papers.standings import Standing

AT_A_TIME = 500


def goals_touched(session: Session, standings: Iterable[Standing]) -> list[dict[str, Any]]:
    """Each goal with how many investments help it and how many harm it; the most touched first.

    By the round that each investment's verdicts are shown from.
    """
    rounds = [one.state.shown_round.id for one in standings if one.state.shown_round is not None]
    found: dict[str, list[int]] = {}
    for start in range(0, len(rounds), AT_A_TIME):
        some = col(Assessment.id).in_(rounds[start : start + AT_A_TIME])
        for steps in session.exec(select(Assessment.steps).where(some)):
            for goal in steps["strategy"].get("goals") or ():
                found.setdefault(goal["code"], [0, 0, 0])[goal["sign"] + 1] += 1
    order = sorted(found.items(), key=lambda one: (-sum(one[1]), one[0]))
    return [
        {"code": code, "harmed": harmed, "neutral": neutral, "helped": helped}
        for code, (harmed, neutral, helped) in order
    ]
