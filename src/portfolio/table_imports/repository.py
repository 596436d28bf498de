"""Imports of spreadsheets, and what they are compared with, many at a time."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from portfolio.errors import NotFound
from portfolio.investments.models import Investment
from portfolio.money.models import PlanLine
from portfolio.money.repository import ORDER
from portfolio.money.rules import Series
from portfolio.money.service import FIELDS
from portfolio.table_imports.models import TableImport

# A line of a forecast as plain values, its amount in öre.
ForecastLine = dict[str, Any]
# Databases bound how many values a query may name.
CHUNK = 500


def get_import(session: Session, target: str, id: int, *, lock: bool = False) -> TableImport:
    query = select(TableImport).where(TableImport.id == id, TableImport.target == target)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.exec(query).one_or_none()
    if row is None:
        raise NotFound(f"Det finns ingen sådan import {id}.", f"There is no such import {id}.")
    return row


def find_imports(session: Session, target: str, after: int, limit: int) -> list[TableImport]:
    """In the order they came, without their rows, which may be many."""
    query = select(TableImport).where(TableImport.target == target, col(TableImport.id) > after)
    options = defer(TableImport.rows)
    return list(session.exec(query.options(options).order_by(col(TableImport.id)).limit(limit)))


def find_investments(session: Session, codes: Collection[str]) -> dict[str, Investment]:
    found: dict[str, Investment] = {}
    for chunk in _chunks(list(codes)):
        query = select(Investment).where(col(Investment.code).in_(chunk))
        found |= {row.code: row for row in session.exec(query)}
    return found


def find_forecasts(session: Session, ids: Sequence[int]) -> dict[int, list[ForecastLine]]:
    """The forecast in force of each of these investments."""
    found: dict[int, list[ForecastLine]] = {}
    for chunk in _chunks(list(ids)):
        query = select(PlanLine).where(
            col(PlanLine.investment_id).in_(chunk),
            PlanLine.series == Series.FORECAST.value,
            col(PlanLine.retracted_at).is_(None),
        )
        for row in session.exec(query.order_by(*ORDER)):
            line = {name: getattr(row, name) for name in FIELDS}
            found.setdefault(row.investment_id, []).append(line)
    return found


def _chunks(values: list[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
