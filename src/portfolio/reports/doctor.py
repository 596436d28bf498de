"""Checking every invariant: what is stored twice must agree, what must add up does."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from portfolio.accounts.repository import Booked, outcome_sums
from portfolio.accounts.rules import Type
from portfolio.areas.models import AreaEdition, AreaMembership
from portfolio.budget.ledger import find_imbalances
from portfolio.clock import now
from portfolio.database.base import Table, table
from portfolio.events.service import after_newest, verify
from portfolio.gates import consequences, standing
from portfolio.investments.marks import expected_marks
from portfolio.investments.models import (
    AreaShare,
    Investment,
    InvestmentMark,
    InvestmentVersion,
    ShareSet,
)
from portfolio.money.models import PlanLine
from portfolio.money.repository import amounts, find_forecast
from portfolio.money.rules import totals
from portfolio.reports.orphans import find_orphans
from portfolio.reports.proofs import find_unproven
from portfolio.shares import WHOLE

AT_A_TIME = 500
MOST_AHEAD = timedelta(minutes=5)
OUTCOME = {kind: f"outcome_{kind}" for kind in Type}


def find_faults(session: Session) -> list[str]:
    """One sentence for each thing that is wrong; empty if nothing is."""
    return [fault for what in CHECKS for fault in faults_in(session, what)]


def faults_in(session: Session, what: str) -> Iterator[str]:
    """What one check finds; if it stumbles over what it looks at, that is a fault as well."""
    try:
        yield from CHECKS[what](session)
    except (SQLAlchemyError, ValueError, LookupError, TypeError, AttributeError) as error:
        session.rollback()
        yield f"Not everything could be looked at of {what}: {type(error).__name__}."


def _chain(session: Session) -> Iterator[str]:
    _, problem = verify(session)
    if problem is not None:
        yield f"Event {problem.event_id} {problem.problem}."


def _states(session: Session) -> Iterator[str]:
    ids = session.exec(select(Investment.id).order_by(col(Investment.code))).all()
    for start in range(0, len(ids), AT_A_TIME):
        wanted = col(Investment.id).in_(ids[start : start + AT_A_TIME])
        query = select(Investment).where(wanted).order_by(col(Investment.code))
        for investment in session.exec(query).all():
            yield from _state(session, investment)
        # A hundred thousand with their rounds and decisions would not fit.
        session.expunge_all()


def _state(session: Session, investment: Investment) -> Iterator[str]:
    lines = find_forecast(session, investment.id or 0)
    sums = totals(amounts(lines))
    derived = {"forecast_capital": sums.capital, "forecast_operating": sums.operating}
    if investment.template_id is not None:
        here = standing.load(session, investment)
        derived |= standing.derived_columns(session, here)
    for name, value in derived.items():
        stored = getattr(investment, name)
        if stored != value:
            yield f"{investment.code}: {name} is {stored}, but {value} follows."


def _outcome(session: Session) -> Iterator[str]:
    sums = outcome_sums(session, Booked())
    columns = (table(Investment).c[name] for name in ("id", "code", *OUTCOME.values()))
    for id, code, *stored in session.execute(sa.select(*columns).order_by(Investment.code)):
        booked = sums.get(id, {})
        for (kind, name), value in zip(OUTCOME.items(), stored, strict=True):
            if value != booked.get(kind, 0):
                yield f"{code}: {name} is {value}, but {booked.get(kind, 0)} is booked."


def _consequences(session: Session) -> Iterator[str]:
    columns = (
        table(Investment).c[name] for name in ("id", "code", "department", "consequence_forecast")
    )
    rows = session.execute(sa.select(*columns).order_by(Investment.code)).all()
    expected = consequences.expected_sums(session, {row.id: row.department for row in rows})
    for id, code, _, stored in rows:
        found = expected.get(id, consequences.NOTHING_ENTERED).total
        if stored != found:
            yield f"{code}: consequence_forecast is {stored}, but {found} follows."


def _money(session: Session) -> Iterator[str]:
    yield from find_imbalances(session)


def _versions(session: Session) -> Iterator[str]:
    current = (
        select(InvestmentVersion.investment_id, func.count())
        .where(col(InvestmentVersion.replaced_at).is_(None))
        .group_by(col(InvestmentVersion.investment_id))
    )
    counted = dict(session.exec(current).all())
    for id, code in session.exec(select(Investment.id, Investment.code)):
        if counted.pop(id or 0, 0) != 1:
            yield f"{code}: has not exactly one current version in its history."
    for id in counted:
        yield f"Investment {id} is deleted, but has a current version in its history."


def _shares(session: Session) -> Iterator[str]:
    total = func.coalesce(func.sum(AreaShare.share), 0) + ShareSet.outside
    query = (
        select(ShareSet.id, ShareSet.investment_id, total)
        .outerjoin(AreaShare, col(AreaShare.share_set_id) == col(ShareSet.id))
        .group_by(col(ShareSet.id), col(ShareSet.investment_id), col(ShareSet.outside))
        .having(total != WHOLE)
    )
    for id, investment_id, found in session.exec(query):
        yield f"Share set {id} of investment {investment_id} sums to {found}, not {WHOLE}."


def _marks(session: Session) -> Iterator[str]:
    """On the map stands what follows from where investments are."""
    codes = dict(session.exec(select(Investment.id, Investment.code)).all())
    ids = [id for id in codes if id is not None]
    for start in range(0, len(ids), AT_A_TIME):
        some = ids[start : start + AT_A_TIME]
        expected = {(m["investment_id"], m["valid_from"]): m for m in expected_marks(session, some)}
        query = select(InvestmentMark).where(col(InvestmentMark.investment_id).in_(some))
        stored = {(row.investment_id, row.valid_from): row for row in session.exec(query)}
        for key in sorted(expected.keys() ^ stored.keys()):
            yield f"{codes[key[0]]}: its mark on the map from {key[1]} is missing or too many."
        for key in sorted(expected.keys() & stored.keys()):
            if not stored[key].shape.equals(expected[key]["shape"]):
                yield f"{codes[key[0]]}: on the map is not what is drawn."


def _lines(session: Session) -> Iterator[str]:
    query = (
        select(PlanLine.id)
        .outerjoin(Investment, col(Investment.id) == col(PlanLine.investment_id))
        .where(col(Investment.id).is_(None), col(PlanLine.decision_id).is_not(None))
    )
    for id in session.exec(query):
        yield f"Decided plan line {id} belongs to no investment."


def _editions(session: Session) -> Iterator[str]:
    duplicated = (
        select(col(AreaEdition.scheme_id), col(AreaEdition.valid_from))
        .where(col(AreaEdition.retracted_at).is_(None))
        .group_by(col(AreaEdition.scheme_id), col(AreaEdition.valid_from))
        .having(func.count() > 1)
    )
    for scheme_id, valid_from in session.exec(duplicated):
        yield f"Scheme {scheme_id} has two editions from {valid_from}."
    empty = (
        select(AreaEdition.id)
        .outerjoin(AreaMembership, col(AreaMembership.edition_id) == col(AreaEdition.id))
        .where(col(AreaMembership.code).is_(None))
    )
    for id in session.exec(empty):
        yield f"Edition {id} has no areas."


def _times(session: Session) -> Iterator[str]:
    """Nothing is replaced before it was known, and nothing is known from the future."""
    for source in Table.metadata.sorted_tables:
        began = source.c.get("recorded_at")
        for name in ("retracted_at", "replaced_at"):
            ended = source.c.get(name)
            if began is None or ended is None:
                continue
            query = sa.select(sa.func.count()).select_from(source).where(ended < began)
            count = session.execute(query).scalar_one()
            if count:
                yield f"{source.name}: {count} rows were {name[:-3]} before they were recorded."
    ahead = after_newest(session, now()) - now()
    if ahead > MOST_AHEAD:
        yield (
            f"The newest event lies {ahead} in the future: the clock was ahead then, or is behind "
            "now. What is recorded until then bears that event's time."
        )


# What is looked at, in order, and how that is called while it goes on.
CHECKS: Mapping[str, Callable[[Session], Iterator[str]]] = {
    "the chain of events": _chain,
    "tables against the chain": find_unproven,
    "what points at nothing": find_orphans,
    "times": _times,
    "the ledger": _money,
    "shares of areas": _shares,
    "editions of areas": _editions,
    "histories of investments": _versions,
    "decided plan lines": _lines,
    "marks on the map": _marks,
    "outcome": _outcome,
    "operating consequences": _consequences,
    "where investments stand": _states,
}
