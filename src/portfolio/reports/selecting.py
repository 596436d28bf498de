"""Which investments a report is about, as they were at a moment."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlmodel import Session, col

from portfolio.investments.models import InvestmentVersion
from portfolio.investments.router import Filters
from portfolio.reports.rows import Moment, Row, all_rows_then, matching


def conditions_then(session: Session, filters: Filters, moment: Moment, today: date) -> list[Any]:
    """What of the filters is about versions of investments; gate and status are derived."""
    where = filters.own(InvestmentVersion)
    sharing = filters.sharing(session, moment.as_of or today, moment.known_at)
    if sharing is not None:
        where.append(col(InvestmentVersion.investment_id).in_(sharing))
    return where


def chosen_then(session: Session, filters: Filters, moment: Moment, today: date) -> Iterator[Row]:
    """All rows as they stood at the moment, that every filter leaves, by code."""
    where = conditions_then(session, filters, moment, today)
    rows = all_rows_then(session, where, moment, today)
    return matching(rows, gate=filters.gate, status=filters.status)
