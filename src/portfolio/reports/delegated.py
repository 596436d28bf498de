"""Decisions made by delegation: what a body must be told was decided in its name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from portfolio.budget.models import Reallocation, ReallocationConsent
from portfolio.costs.repository import chunks
from portfolio.gates.models import GateDecision
from portfolio.investments.models import InvestmentVersion

# Date, source (0 for gate decisions, 1 for consents) and id: what a page begins after.
Order = tuple[str, int, int]
CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which delegated decisions are asked for; both dates are included."""

    since: date | None = None
    until: date | None = None
    department: str | None = None
    reported: bool | None = None
    # M4: what was decided up to a date, as known at a time.
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delegated:
    """One decision by delegation, with its cells as `tables` takes them."""

    order: Order
    cells: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _About:
    """The investment that was decided about."""

    code: str
    name: str
    program: str | None
    department: str


def delegated_decisions(session: Session, asked: Asked) -> list[Delegated]:
    """By date. A superseded decision is left out: what replaced it is what was decided (G10)."""
    decisions, consents = _decisions(session, asked), _consents(session, asked)
    ids = {row.investment_id for row in decisions} | {_of_whom(*pair) for pair in consents}
    known = _investments(session, ids, asked.known_at)
    found = [*_of_decisions(decisions, known), *_of_consents(consents, known)]
    chosen = [one for one in found if _is_asked_for(one.cells, asked)]
    return sorted(chosen, key=lambda one: one.order)


def _is_asked_for(cells: dict[str, Any], asked: Asked) -> bool:
    is_reported = cells["reported_on"] is not None
    return asked.reported in (None, is_reported) and asked.department in (
        None,
        cells["department"],
    )


def _decisions(session: Session, asked: Asked) -> Sequence[Any]:
    """Without their snapshots, which are long."""
    superseded = select(GateDecision.supersedes).where(
        col(GateDecision.supersedes).is_not(None), *_known(GateDecision, asked)
    )
    names = (
        "id",
        "investment_id",
        "gate",
        "outcome",
        "decided_on",
        "decided_by",
        "case_number",
        "delegation",
        "released_amount",
    )
    columns: list[Any] = [getattr(GateDecision, name) for name in names]
    query: Any = select(*columns)
    return list(
        session.exec(
            query.where(*_where(GateDecision, asked), col(GateDecision.id).not_in(superseded))
        )
    )


def _consents(session: Session, asked: Asked) -> Sequence[tuple[ReallocationConsent, Reallocation]]:
    query = select(ReallocationConsent, Reallocation).join(
        Reallocation, col(Reallocation.id) == col(ReallocationConsent.reallocation_id)
    )
    return list(session.exec(query.where(*_where(ReallocationConsent, asked))))


def _where(model: Any, asked: Asked) -> list[Any]:
    where = [col(model.delegation).is_not(None), *_known(model, asked)]
    if asked.since is not None:
        where.append(model.decided_on >= asked.since)
    if asked.until is not None:
        where.append(model.decided_on <= asked.until)
    return where


def _known(model: Any, asked: Asked) -> list[Any]:
    where = []
    if asked.as_of is not None:
        where.append(model.decided_on <= asked.as_of)
    if asked.known_at is not None:
        where.append(model.recorded_at <= asked.known_at)
    return where


def _of_whom(consent: ReallocationConsent, moved: Reallocation) -> int:
    """The giver's consent is about the giving investment, every other about the receiving."""
    return moved.giver_id if consent.party == "giver" else moved.receiver_id


def _investments(session: Session, ids: set[int], known_at: datetime | None) -> dict[int, _About]:
    """As they are, or as they last were: consents outlive an investment that was deleted."""
    found = {}
    for part in chunks(sorted(ids)):
        query = select(InvestmentVersion).where(col(InvestmentVersion.investment_id).in_(part))
        for row in session.exec(query.order_by(col(InvestmentVersion.id))):
            later = known_at is not None and row.recorded_at > known_at
            if later and row.investment_id in found:
                continue
            found[row.investment_id] = _About(row.code, row.name, row.program_code, row.department)
    return found


def _of_decisions(rows: Sequence[Any], known: dict[int, _About]) -> Iterator[Delegated]:
    for row in rows:
        about = known[row.investment_id]
        cells = {
            **_cells(about, row, about.department),
            "gate": row.gate,
            "outcome": row.outcome,
            "released_amount": row.released_amount,
        }
        yield Delegated((row.decided_on.isoformat(), 0, row.id), cells)


def _of_consents(
    rows: Sequence[tuple[ReallocationConsent, Reallocation]], known: dict[int, _About]
) -> Iterator[Delegated]:
    for row, moved in rows:
        about = known[_of_whom(row, moved)]
        cells = _cells(about, row, row.department or about.department)
        cells |= {"reallocation": moved.id, "outcome": CONSENT}
        yield Delegated((row.decided_on.isoformat(), 1, row.id or 0), cells)


def _cells(about: _About, row: Any, department: str) -> dict[str, Any]:
    """What decisions and consents have in common."""
    reported_on = row.delegation.get("reported_on")
    return {
        "investment": about.code,
        "name": about.name,
        "program": about.program,
        "department": department,
        "gate": None,
        "reallocation": None,
        "outcome": None,
        "decided_on": row.decided_on,
        "decided_by": row.decided_by,
        "case_number": row.case_number,
        "point": row.delegation.get("point"),
        "official": row.delegation.get("official"),
        "reported_on": date.fromisoformat(reported_on) if reported_on else None,
        "released_amount": None,
    }
