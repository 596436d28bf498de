"""The board of a program: its investments by gate and status, and the holds that are overdue."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.amounts import format_amount
from portfolio.database.base import table
from portfolio.gates.models import GateDecision
from portfolio.gates.rules import Outcome
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.investments.rules import Status
from portfolio.programs.models import GateTemplate, Program
from portfolio.programs.rules import Gate
from portfolio.programs.service import newest_template, shown_areas, template_of
from portfolio.programs.steering import steering_of_program
from portfolio.reports.gate_status import Presenter
from portfolio.reports.rows import Moment, Row, all_rows_then, rows_now

# Of a round that is not decided and of a forecast the public learns nothing.
PUBLIC_STATUS = {
    Status.SUBMITTED: Status.PREPARING,
    Status.RECONSIDERATION_REQUIRED: Status.PREPARING,
}


@dataclass(frozen=True, slots=True)
class View:
    """As of which date somebody looks at a board; None for now. The public sees less."""

    today: date
    as_of: date | None
    public: bool

    @property
    def on(self) -> date:
        return self.as_of or self.today


def board(session: Session, program: Program, where: Sequence[Any], view: View) -> dict[str, Any]:
    """By gate in the order of the gates; for the public without what is restricted.

    `where` says which investments, all of the program.
    """
    visible = _visible(session, program, view)
    rows = [row for row in _rows(session, where, view) if _is_seen(row, visible, view)]
    cards = _cards(session, rows, where, view)
    open_cards = [card for card in cards if card["status"] not in ("stopped", "completed")]
    return {
        "program": program.code,
        "name": program.name,
        "published": program.published,
        "steering": steering_of_program(session, program, view.on).value,
        "areas": shown_areas(session, program, view.on),
        "as_of": view.on,
        "earliest": _earliest(session, program, visible),
        "gates": [
            _column(position, gate, open_cards)
            for position, gate in _gates(session, program, visible.values())
        ],
        "stopped": [card for card in cards if card["status"] == "stopped"],
        "completed": [card for card in cards if card["status"] == "completed"],
        "overdue_holds": [card for card in cards if card["overdue"]],
    }


def _visible(session: Session, program: Program, view: View) -> dict[int, int | None]:
    """The program's investments, with the template each began with.

    Of a published program the public sees what is decided, and not what is restricted today,
    whichever date it asks about.
    """
    own = table(Investment).c
    query = sa.select(own.id, own.template_id, own.last_outcome, own.restricted)
    return {
        id: template_id
        for id, template_id, last_outcome, restricted in session.execute(
            query.where(own.program_id == program.id)
        )
        if not view.public
        or (last_outcome is not None and not is_restricted(restricted, view.today))
    }


def is_restricted(restricted: Mapping[str, Any] | None, today: date) -> bool:
    """Kept from the public up to and including the day it names."""
    return restricted is not None and date.fromisoformat(restricted["until"]) >= today


def _rows(session: Session, where: Sequence[Any], view: View) -> Iterable[Row]:
    """As gate status gives them, now or as of the date."""
    if view.as_of is None:
        return rows_now(session, where, None, None, view.today)
    chosen = col(InvestmentVersion.investment_id).in_(select(Investment.id).where(*where))
    return all_rows_then(session, [chosen], Moment(view.as_of), view.today)


def _is_seen(row: Row, visible: Mapping[int, Any], view: View) -> bool:
    return row.id in visible and (not view.public or row.last_outcome is not None)


def _cards(
    session: Session, rows: Sequence[Row], where: Sequence[Any], view: View
) -> list[dict[str, Any]]:
    chosen = select(Investment.id).where(*where)
    presenter = Presenter(session, Moment(view.as_of), view.today, chosen)
    words = _words(session, chosen, view)
    return [_card(row, presenter.areas(row.id), words.get(row.id), view) for row in rows]


def _words(session: Session, chosen: Any, view: View) -> dict[int, Any]:
    """Of each investment the last hold or stop in force, with what it says and learnt.

    Of one that waits or is stopped it is the last of all: a later decision would have ended that.
    """
    decisions = table(GateDecision)
    names = ("investment_id", "outcome", "reason", "hold_category", "lesson")
    query = sa.select(*(decisions.c[name] for name in names)).where(
        decisions.c.investment_id.in_(chosen),
        decisions.c.outcome.in_((Outcome.HOLD.value, Outcome.STOP.value)),
        _in_force(decisions),
    )
    if view.as_of is not None:
        query = query.where(decisions.c.decided_on <= view.as_of)
    return {row.investment_id: row for row in session.execute(query.order_by(decisions.c.id))}


def _in_force(decisions: sa.Table) -> sa.ColumnElement[bool]:
    """Not superseded by another (G10)."""
    later = decisions.alias("later")
    return ~sa.exists().where(later.c.supersedes == decisions.c.id)


def _card(row: Row, areas: Sequence[Mapping[str, str]], words: Any, view: View) -> dict[str, Any]:
    status = Status(row.status)
    shown = PUBLIC_STATUS.get(status, status) if view.public else status
    held = words if status is Status.ON_HOLD else None
    stopped = words if status is Status.STOPPED else None
    return {
        "investment": row.code,
        "name": row.name,
        "kind": row.kind,
        "department": row.department,
        "areas": areas,
        "gate": row.gate,
        "status": shown.value,
        "last_outcome": row.last_outcome,
        "last_decided_on": row.last_decided_on,
        "last_decided_by": row.last_decided_by,
        "last_case_number": row.last_case_number,
        # From a round, which may not be decided on.
        "next_gate_on": None if view.public else row.next_gate_on,
        "hold_category": held and held.hold_category,
        "hold_reason": held and held.reason,
        "review_on": row.review_on,
        "overdue": held is not None and row.review_on is not None and row.review_on < view.on,
        "stop_reason": stopped and stopped.reason,
        "lesson": stopped and stopped.lesson,
        "decided_total": format_amount(row.decided_capital + row.decided_operating),
    }


def _earliest(session: Session, program: Program, visible: Collection[int]) -> date | None:
    """When the first decision in force was made about any of its investments."""
    decisions, own = table(GateDecision), table(Investment)
    query = (
        sa.select(own.c.id, sa.func.min(decisions.c.decided_on))
        .select_from(own.join(decisions, decisions.c.investment_id == own.c.id))
        .where(own.c.program_id == program.id, _in_force(decisions))
        .group_by(own.c.id)
    )
    return min((day for id, day in session.execute(query) if id in visible), default=None)


def _gates(
    session: Session, program: Program, template_ids: Iterable[int | None]
) -> list[tuple[int, Gate]]:
    """The gates of the program's template, and of those that its investments began with."""
    ids = {id for id in template_ids if id is not None}
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
