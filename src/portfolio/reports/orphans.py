"""What points at nothing: foreign keys of every table, and the numbers that history bears."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from portfolio.database.base import Table, table
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.programs.models import Program

SHOWN = 5
# Tables whose rows outlive an investment: it may be deleted, but must have been known.
OF_INVESTMENTS = "investment_id"
OF_PROGRAMS = ("reallocation", "steering_decision")


def find_orphans(session: Session) -> Iterator[str]:
    """One sentence for each way in which rows point at what is not there."""
    yield from _broken_foreign_keys(session)
    yield from _of_unknown_investments(session)
    yield from _of_unknown_programs(session)


def _broken_foreign_keys(session: Session) -> Iterator[str]:
    """The engines see to these, unless somebody has switched that off."""
    for source in Table.metadata.sorted_tables:
        for key in source.foreign_keys:
            target = key.column.table.alias("pointed_at")
            column = target.c[key.column.name]
            joined = source.outerjoin(target, key.parent == column)
            lost = sa.select(key.parent).select_from(joined)
            lost = lost.where(key.parent.is_not(None), column.is_(None))
            yield from _told(session, lost, f"{source.name}.{key.parent.name}", key.column.table)


def _of_unknown_investments(session: Session) -> Iterator[str]:
    known = sa.union(
        sa.select(table(Investment).c.id), sa.select(table(InvestmentVersion).c.investment_id)
    )
    for source in Table.metadata.sorted_tables:
        column = source.c.get(OF_INVESTMENTS)
        if column is not None and not column.foreign_keys:
            lost = sa.select(column).where(column.is_not(None), column.not_in(known))
            yield from _told(session, lost, f"{source.name}.{column.name}", table(Investment))


def _of_unknown_programs(session: Session) -> Iterator[str]:
    known = sa.select(table(Program).c.id)
    for name in OF_PROGRAMS:
        column = Table.metadata.tables[name].c.program_id
        lost = sa.select(column).where(column.not_in(known))
        yield from _told(session, lost, f"{name}.program_id", table(Program))


def _told(session: Session, lost: sa.Select[Any], where: str, target: sa.Table) -> Iterator[str]:
    found = session.execute(lost.distinct().limit(SHOWN + 1)).scalars().all()
    if found:
        shown = ", ".join(str(one) for one in found[:SHOWN])
        more = " and more" if len(found) > SHOWN else ""
        yield f"{where} names {shown}{more}, which {target.name} does not have."
