"""What the municipality already has, for the rows of a spreadsheet to refer to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, select

from portfolio.areas.models import AreaScheme
from portfolio.areas.repository import find_versions_of_code
from portfolio.database.lookup import named_in_body
from portfolio.investments.models import Investment
from portfolio.organisation.models import Department
from portfolio.programs.models import Program
from portfolio.table_imports.repository import ForecastLine
from portfolio.table_imports.rules import Order


def check_references(session: Session, order: Order) -> None:
    """Refuse a form that names what is not there, before its file is read."""
    if order.scheme is not None:
        named_in_body(session, AreaScheme, order.scheme, "/scheme")
    for name, model in (("department", Department), ("program", Program)):
        if name in order.defaults:
            named_in_body(session, model, order.defaults[name], f"/{name}")


@dataclass(slots=True)
class Known:
    """What rows may refer to; departments and programs by code or by name."""

    session: Session
    departments: Mapping[str, str]
    programs: Mapping[str, str]
    program_codes: Mapping[int, str]
    scheme_id: int | None
    investments: Mapping[str, Investment]
    forecasts: Mapping[int, list[ForecastLine]]
    _areas: dict[str, bool] = field(default_factory=dict)

    def has_area(self, code: str) -> bool:
        if code not in self._areas:
            found = find_versions_of_code(self.session, self.scheme_id or 0, code)
            self._areas[code] = bool(found)
        return self._areas[code]

    def forecast(self, investment: Investment | None) -> list[ForecastLine]:
        return self.forecasts.get(investment.id or 0, []) if investment else []

    def program_of(self, investment: Investment) -> str | None:
        return self.program_codes.get(investment.program_id or 0)


def named(rows: list[Any]) -> dict[str, str]:
    """Codes by code, and by name without regard to case where only one has that name."""
    names = [row.name.casefold() for row in rows]
    by_name = {name: row.code for name, row in zip(names, rows, strict=True)}
    unique = {name: code for name, code in by_name.items() if names.count(name) == 1}
    return {**unique, **{row.code: row.code for row in rows}}


def load_known(
    session: Session,
    order: Order,
    investments: Mapping[str, Investment],
    forecasts: Mapping[int, list[ForecastLine]],
) -> Known:
    programs = list(session.exec(select(Program)))
    scheme = None
    if order.scheme is not None:
        scheme = named_in_body(session, AreaScheme, order.scheme, "/scheme").id
    return Known(
        session,
        named(list(session.exec(select(Department)))),
        named(programs),
        {program.id or 0: program.code for program in programs},
        scheme,
        investments,
        forecasts,
    )
