"""A scheme of more areas than a page holds, written straight to the tables."""

from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Engine

from portfolio.areas.models import (
    AreaEdition,
    AreaMembership,
    AreaScheme,
    AreaVersion,
)
from portfolio.clock import now
from portfolio.database.engine import transaction
from portfolio.geometry import geodesic_area_m2

SIDE = 33
CELL_M = 200.0
ORIGIN = (376_000.0, 6_158_000.0)
SEED = 2026


def crooked_cells() -> dict[str, Any]:
    """SIDE x SIDE quadrangles in EPSG:3006 that share corners, each on a whole millimetre."""
    dice = np.random.default_rng(SEED)
    rows, columns = np.mgrid[0 : SIDE + 1, 0 : SIDE + 1]
    corners = np.dstack([columns, rows]) * CELL_M + ORIGIN
    corners = np.round(corners + dice.uniform(-40, 40, corners.shape), 3)
    return {
        f"M{row:02d}{column:02d}": shapely.MultiPolygon(
            [
                shapely.Polygon(
                    corners[[row, row, row + 1, row + 1], [column, column + 1, column + 1, column]]
                )
            ]
        )
        for row in range(SIDE)
        for column in range(SIDE)
    }


def put_many(engine: Engine, code: str) -> dict[str, Any]:
    """A scheme in force since 2020; returns its shapes by code."""
    shapes = crooked_cells()
    with transaction(engine) as session:
        scheme = AreaScheme(code=code, name="Många")
        session.add(scheme)
        session.flush()
        edition = AreaEdition(
            scheme_id=scheme.id or 0, valid_from=date(2020, 1, 1), recorded_at=now()
        )
        versions = [
            AreaVersion(
                scheme_id=scheme.id or 0,
                code=own,
                name=f"Område {own}",
                area_m2=geodesic_area_m2(shape),
                geometry=shape,
                geometry_sha256="0" * 64,
            )
            for own, shape in shapes.items()
        ]
        session.add_all([edition, *versions])
        session.flush()
        for version in versions:
            session.add(
                AreaMembership(
                    area_version_id=version.id or 0,
                    edition_id=edition.id or 0,
                    code=version.code,
                    since=edition.valid_from,
                )
            )
    return shapes
