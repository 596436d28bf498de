"""Boundaries as coarsely as a map can show them, simplified together so that neighbours meet.

Made when somebody asks, and kept: it would be the longest part of every import.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from portfolio.areas import rendering, repository
from portfolio.areas.models import AreaEdition
from portfolio.areas.simplifying import simplify_coverage
from portfolio.database.kept import Kept

# A boundary on a map of the whole municipality needs no bend smaller than this.
SIMPLIFIED_M = 10.0
DECIMALS = 7

# By edition and tolerance; a map has a drawing for each of its zooms.
_drawn: Kept[tuple[int | None, float], Any] = Kept(48)


def drawn(session: Session, edition: AreaEdition, tolerance_m: float) -> Any:
    """An array of the edition's boundaries in order of code, in planar metres."""

    def draw() -> Any:
        loaded = repository.load_edition(session, edition)
        return simplify_coverage(rendering.as_array(list(loaded.coverage.geometries)), tolerance_m)

    return _drawn.get(session, (edition.id, tolerance_m), draw)


def simplified_geojson(
    session: Session, edition: AreaEdition, codes: Sequence[str]
) -> dict[str, str]:
    """Some of an edition's boundaries, simplified, by code."""
    loaded = repository.load_edition(session, edition)
    at = {code: index for index, code in enumerate(loaded.coverage.codes)}
    wanted = drawn(session, edition, SIMPLIFIED_M)[[at[code] for code in codes]]
    texts = rendering.geojson_texts(rendering.Outlines.of(wanted), DECIMALS) if codes else []
    return dict(zip(codes, texts, strict=True))
