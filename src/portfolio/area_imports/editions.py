"""Writing an edition: its area versions, their renderings, and which codes hold which."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from portfolio.area_imports import repository
from portfolio.area_imports.repository import Base, Held
from portfolio.area_imports.rules import Area, Comparison, same_surfaces
from portfolio.areas import rendering
from portfolio.areas.models import (
    AreaEdition,
    AreaImport,
    AreaMembership,
    AreaVersion,
)
from portfolio.clock import Act
from portfolio.database.bulk import insert_columns, insert_rows, reserve_ids


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
    insert_rows(session, AreaMembership, members)
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
    if not codes:
        return {}
    shapes = rendering.as_array([areas[code].geometry for code in codes])
    outlines = rendering.Outlines.of(shapes)
    ids = reserve_ids(session, AreaVersion, len(codes))
    versions: dict[str, Sequence[Any]] = {
        "id": ids,
        "scheme_id": [scheme_id] * len(codes),
        "code": codes,
        "name": [areas[code].name for code in codes],
        "area_m2": rendering.surfaces_m2(outlines).tolist(),
        "geometry": shapes.tolist(),
        "geometry_sha256": rendering.hashes(shapes),
    }
    insert_columns(session, AreaVersion, versions)
    return dict(zip(codes, ids, strict=True))
