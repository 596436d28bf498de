"""The board of a program: its investments by gate and status, and the holds that are overdue."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from portfolio.investments.models import Investment
from portfolio.investments.rules import Status
from portfolio.programs.models import GateTemplate, Program
from portfolio.programs.rules import Gate
from portfolio.programs.service import newest_template, template_of
from portfolio.programs.steering import steering_of_program

# Of a round that is not decided and of a forecast the public learns nothing.
PUBLIC_STATUS = {
    Status.SUBMITTED: Status.PREPARING,
    Status.RECONSIDERATION_REQUIRED: Status.PREPARING,
}


def board(session: Session, program: Program, today: date, *, public: bool) -> dict[str, Any]:
    """By gate in the order of the gates; for the public without what is restricted."""
    query = select(Investment).where(Investment.program_id == program.id)
    rows = [
        row
        for row in session.exec(query.order_by(col(Investment.code)))
        if not public or _is_public(row, today)
    ]
    cards = [_card(row, today, public=public) for row in rows]
    open_cards = [card for card in cards if card["status"] not in ("stopped", "completed")]
    return {
        "program": program.code,
        "name": program.name,
        "steering": steering_of_program(session, program, today).value,
        "gates": [
            _column(position, gate, open_cards) for position, gate in _gates(session, program, rows)
        ],
        "stopped": [card for card in cards if card["status"] == "stopped"],
        "completed": [card for card in cards if card["status"] == "completed"],
        "overdue_holds": [card for card in cards if card["overdue"]],
    }


def _is_public(row: Investment, today: date) -> bool:
    """Of a published program the public sees what is decided, and not what is restricted."""
    return row.last_outcome is not None and not is_restricted(row.restricted, today)


def is_restricted(restricted: Mapping[str, Any] | None, today: date) -> bool:
    """Kept from the public up to and including the day it names."""
    return restricted is not None and date.fromisoformat(restricted["until"]) >= today


def _card(row: Investment, today: date, *, public: bool) -> dict[str, Any]:
    status = Status(row.status)
    shown = PUBLIC_STATUS.get(status, status) if public else status
    overdue = status is Status.ON_HOLD and row.review_on is not None and row.review_on < today
    return {
        "investment": row.code,
        "name": row.name,
        "kind": row.kind,
        "department": row.department,
        "gate": row.gate,
        "status": shown.value,
        "last_outcome": row.last_outcome,
        "last_decided_on": row.last_decided_on.isoformat() if row.last_decided_on else None,
        "review_on": row.review_on.isoformat() if row.review_on else None,
        "overdue": overdue,
    }


def _gates(
    session: Session, program: Program, rows: Sequence[Investment]
) -> list[tuple[int, Gate]]:
    """The gates of the program's template, and of those that its investments began with."""
    ids = {row.template_id for row in rows if row.template_id is not None}
    templates = [session.get_one(GateTemplate, id) for id in sorted(ids)]
    newest = newest_template(session, program.gate_template)
    found: dict[str, tuple[int, Gate]] = {}
    for template in [*([newest] if newest else []), *templates]:
        for position, gate in enumerate(template_of(template).gates):
            found.setdefault(gate.code, (position, gate))
    return sorted(found.values(), key=lambda entry: (entry[0], entry[1].code))


def _column(position: int, gate: Gate, cards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    here = [card for card in cards if card["gate"] == gate.code]
    return {
        "gate": gate.code,
        "position": position,
        "name": gate.name,
        "by_status": dict(sorted(Counter(card["status"] for card in here).items())),
        "investments": here,
    }
