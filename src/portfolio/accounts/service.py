"""Keeping what accounts mean."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from portfolio.accounts import repository
from portfolio.accounts.account_map import AccountMap, Range, find_clashes
from portfolio.accounts.models import AccountRange
from portfolio.accounts.rules import Direction, Type
from portfolio.clock import Act
from portfolio.errors import FieldError, InvalidBody
from portfolio.events.service import record
from portfolio.language import Text

MAP = "/v1/account-map"


def load_map(session: Session) -> AccountMap:
    return AccountMap([_range(row) for row in repository.find_ranges(session)])


def shown_map(session: Session) -> dict[str, Any]:
    rows = sorted(repository.find_ranges(session), key=lambda row: (row.first, row.last))
    return {
        "ranges": [
            {"first": row.first, "last": row.last, "type": row.type, "direction": row.direction}
            for row in rows
        ]
    }


def replace_map(session: Session, act: Act, ranges: Sequence[Range]) -> None:
    """Replace the map, whole; it holds from the next import on.

    Raises:
        InvalidBody: A range is empty, or two overlap that are equally precise.
    """
    _check(ranges)
    before = shown_map(session)
    wanted = list(ranges)
    for row in repository.find_ranges(session):
        same = _range(row)
        if same in wanted:
            wanted.remove(same)
        else:
            row.retracted_at = act.at
            session.add(row)
    for one in wanted:
        session.add(
            AccountRange(
                first=one.first,
                last=one.last,
                type=one.type,
                direction=one.direction,
                recorded_at=act.at,
            )
        )
    session.flush()
    record(session, act, "account_map.changed", MAP, before=before, after=shown_map(session))


def _check(ranges: Sequence[Range]) -> None:
    errors = [
        FieldError(f"/ranges/{index}/last", Text("last kommer före first.", "last precedes first."))
        for index, one in enumerate(ranges)
        if one.is_empty
    ]
    for former, latter in find_clashes(ranges):
        names = (ranges[former].name, ranges[latter].name)
        detail = Text(
            f"{names[1]} och {names[0]} har konton gemensamt och är lika noga angivna; ändra den "
            "ena eller skriv den med fler siffror.",
            f"{names[1]} and {names[0]} have accounts in common and are equally precise; change "
            "one of them, or write it with more digits.",
        )
        errors.append(FieldError(f"/ranges/{latter}", detail))
    if errors:
        raise InvalidBody(
            "Kontointervallen säger emot varandra; se errors.",
            "The account ranges contradict each other; see errors.",
            errors,
        )


def _range(row: AccountRange) -> Range:
    return Range(
        row.first,
        row.last,
        None if row.type is None else Type(row.type),
        None if row.direction is None else Direction(row.direction),
    )
