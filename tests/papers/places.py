"""What the papers of these tests are about, and where it is."""

from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col, select

from portfolio.clock import now, swedish_date
from portfolio.database.base import table
from portfolio.database.engine import transaction
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.programs.models import GateTemplate, Program

WEST, SOUTH = 375_000.0, 6_160_000.0
PLACES: dict[str, tuple[str, Any]] = {
    "LIN-01": ("physical", shapely.Point(WEST + 300, SOUTH + 300)),
    "LIN-02": ("social", shapely.Point(WEST + 310, SOUTH + 305)),
}
PLAN = "/v1/programs/lindangen/plan.pdf"
GATE_PAPER = "/v1/investments/LIN-01/gate-paper.pdf"


def put_many(engine: Engine, number: int) -> None:
    """More investments in the program than anybody puts through the API, at two of its gates."""
    with transaction(engine) as session:
        program = session.exec(select(Program).where(col(Program.code) == "lindangen")).one()
        template = session.exec(select(GateTemplate).where(GateTemplate.code == "standard")).first()
        assert template is not None
        common = {
            "kind": "physical",
            "program_id": program.id,
            "department": "FGK",
            "serves": "local",
            "template_id": template.id,
        }
        names = {f"M-{at:05d}": f"Investering nummer {at} på Östergatan" for at in range(number)}
        own: dict[str, Any] = {
            **common,
            "problem": "",
            "description": "",
            "location": {"municipality_wide": True},
            "located_on": swedish_date(now()),
            "served_areas": [],
            "accounting_objects": [],
            "weak_steps": [],
            "gate": "need",
            "gate_position": 0,
            "status": "preparing",
        }
        rows = [{**own, "code": code, "name": name} for code, name in names.items()]
        session.execute(sa.insert(table(Investment)), rows)
        stored = dict(session.exec(select(Investment.code, Investment.id)).all())
        version = {
            **common,
            "recorded_at": now(),
            "program_code": program.code,
            "steering": "partial",
            "municipality_wide": True,
        }
        versions = [
            {**version, "code": code, "name": name, "investment_id": stored[code]}
            for code, name in names.items()
        ]
        session.execute(sa.insert(table(InvestmentVersion)), versions)
