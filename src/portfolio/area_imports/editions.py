"""Writing an edition: its area versions, their renderings, and which codes hold which."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from sqlmodel import Session

from portfolio.area_imports import repository
from portfolio.area_imports.repository import Base, Held
from portfolio.area_imports.rules import Area, Comparison, same_surfaces
from portfolio.areas.models import (
    AreaEdition,
    AreaImport,
    AreaMembership,
    AreaRendering,
    AreaVersion,
)
from portfolio.clock import Act
from portfolio.geometry import as_geojson_bytes, geodesic_area_m2

# A boundary on a map of the whole municipality needs no bend smaller than this.
SIMPLIFIED_M = 10.0


def write_edition(
    session: Session,
    act: Act,
    base: Base,
    row: AreaImport,
    areas: Mapping[str, Area],
    comparison: Comparison,
) -> tuple[AreaEdition, dict[str, int]]:
    """The new edition, and the version that each of its codes has; a corrected one is retracted."""
    edition = AreaEdition(
        scheme_id=row.scheme_id,
        valid_from=row.valid_from,
        import_id=row.id,
        recorded_at=act.at,
    )
    session.add(edition)
    corrected = base.corrected_by(row.valid_from)
    if corrected is not None:
        corrected.retracted_at = act.at
        session.add(corrected)
    session.flush()
    kept = {code: base.areas[code] for code in comparison.unchanged}
    kept |= _back_as_before(session, base, corrected, areas, comparison)
    fresh = [code for code in areas if code not in kept]
    versions = _write_versions(session, row.scheme_id, areas, fresh)
    version_ids = {code: held.version_id for code, held in kept.items()} | versions
    since = {code: held.since for code, held in kept.items()}
    members = [
        {
            "edition_id": edition.id,
            "code": code,
            "area_version_id": version_ids[code],
            "since": since.get(code, row.valid_from),
        }
        for code in areas
    ]
    repository.insert_rows(session, AreaMembership, members)
    return edition, version_ids


def _back_as_before(
    session: Session,
    base: Base,
    corrected: AreaEdition | None,
    areas: Mapping[str, Area],
    comparison: Comparison,
) -> dict[str, Held]:
    """Areas that a correction gives back what they were before: their version goes on."""
    if corrected is None or len(base.line.editions) < 2:
        return {}
    before = repository.load_areas(session, base.line.editions[-2])
    touched = [*comparison.added, *comparison.changed]
    codes = [code for code in touched if code in before and before[code].name == areas[code].name]
    same = same_surfaces(
        [before[code].geometry for code in codes], [areas[code].geometry for code in codes]
    )
    return {code: before[code] for code, equal in zip(codes, same, strict=True) if equal}


def _write_versions(
    session: Session, scheme_id: int, areas: Mapping[str, Area], codes: Sequence[str]
) -> dict[str, int]:
    versions = [_version(scheme_id, code, areas[code]) for code in codes]
    session.add_all(versions)
    session.flush()
    simplified = _simplified(areas)
    renderings = [
        {
            "area_version_id": version.id,
            "geojson": as_geojson_bytes(version.geometry, 8).decode(),
            "simplified": as_geojson_bytes(simplified[version.code]).decode(),
        }
        for version in versions
    ]
    repository.insert_rows(session, AreaRendering, renderings)
    return {version.code: version.id or 0 for version in versions}


def _version(scheme_id: int, code: str, area: Area) -> AreaVersion:
    return AreaVersion(
        scheme_id=scheme_id,
        code=code,
        name=area.name,
        area_m2=geodesic_area_m2(area.geometry),
        geometry=area.geometry,
        geometry_sha256=hashlib.sha256(
            shapely.to_wkb(shapely.normalize(area.geometry))
        ).hexdigest(),
    )


def _simplified(areas: Mapping[str, Area]) -> dict[str, Any]:
    """All boundaries simplified together, so that neighbours still share their edges."""
    shapes = np.array([area.geometry for area in areas.values()], dtype=object)
    simple = shapely.coverage_simplify(shapes, SIMPLIFIED_M)
    usable = ~shapely.is_empty(simple) & shapely.is_valid(simple)
    chosen = np.where(usable, simple, shapes)
    return dict(zip(areas, chosen.tolist(), strict=True))
