"""Where an investment lies in the editions of the schemes (A5, A6, formulas 1). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shapely.geometry.base import BaseGeometry

from portfolio.shares import (
    WHOLE,
    Coverage,
    Shares,
    carried_over,
    manual_shares,
    shares_of_geometry,
)


class Kind(StrEnum):
    PHYSICAL = "physical"
    SOCIAL = "social"


class Serves(StrEnum):
    LOCAL = "local"
    CITYWIDE = "citywide"


class Status(StrEnum):
    """Derived from rounds and decisions (G1)."""

    PREPARING = "preparing"
    SUBMITTED = "submitted"
    ON_HOLD = "on_hold"
    RECONSIDERATION_REQUIRED = "reconsideration_required"
    STOPPED = "stopped"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class NamedArea:
    """An area that a person named, with its share in units of 10^-12."""

    scheme_id: int
    code: str
    share: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an investment is: a footprint in planar metres, or named areas.

    Neither for one that is municipality-wide or not located: it has no shares.
    """

    footprint: BaseGeometry | None = None
    areas: tuple[NamedArea, ...] = ()
    named_on: date = date.min


def plain_geometry(geojson: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a geometry that `parse_location_geometry` has read.

    Only `type` and `coordinates`: a `bbox` is not checked. Every number is a float, since there
    are whole numbers, in a height for instance, that canonical JSON (RFC 8785) can't write.
    """
    return {"type": geojson["type"], "coordinates": _as_floats(geojson["coordinates"])}


def _as_floats(value: Any) -> Any:
    return [_as_floats(item) for item in value] if isinstance(value, list) else float(value)


def quantised(shares: Sequence[Decimal]) -> tuple[int, ...]:
    """Shares as people write them, in units of 10^-12, adjusted when they all but sum to 1.

    Raises:
        ValueError: They sum to more than 1.
    """
    numbered = [(f"{index:06d}", share) for index, share in enumerate(shares)]
    parts = manual_shares(numbered).areas
    return tuple(parts.get(key, 0) for key, _ in numbered)


def equal_shares(number: int) -> tuple[int, ...]:
    """`number` equal parts of the whole, the first ones a trillionth more where it must be."""
    part, left = divmod(WHOLE, number)
    return tuple(part + (1 if index < left else 0) for index in range(number))


def shares_in(
    place: Place,
    scheme_id: int,
    coverage: Coverage,
    followed: Mapping[NamedArea, Mapping[str, int] | None],
    boundaries: Mapping[NamedArea, BaseGeometry],
    sliver: float,
) -> Shares:
    """The shares of a place in one edition of a scheme.

    Args:
        place: Has a footprint or areas.
        scheme_id: The edition's scheme.
        coverage: The edition's areas.
        followed: For areas named in this scheme, what they are called in this edition, with
            shares that sum to WHOLE; None where nothing leads there from the date of naming.
        boundaries: For all other named areas, their polygons.
        sliver: The fraction under which an overlap is dropped.

    Returns:
        Shares in units of 10^-12 that with `outside` sum to WHOLE.

    Source: formulas 1; area lists carry over to other schemes by surface (A5).
    """
    if place.footprint is not None:
        return shares_of_geometry(place.footprint, coverage, sliver=sliver)
    direct: dict[str, int] = {}
    carried: list[tuple[BaseGeometry, int]] = []
    for area in place.areas:
        heirs = followed.get(area) if area.scheme_id == scheme_id else None
        if heirs is None:
            carried.append((boundaries[area], area.share))
            continue
        for code, part in heirs.items():
            direct[code] = direct.get(code, 0) + area.share * part // WHOLE
    # What integer division lost, a few trillionths, stays with the areas, not with `outside`.
    lost = (
        sum(area.share for area in place.areas) - sum(direct.values()) - sum(s for _, s in carried)
    )
    if direct and lost:
        direct[min(direct)] += lost
    if not carried:
        kept = {code: direct[code] for code in sorted(direct) if direct[code]}
        return Shares(kept, WHOLE - sum(kept.values()), {})
    outside = WHOLE - sum(share for _, share in carried)
    spread = carried_over(carried, outside, coverage, sliver=sliver)
    if not direct:
        return spread
    merged = dict(spread.areas)
    for code, share in direct.items():
        merged[code] = merged.get(code, 0) + share
    ordered = {code: merged[code] for code in sorted(merged)}
    return Shares(ordered, WHOLE - sum(ordered.values()), spread.slivers)
