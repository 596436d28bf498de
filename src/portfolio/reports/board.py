"""The board of a program: its investments by gate and status, and the holds that are overdue."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.amounts import format_amount
from portfolio.database.among import among
from portfolio.database.base import table
from portfolio.gates.models import GateDecision
from portfolio.gates.rules import Outcome
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.investments.rules import Status
from portfolio.organisation.models import Body, Department
from portfolio.programs.models import GateTemplate, Program
from portfolio.programs.rules import Gate
from portfolio.programs.service import newest_template, shown_areas, template_of
from portfolio.programs.steering import steering_of_program
from portfolio.reports.gate_order import merged
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


@dataclass(frozen=True, slots=True)
class _Names:
    """What codes are called: the public can't look that up."""

    departments: Mapping[str, str]
    bodies: Mapping[str, str]

    @classmethod
    def load(cls, session: Session) -> "_Names":
        departments = session.exec(select(Department.code, Department.name))
        bodies = session.exec(select(Body.code, Body.name))
        return cls(dict(departments.all()), dict(bodies.all()))


def board(session: Session, program: Program, where: Sequence[Any], view: View) -> dict[str, Any]:
    """By gate in the order of the gates; for the public without what is restricted.

    `where` says which investments, all of the program.
    """
    open_to = _open_to(session, program, view)
    seen = [*where, *open_to]
    rows = [row for row in _rows(session, seen, view) if _is_seen(row, view)]
    cards = _cards(session, rows, seen, view)
    open_cards = [card for card in cards if card["status"] not in ("stopped", "completed")]
    return {
        "program": program.code,
        "name": program.name,
        "published": program.published,
        "steering": steering_of_program(session, program, view.on).value,
        "areas": shown_areas(session, program, view.on),
        "as_of": view.on,
        "earliest": _earliest(session, program, open_to),
        "gates": [
            _column(position, gate, open_cards)
            for position, gate in enumerate(_gates(session, program, open_to))
        ],
        "stopped": [card for card in cards if card["status"] == "stopped"],
        "completed": [card for card in cards if card["status"] == "completed"],
        "overdue_holds": [card for card in cards if card["overdue"]],
    }


def _open_to(session: Session, program: Program, view: View) -> list[sa.ColumnElement[bool]]:
    """Which investments may be seen, as conditions, so that nothing else is even derived.

    Of a published program the public sees what is decided, and not what is restricted today,
    whichever date it asks about.
    """
    if not view.public:
        return []
    own = table(Investment).c
    query = sa.select(own.code, own.restricted).where(
        own.program_id == program.id, own.restricted.is_not(None)
    )
    restricted = [
        code for code, until in session.execute(query) if is_restricted(until, view.today)
    ]
    return [own.last_outcome.is_not(None), sa.not_(among(session, own.code, restricted))]


def is_restricted(restricted: Mapping[str, Any] | None, today: date) -> bool:
    """Kept from the public up to and including the day it names."""
    return restricted is not None and date.fromisoformat(restricted["until"]) >= today


def _rows(session: Session, where: Sequence[Any], view: View) -> Iterable[Row]:
    """As gate status gives them, now or as of the date."""
    if view.as_of is None:
        return rows_now(session, where, None, None, view.today)
    chosen = col(InvestmentVersion.investment_id).in_(select(Investment.id).where(*where))
    return all_rows_then(session, [chosen], Moment(view.as_of), view.today)


def _is_seen(row: Row, view: View) -> bool:
    """The public sees of a date only what was decided by then."""
    return not view.public or row.last_outcome is not None


def _cards(
    session: Session, rows: Sequence[Row], where: Sequence[Any], view: View
) -> list[dict[str, Any]]:
    chosen = select(Investment.id).where(*where)
    presenter = Presenter(session, Moment(view.as_of), view.today, chosen)
    words = _words(session, chosen, view)
    names = _Names.load(session)
    return [_card(row, presenter.areas(row.id), words.get(row.id), names, view) for row in rows]


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


def _card(
    row: Row, areas: Sequence[Mapping[str, str]], words: Any, names: _Names, view: View
) -> dict[str, Any]:
    status = Status(row.status)
    shown = PUBLIC_STATUS.get(status, status) if view.public else status
    held = words if status is Status.ON_HOLD else None
    stopped = words if status is Status.STOPPED else None
    return {
        "investment": row.code,
        "name": row.name,
        "kind": row.kind,
        "department": row.department,
        "department_name": names.departments.get(row.department),
        "areas": areas,
        "gate": row.gate,
        "status": shown.value,
        "last_outcome": row.last_outcome,
        "last_decided_on": row.last_decided_on,
        "last_decided_by": row.last_decided_by,
        "last_decided_by_name": names.bodies.get(row.last_decided_by or ""),
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


def _earliest(session: Session, program: Program, open_to: Sequence[Any]) -> date | None:
    """When the first decision in force was made about any of its investments."""
    decisions, own = table(GateDecision), table(Investment)
    query = (
        sa.select(sa.func.min(decisions.c.decided_on))
        .select_from(own.join(decisions, decisions.c.investment_id == own.c.id))
        .where(own.c.program_id == program.id, _in_force(decisions), *open_to)
    )
    earliest: date | None = session.execute(query).scalar_one()
    return earliest


def _gates(session: Session, program: Program, open_to: Sequence[Any]) -> list[Gate]:
    """The gates of the program's template, and of those that its investments began with."""
    begun = select(Investment.template_id).where(col(Investment.program_id) == program.id, *open_to)
    others = select(GateTemplate).where(col(GateTemplate.id).in_(begun))
    newest = newest_template(session, program.gate_template)
    rows = [newest] if newest else []
    rows += session.exec(others.order_by(col(GateTemplate.id))).all()
    templates = [template_of(row) for row in rows]
    # Reversed, so that the program's own says what a gate is called.
    gates = {gate.code: gate for template in reversed(templates) for gate in template.gates}
    order = merged([[gate.code for gate in template.gates] for template in templates])
    return [gates[code] for code in order]


def _column(position: int, gate: Gate, cards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    here = [card for card in cards if card["gate"] == gate.code]
    return {
        "gate": gate.code,
        "position": position,
        "name": gate.name,
        "by_status": dict(sorted(Counter(card["status"] for card in here).items())),
        "investments": here,
    }
