"""Indicators as other capabilities read them, and the files they came in."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session, col, select

from portfolio.areas.models import AreaEdition
from portfolio.errors import NotFound
from portfolio.indicators.deriving import Question, answer
from portfolio.indicators.models import IndicatorFile
from portfolio.indicators.rules import Value


def newest_values(
    session: Session,
    scheme_id: int,
    edition: AreaEdition,
    indicator: str,
    on: date,
    known_at: datetime | None = None,
) -> Mapping[str, Value]:
    """The newest figures of an edition's areas, by code; areas without one are left out.

    Args:
        session: Where to look.
        scheme_id: The scheme of the edition.
        edition: Whose areas are asked about.
        indicator: Such as `population` or `area_type`.
        on: Figures of its year are meant, or else of the last year before; of the first year
            if there are only later ones.
        known_at: As known then; now if None.
    """
    found = answer(session, scheme_id, edition, Question(indicator, on, known_at=known_at))
    return found.values if found is not None else {}


def get_file(session: Session, id: int) -> IndicatorFile:
    row = session.get(IndicatorFile, id)
    if row is None:
        raise NotFound(
            f"Det finns ingen indikatorfil {id}.", f"There is no file of indicators {id}."
        )
    return row


def find_files(session: Session, after: int, limit: int) -> list[IndicatorFile]:
    """In the order they came."""
    query = select(IndicatorFile).where(col(IndicatorFile.id) > after)
    return list(session.exec(query.order_by(col(IndicatorFile.id)).limit(limit)))
