"""What the picture of an import shows, of one that is kept and of one that is not yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.area_imports import repository
from portfolio.area_imports.picture import Drawn, Mark, Scene, draw
from portfolio.area_imports.previewing import Preview
from portfolio.area_imports.rules import Change, Status
from portfolio.areas import repository as areas
from portfolio.areas.models import AreaEdition, AreaImport, AreaScheme
from portfolio.database.engine import snapshot
from portfolio.geometry import to_planar
from portfolio.language import Language, Text


def picture_of_import(session: Session, row: AreaImport, language: Language) -> bytes:
    """An SVG of a kept import; of a discarded one it only says so."""
    scheme = session.get_one(AreaScheme, row.scheme_id)
    found = repository.find_features(session, row.id or 0)
    scene = Scene(
        heading=_heading(f"{scheme.name} ({scheme.code})", row.id, language),
        subheading=f"{row.source['filename']}, {row.valid_from}",
        present=_present(session, row.base_edition_id),
        changes=[Drawn(Change(one.change), one.code, one.name, one.geometry) for one in found],
        marks=_marks(row.issues, language),
        counts=row.counts,
        discarded=row.status == Status.DISCARDED,
    )
    return draw(scene, language)


def picture_of_preview(engine: Engine, preview: Preview, language: Language) -> bytes:
    """The same of a preview that is not kept yet."""
    with snapshot(engine) as session:
        present = _present(session, preview.base_edition_id)
    scene = Scene(
        heading=_heading(preview.scheme, None, language),
        subheading=f"{preview.source.filename}, {preview.valid_from}",
        present=present,
        changes=[
            Drawn(change, code, area.name, area.geometry) for change, code, area in preview.changes
        ],
        marks=_marks((asdict(issue) for issue in preview.issues), language),
        counts=preview.comparison.counts,
    )
    return draw(scene, language)


def _heading(scheme: str, number: int | None, language: Language) -> str:
    which = "" if number is None else f" {number}"
    return Text(f"Gränsimport{which}: {scheme}", f"Area import{which}: {scheme}").in_language(
        language
    )


def _present(session: Session, edition_id: int | None) -> Mapping[str, BaseGeometry]:
    """The areas that the import was compared with."""
    edition = None if edition_id is None else session.get(AreaEdition, edition_id)
    if edition is None:
        return {}
    coverage = areas.load_edition(session, edition).coverage
    return dict(zip(coverage.codes, coverage.geometries, strict=True))


def _planar(point: Sequence[float] | None) -> tuple[float, float] | None:
    if not point:
        return None
    place = shapely.get_coordinates(to_planar(shapely.Point(point)))[0]
    return (float(place[0]), float(place[1])) if np.isfinite(place).all() else None


def _marks(issues: Iterable[Mapping[str, Any]], language: Language) -> list[Mark]:
    return [
        Mark(
            severity=issue["severity"],
            kind=issue["kind"],
            code=issue["code"] or "",
            detail=issue["detail"][language],
            at=_planar(issue["point"]),
        )
        for issue in issues
    ]
