"""Finding reallocations with their consents, and investments as they are or last were."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from portfolio.budget.models import Allocation, Pool, Reallocation, ReallocationConsent
from portfolio.budget.rules import Holder
from portfolio.errors import NotFound
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.organisation.models import Department
from portfolio.programs.models import Program, SteeringDecision
from portfolio.steering.rules import OPEN


@dataclass(frozen=True, slots=True)
class Side:
    """The giver or the receiver of a move; without `investment` if it was deleted meanwhile."""

    id: int
    code: str
    # Whose the money is; a department's frame stays its own where its investment goes to another.
    department: str
    # None if the department is gone.
    committee: str | None
    investment: Investment | None
    # Whose pool the money is in or goes to, of a reallocation that is open.
    holder: Holder | None = None


def get_reallocation(session: Session, program: Program, reallocation_id: int) -> Reallocation:
    found = session.get(Reallocation, reallocation_id)
    if found is None or found.program_id != program.id:
        raise NotFound(
            f"Programmet har ingen omfördelning {reallocation_id}.",
            f"The program has no reallocation {reallocation_id}.",
        )
    return found


def find_reallocations(session: Session, program: Program) -> list[Reallocation]:
    query = select(Reallocation).where(Reallocation.program_id == program.id)
    return list(session.exec(query.order_by(col(Reallocation.id))))


def find_open(session: Session, program: Program, today: date) -> list[Reallocation]:
    query = select(Reallocation).where(
        Reallocation.program_id == program.id,
        col(Reallocation.status).in_([status.value for status in OPEN]),
        col(Reallocation.expires_on) >= today,
    )
    return list(session.exec(query.order_by(col(Reallocation.id))))


def consents_of(session: Session, ids: Collection[int]) -> dict[int, list[ReallocationConsent]]:
    query = select(ReallocationConsent).where(
        col(ReallocationConsent.reallocation_id).in_(list(ids))
    )
    found: dict[int, list[ReallocationConsent]] = {}
    for row in session.exec(query.order_by(col(ReallocationConsent.id))):
        found.setdefault(row.reallocation_id, []).append(row)
    return found


def sides(session: Session, ids: Collection[int]) -> dict[int, Side]:
    """Investments by id, with their own departments; of a deleted one what it was last known as."""
    query = select(Investment).where(col(Investment.id).in_(list(ids)))
    there = {row.id or 0: row for row in session.exec(query)}
    known: dict[int, Investment | InvestmentVersion] = {**there}
    gone = [id for id in ids if id not in there]
    versions = select(InvestmentVersion).where(col(InvestmentVersion.investment_id).in_(gone))
    for version in session.exec(versions.order_by(col(InvestmentVersion.id))):
        known[version.investment_id] = version
    committee = committees(session)
    return {
        id: Side(id, row.code, row.department, committee.get(row.department), there.get(id))
        for id, row in known.items()
    }


def committees(session: Session) -> dict[str, str]:
    """Department -> the body that decides for it."""
    return dict(session.exec(select(Department.code, Department.committee)).all())


def holders(session: Session, ids: Collection[int]) -> dict[tuple[int, int, str], Holder]:
    """By investment, year and type: whose pool an allocation is in."""
    query = (
        select(Allocation, Pool)
        .join(Pool, col(Pool.id) == col(Allocation.pool_id))
        .where(col(Allocation.investment_id).in_(list(ids)))
    )
    return {
        (row.investment_id, row.year, row.type): Holder(pool.program_id, pool.department)
        for row, pool in session.exec(query)
    }


def get_steering_decision(session: Session, program: Program, decision_id: int) -> SteeringDecision:
    found = session.get(SteeringDecision, decision_id)
    if found is None or found.program_id != program.id:
        raise NotFound(
            f"Programmet har inget styrningsbeslut {decision_id}.",
            f"The program has no steering decision {decision_id}.",
        )
    return found
