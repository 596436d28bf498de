"""Where a program's investments stand at a moment, with the rounds that is shown from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from portfolio.gates.rules import State
from portfolio.programs.rules import Gate, Template
from portfolio.reports.facts import Facts, Moment
from portfolio.reports.rows import CHUNK, versions_then


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one investment, and the gates it passes."""

    state: State
    template: Template

    @property
    def coming(self) -> Gate | None:
        """The gate that the shown round's date is for; None for what comes after the last.

        A round says when the gate after its own is to be passed. Before there is a round at the
        present gate, the round before it is shown, and the gate after that one is the present.
        """
        position = self.state.position + (self.state.round is not None)
        return self.template.gates[position] if position < len(self.template.gates) else None


def standings(
    session: Session, where: Sequence[Any], as_of: date | None, today: date
) -> Mapping[str, Standing]:
    """By code, of those investments in a program that `where` leaves; derived as gate status is."""
    moment = Moment(as_of)
    versions = list(session.exec(versions_then(where, None)))
    found: dict[str, Standing] = {}
    for start in range(0, len(versions), CHUNK):
        some = [row for row in versions[start : start + CHUNK] if row.template_id is not None]
        facts = Facts.load(session, moment, today, [row.investment_id for row in some])
        for row in some:
            state = facts.state(row.investment_id, row.template_id)
            found[row.code] = Standing(state, facts.templates[row.template_id])
    return found
