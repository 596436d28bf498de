"""Operating consequences over HTTP: of an investment, a program, an area, a department."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session, col

from portfolio.areas.router import AreaCodePath, At, SchemeDep
from portfolio.areas.service import read_area
from portfolio.costs.consequence import COUNTED, Consequence, add
from portfolio.costs.repository import bearing
from portfolio.database.lookup import get_by_code
from portfolio.errors import InvalidParameter
from portfolio.investments.models import InvestmentVersion
from portfolio.investments.router import InvestmentDep
from portfolio.language import Language
from portfolio.organisation.models import Department
from portfolio.programs.router import ProgramDep
from portfolio.reports import consequence_schemas as schemas
from portfolio.reports.consequence import (
    Asked,
    Row,
    Series,
    cells,
    columns_of,
    find_consequences,
    find_rows,
    shown,
)
from portfolio.reports.consequence_columns import CONSEQUENCE, SHEET
from portfolio.reports.consequence_of_area import Place, consequence_of_area, shown_area
from portfolio.reports.formats import (
    ALSO_TABLES,
    Format,
    FormatParameter,
    UnitParameter,
    refuse_unit,
    table_response,
    wanted_format,
)
from portfolio.reports.units import Rounder, Unit
from portfolio.web.dependencies import ActDep, CodePath, ExportLanguageDep, SessionDep
from portfolio.web.fields import Digits, Moment
from portfolio.web.replies import reply
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["costs"])

YearQuery = Annotated[Digits | None, Query(ge=1900, le=2500)]


# `async` only so that FastAPI calls it in place instead of in a thread.
async def get_asked(
    series: Annotated[
        Series, Query(description="What is expected, or what was decided on.")
    ] = Series.FORECAST,
    known_at: Annotated[
        Moment | None, Query(description="As it was known at this time; now if left out (M4).")
    ] = None,
    from_year: YearQuery = None,
    to_year: YearQuery = None,
) -> Asked:
    if from_year is not None and to_year is not None and to_year < from_year:
        raise InvalidParameter(
            "to_year ligger före from_year; byt plats på dem.",
            "to_year is before from_year; swap them.",
        )
    return Asked(series, known_at, from_year, to_year)


@dataclass(frozen=True, slots=True)
class Form:
    """In which form an answer is asked for."""

    format: Format
    unit: Unit
    language: Language


async def get_form(
    request: Request,
    language: ExportLanguageDep,
    format: FormatParameter = None,
    unit: UnitParameter = Unit.KR,
) -> Form:
    wanted = wanted_format(request, format)
    if wanted is Format.JSON:
        refuse_unit(unit)
    return Form(wanted, unit, language)


def _department(department: CodePath, session: SessionDep) -> Department:
    return get_by_code(session, Department, department)


AskedDep = Annotated[Asked, Depends(get_asked)]
FormDep = Annotated[Form, Depends(get_form)]


def _answer(form: Form, name: str, asked: Asked, found: Consequence, body: Any) -> Response:
    if form.format is Format.JSON:
        return reply(body, tagged=False)
    rounder = Rounder(form.unit)
    rows = [{**row, **rounded(row, rounder)} for row in cells(found, asked)]
    file = f"driftkonsekvens-{name}"
    return table_response(
        form.format, CONSEQUENCE, rows, form.language, name=file, sheet=SHEET, unit=form.unit
    )


def rounded(row: Mapping[str, Any], rounder: Rounder) -> dict[str, int]:
    """What is counted is rounded; capital cost and total follow, so that rows add up too."""
    counted = rounder.row({name: row[name] for name in COUNTED})
    return columns_of([counted[name] or 0 for name in COUNTED])


def _together(session: Session, asked: Asked, rows: list[Row], **of: Any) -> Consequence:
    together: Consequence = {}
    for found in find_consequences(session, asked, rows, **of).values():
        add(together, found)
    return together


@router.get(
    "/v1/investments/{investment}/consequence",
    response_model=schemas.InvestmentConsequence,
    summary="What an investment costs to run",
    responses=ALSO_TABLES,
)
def read_investment_consequence(
    row: InvestmentDep, session: SessionDep, asked: AskedDep, form: FormDep
) -> Response:
    """Capital cost and operation by year and department, until the last useful life ends (M2)."""
    rows = find_rows(session, asked, col(InvestmentVersion.investment_id) == row.id)
    found = _together(session, asked, rows)
    body = {"investment": row.code, "series": asked.series.value, **shown(found, asked)}
    return _answer(form, row.code, asked, found, body)


@router.get(
    "/v1/programs/{program}/consequence",
    response_model=schemas.ProgramConsequence,
    summary="What a program costs to run",
    responses=ALSO_TABLES,
)
def read_program_consequence(
    row: ProgramDep, session: SessionDep, asked: AskedDep, form: FormDep
) -> Response:
    """The sum of its investments, by year and department (M2)."""
    rows = find_rows(session, asked, col(InvestmentVersion.program_id) == row.id)
    found = _together(session, asked, rows)
    body = {"program": row.code, "series": asked.series.value, **shown(found, asked)}
    return _answer(form, row.code, asked, found, body)


@router.get(
    "/v1/area-schemes/{scheme}/areas/{code}/consequence",
    response_model=schemas.AreaConsequence,
    summary="What an area's investments cost to run",
    responses=ALSO_TABLES,
)
def read_area_consequence(
    scheme: SchemeDep,
    code: AreaCodePath,
    session: SessionDep,
    asked: AskedDep,
    form: FormDep,
    act: ActDep,
    by: Literal["location", "served"] = "location",
    at: At = None,
) -> Response:
    """Each investment's consequence by its share there; and the scheme's whole (A7)."""
    on = at or act.today
    read_area(session, scheme, code, on)
    place = Place(scheme.code, code, on, by)
    rows = find_rows(session, asked)
    here, whole = consequence_of_area(session, place, asked, rows)
    body = shown_area(place, asked, here, whole)
    return _answer(form, f"{scheme.code}-{code}", asked, here, body)


@router.get(
    "/v1/departments/{department}/consequence",
    response_model=schemas.DepartmentConsequence,
    summary="What a department will pay to run",
    responses=ALSO_TABLES,
)
def read_department_consequence(
    row: Annotated[Department, Depends(_department)],
    session: SessionDep,
    asked: AskedDep,
    form: FormDep,
) -> Response:
    """What it bears of every investment, its own and others' (M2)."""
    rows = find_rows(session, asked)
    if asked.series is Series.FORECAST:
        concerned = bearing(session, row.code, asked.known_at)
        rows = [one for one in rows if one.department == row.code or one.id in concerned]
    found = _together(session, asked, rows, department=row.code)
    answer = shown(found, asked, by_department=False)
    body = {"department": row.code, "series": asked.series.value, **answer}
    return _answer(form, row.code, asked, found, body)
