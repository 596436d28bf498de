"""Keeping price indices, and finding the one that price levels follow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from portfolio.areas.repository import known
from portfolio.clock import Act
from portfolio.errors import InvalidBody, NotFound, Reason, Refused
from portfolio.events.service import record
from portfolio.language import Text
from portfolio.money.models import PriceIndex
from portfolio.money.prices import Prices
from portfolio.organisation.service import get_settings, settings_at


def resource(row: PriceIndex) -> str:
    return f"/v1/price-indices/{row.number}"


def shown_index(row: PriceIndex) -> dict[str, Any]:
    return {
        "id": row.number,
        "index": row.index,
        "year": row.year,
        "value": row.value,
        "source": row.source,
    }


def find_indices(session: Session, known_at: datetime | None = None) -> list[PriceIndex]:
    query = select(PriceIndex).where(known(PriceIndex, known_at))
    return list(session.exec(query.order_by(col(PriceIndex.number))))


def get_index(session: Session, number: int, *, lock: bool = False) -> PriceIndex:
    query = select(PriceIndex).where(
        PriceIndex.number == number, col(PriceIndex.retracted_at).is_(None)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.exec(query).one_or_none()
    if row is None:
        raise NotFound(
            f"Det finns inget indexvärde {number}.", f"There is no price index value {number}."
        )
    return row


def add_index(session: Session, act: Act, data: Mapping[str, Any]) -> PriceIndex:
    _refuse_taken(session, data["index"], data["year"])
    _refuse_unchosen(session, data["index"])
    row = PriceIndex(recorded_at=act.at, **data)
    session.add(row)
    session.flush()
    row.number = row.id
    session.flush()
    record(session, act, "price_index.created", resource(row), after=shown_index(row))
    return row


def change_index(
    session: Session, act: Act, row: PriceIndex, changes: Mapping[str, Any]
) -> PriceIndex:
    """A row of its own with the same number; what it was stays known as of its time (M4)."""
    before = shown_index(row)
    fields = {name: getattr(row, name) for name in ("number", "index", "year", "value", "source")}
    fields |= changes
    row.retracted_at = act.at
    session.add(row)
    session.flush()
    if (fields["index"], fields["year"]) != (row.index, row.year):
        _refuse_taken(session, fields["index"], fields["year"])
    changed = PriceIndex(recorded_at=act.at, **fields)
    session.add(changed)
    session.flush()
    after = shown_index(changed)
    record(session, act, "price_index.changed", resource(row), before=before, after=after)
    return changed


def remove_index(session: Session, act: Act, row: PriceIndex) -> None:
    record(session, act, "price_index.deleted", resource(row), before=shown_index(row))
    row.retracted_at = act.at
    session.add(row)
    session.flush()


def _refuse_taken(session: Session, index: str, year: int) -> None:
    query = select(PriceIndex.number).where(
        PriceIndex.index == index,
        PriceIndex.year == year,
        col(PriceIndex.retracted_at).is_(None),
    )
    number = session.exec(query).first()
    if number is not None:
        raise Refused(
            f"{index} har redan ett värde för {year}; ändra det i stället.",
            f"{index} has a value for {year} already; change that instead.",
            [
                Reason(
                    "M1",
                    Text(
                        f"Värdet är /v1/price-indices/{number}.",
                        f"The value is /v1/price-indices/{number}.",
                    ),
                )
            ],
        )


def _refuse_unchosen(session: Session, name: str) -> None:
    """A second index must not leave it open which one price levels follow (G13)."""
    names = {row.index for row in find_indices(session)}
    if get_settings(session)["price_index"] or not names or name in names:
        return
    known = ", ".join(sorted(names))
    raise Refused(
        f"Här finns redan {known}. Välj först i inställningen price_index vilket index som gäller.",
        f"There is {known} already. Choose in the setting price_index first which index rules.",
        [
            Reason(
                "M1",
                Text("Ett index gäller i taget.", "One index rules at a time."),
            )
        ],
    )


def require_known_index(session: Session, name: str) -> None:
    names = sorted({row.index for row in find_indices(session)})
    if name and name not in names:
        known = ", ".join(names)
        raise InvalidBody.at(
            "/price_index",
            f"Det finns inget index {name}; lägg in dess värden först. Här finns: {known or '–'}.",
            f"There is no index {name}; enter its values first. There are: {known or '–'}.",
        )


def chosen_index(
    session: Session, rows: Sequence[PriceIndex], known_at: datetime | None = None
) -> str | None:
    """The index of the setting, or the only one there is; None if there is no telling."""
    wanted = str(settings_at(session, known_at)["price_index"])
    names = {row.index for row in rows}
    if wanted:
        return wanted
    return next(iter(names)) if len(names) == 1 else None


def values_by_year(session: Session, known_at: datetime | None = None) -> dict[int, Decimal]:
    """The values that price levels follow, by year; none if no index is chosen."""
    rows = find_indices(session, known_at)
    name = chosen_index(session, rows, known_at)
    return {row.year: Decimal(row.value) for row in rows if row.index == name}


def prices_now(session: Session, known_at: datetime | None = None) -> Prices:
    return Prices(values_by_year(session, known_at))


def frozen_values(values: Mapping[int, Decimal]) -> dict[str, str]:
    """As a submitted round keeps them (G3)."""
    return {str(year): str(values[year]) for year in sorted(values)}


def prices_since(frozen: Mapping[str, str] | None, now: Mapping[int, Decimal]) -> Prices:
    """As they were when a round was frozen, with what was published since.

    None for what froze none: lines decided before the tool kept any.
    """
    if frozen is None:
        return Prices(now)
    return Prices({int(year): Decimal(value) for year, value in frozen.items()}, now)
