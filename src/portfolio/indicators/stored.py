"""Figures as files gave them, now and as known at any time."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.areas.repository import known
from portfolio.database.base import table
from portfolio.indicators.models import AreaIndicator, IndicatorFile
from portfolio.indicators.rules import KINDS, Aggregation


def find_years(
    session: Session,
    indicator: str,
    known_at: datetime | None = None,
    scheme_id: int | None = None,
) -> dict[int, list[int]]:
    """The years with figures of an indicator, by scheme."""
    columns: list[Any] = [AreaIndicator.scheme_id, AreaIndicator.year]
    query: Any = select(*columns).where(
        AreaIndicator.indicator == indicator, known(AreaIndicator, known_at)
    )
    if scheme_id is not None:
        query = query.where(AreaIndicator.scheme_id == scheme_id)
    found: dict[int, list[int]] = {}
    for scheme, year in session.exec(query.distinct().order_by(*columns)):
        found.setdefault(scheme, []).append(year)
    return found


def find_indicators(session: Session, known_at: datetime | None = None) -> list[tuple[int, str]]:
    """Each scheme that has figures, with the name of each indicator of it."""
    columns: list[Any] = [AreaIndicator.scheme_id, AreaIndicator.indicator]
    query: Any = select(*columns).where(known(AreaIndicator, known_at)).distinct()
    return [(scheme, indicator) for scheme, indicator in session.exec(query)]


def find_figures(
    session: Session, scheme_id: int, indicator: str, year: int, known_at: datetime | None = None
) -> dict[str, tuple[int, int]]:
    """By code, the figure of a year in millionths and the id of the file that gave it."""
    columns = table(AreaIndicator).c
    query = sa.select(columns.code, columns.value, columns.file_id).where(
        columns.scheme_id == scheme_id,
        columns.indicator == indicator,
        columns.year == year,
        known(AreaIndicator, known_at),
    )
    return {code: (value, file_id) for code, value, file_id in session.execute(query)}


def find_in_force(
    session: Session, scheme_id: int, indicator: str, years: Collection[int]
) -> list[AreaIndicator]:
    """The rows of these years, to be compared with a file."""
    query = select(AreaIndicator).where(
        AreaIndicator.scheme_id == scheme_id,
        AreaIndicator.indicator == indicator,
        col(AreaIndicator.year).in_(sorted(years)),
        known(AreaIndicator, None),
    )
    return list(session.exec(query))


def keep_figures(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    values = [dict(row) for row in rows]
    if values:
        session.execute(sa.insert(table(AreaIndicator)), values)


def find_sources(session: Session, file_ids: Collection[int]) -> dict[int, str]:
    columns = table(IndicatorFile).c
    query = sa.select(columns.id, columns.source).where(columns.id.in_(sorted(file_ids)))
    return {row.id: row.source for row in session.execute(query)}


def aggregation_of(
    session: Session, scheme_id: int, indicator: str, known_at: datetime | None = None
) -> Aggregation | None:
    """How figures of an indicator are put together; None if nobody has said."""
    if indicator in KINDS:
        return KINDS[indicator].aggregation
    query = select(IndicatorFile).where(
        IndicatorFile.scheme_id == scheme_id, IndicatorFile.indicator == indicator
    )
    if known_at is not None:
        query = query.where(col(IndicatorFile.recorded_at) <= known_at)
    newest = session.exec(query.order_by(col(IndicatorFile.id).desc()).limit(1)).first()
    said = newest.counts["aggregation"] if newest is not None else None
    return Aggregation(said) if said else None
