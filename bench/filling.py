"""Data to measure on: made, the same every time, and written in bulk."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from sqlalchemy import Connection, Engine, insert, select

from portfolio.areas.models import AreaEdition, AreaMembership
from portfolio.clock import now
from portfolio.investments.models import AreaShare, Investment, InvestmentVersion, ShareSet
from portfolio.organisation.models import Body, Department
from portfolio.programs.models import GateTemplate, Program
from portfolio.shares import WHOLE

ORIGIN = (360_000.0, 6_150_000.0)
CELL_M = 800.0
GATES = ("need", "study", "direction", "implementation", "handover", "benefits")
STATUSES = ("preparing", "submitted", "on_hold", "reconsideration_required", "stopped")


def write_areas(path: Path, *, side: int = 55, vertices: int = 37, seed: int = 2026) -> int:
    """side x side areas in EPSG:3006 whose crooked edges neighbours share exactly."""
    rng = np.random.default_rng(seed)
    edges: dict[tuple[int, int, str], np.ndarray[Any, Any]] = {}

    def edge(row: int, column: int, way: str) -> np.ndarray[Any, Any]:
        """From the corner (row, column) to the east (`h`) or to the north (`v`)."""
        if (row, column, way) not in edges:
            along = np.linspace(0, CELL_M, vertices + 2)
            aside = np.zeros(vertices + 2)
            aside[1:-1] = rng.uniform(-CELL_M / 40, CELL_M / 40, vertices)
            x, y = (along, aside) if way == "h" else (aside, along)
            corner = (ORIGIN[0] + column * CELL_M, ORIGIN[1] + row * CELL_M)
            edges[row, column, way] = np.column_stack([x + corner[0], y + corner[1]]).round(2)
        return edges[row, column, way]

    polygons, codes = [], []
    for row in range(side):
        for column in range(side):
            south, north = edge(row, column, "h"), edge(row + 1, column, "h")[::-1]
            west, east = edge(row, column, "v")[::-1], edge(row, column + 1, "v")
            ring = np.vstack([south[:-1], east[:-1], north[:-1], west])
            polygons.append(shapely.Polygon(ring))
            codes.append(f"{row:03d}{column:03d}")
    names = [f"Område {code}" for code in codes]
    frame = geopandas.GeoDataFrame(
        {"kod": codes, "namn": names}, geometry=polygons, crs="EPSG:3006"
    )
    frame.to_file(path, driver="GPKG", layer="areas")
    return len(codes)


def fill(engine: Engine, investments: int, *, seed: int = 2026) -> None:
    """Investments with state, history and shares, in the newest edition of the only scheme."""
    dice = random.Random(seed)  # noqa: S311  data to measure on
    with engine.begin() as connection:
        program_id, template_id = _add_program(connection)
        edition_id, members = _areas(connection)
        add_in_batches(
            connection,
            Investment,
            (
                _investment(number, program_id, template_id, dice)
                for number in range(1, investments + 1)
            ),
        )
        rows = connection.execute(select(Investment.id, Investment.code)).all()
        add_in_batches(
            connection,
            InvestmentVersion,
            (_version(id, code, program_id, template_id) for id, code in rows),
        )
        add_in_batches(
            connection,
            ShareSet,
            (
                {
                    "id": id,
                    "investment_id": id,
                    "edition_id": edition_id,
                    "basis": "location",
                    "outside": 0,
                    "slivers": {},
                    "recorded_at": now(),
                }
                for id, _ in rows
            ),
        )
        add_in_batches(
            connection,
            AreaShare,
            (
                {"share_set_id": id, "code": code, "area_version_id": version, "share": WHOLE}
                for id, _ in rows
                for code, version in [dice.choice(members)]
            ),
        )


def add_in_batches(connection: Connection, model: Any, rows: Any) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 2000:
            connection.execute(insert(model), batch)
            batch = []
    if batch:
        connection.execute(insert(model), batch)


def _add_program(connection: Connection) -> tuple[int, int]:
    body = {"code": "committee", "name": "Nämnden", "level": "committee"}
    connection.execute(insert(Body), [body])
    departments = [
        {"code": f"D{number}", "name": f"Förvaltning {number}", "committee": "committee"}
        for number in range(10)
    ]
    connection.execute(insert(Department), departments)
    query = select(GateTemplate.id).where(GateTemplate.code == "standard")
    template_id = connection.execute(query).scalar_one()
    program = {
        "code": "bench",
        "name": "Mätning",
        "mandate": {
            "decided_by": "council",
            "decided_on": "2026-01-01",
            "case_number": "B-1",
            "task": "Mäta.",
        },
        "deciding_body": "executive_board",
        "steering": "partial",
        "gate_template": "standard",
    }
    connection.execute(insert(Program), [program])
    program_id = connection.execute(select(Program.id)).scalar_one()
    return int(program_id or 0), int(template_id or 0)


def _areas(connection: Connection) -> tuple[int, list[tuple[str, int]]]:
    edition_id = connection.execute(select(AreaEdition.id)).scalar_one()
    query = select(AreaMembership.code, AreaMembership.area_version_id)
    members = [(code, version) for code, version in connection.execute(query)]
    return int(edition_id or 0), members


def _investment(
    number: int, program_id: int, template_id: int, dice: random.Random
) -> dict[str, Any]:
    position = dice.randrange(len(GATES))
    decided = dice.randrange(10**9)
    forecast = decided + dice.randrange(10**8)
    return {
        "code": f"B-{number:06d}",
        "name": f"Investering {number} på Åsgatan",
        "kind": dice.choice(("physical", "social")),
        "program_id": program_id,
        "department": f"D{number % 10}",
        "problem": "Vägen är mörk." * 5,
        "description": "Belysning och sikt." * 10,
        "location": {"geometry": {"type": "Point", "coordinates": [13.01, 55.56]}, "buffer_m": 0},
        "located_on": date(2026, 1, 1),
        "served_areas": [],
        "serves": "local",
        "starts_on": date(2027, 1, 1),
        "accounting_objects": [],
        "template_id": template_id,
        "gate": GATES[position],
        "gate_position": position,
        "status": dice.choice(STATUSES),
        "last_outcome": "pass" if position else None,
        "last_decided_on": date(2026, 1, 1) + timedelta(days=dice.randrange(300)),
        "last_decided_by": "executive_board",
        "last_case_number": f"STK-2026-{number}",
        "weak_steps": ["economy"] if number % 7 == 0 else [],
        "open_conditions": number % 3,
        "decided_capital": decided,
        "decided_operating": 0,
        "forecast_capital": forecast,
        "forecast_operating": 0,
        "released_total": decided // 2,
    }


def _version(id: int | None, code: str, program_id: int, template_id: int) -> dict[str, Any]:
    return {
        "investment_id": id,
        "recorded_at": now(),
        "code": code,
        "name": "Investering",
        "kind": "physical",
        "program_id": program_id,
        "program_code": "bench",
        "steering": "partial",
        "department": "D0",
        "serves": "local",
        "municipality_wide": False,
        "template_id": template_id,
    }
