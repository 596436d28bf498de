"""Components, consequence lines and internal rates over HTTP.

A change of any of them is followed by the consequence that is expected, and by the status (G13).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from portfolio.costs import repository, schemas, service
from portfolio.costs.models import Component, ConsequenceLine, InternalRate
from portfolio.gates.consequences import refresh_forecast, refresh_forecasts
from portfolio.investments.models import Investment
from portfolio.investments.router import (
    InvestmentDep,
    LockedInvestment,
    OwnInvestment,
    require_own,
)
from portfolio.organisation.service import hold_settings
from portfolio.web.dependencies import ActDep, CallerDep, IdPath, SessionDep
from portfolio.web.fields import Digits, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import nothing, reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["costs"])

_COMPONENTS = "/v1/investments/{investment}/components"
_LINES = "/v1/investments/{investment}/consequence-lines"

YearPath = Annotated[Digits, Path(ge=1900, le=schemas.LAST_RATE_YEAR)]


def _component_for_change(
    request: Request, row: OwnInvestment, id: IdPath, session: SessionDep
) -> Component:
    component = service.get_component(session, row, id)
    require_match(request, service.shown_component(component))
    return component


def _line_for_change(
    request: Request, row: LockedInvestment, id: IdPath, session: SessionDep, caller: CallerDep
) -> ConsequenceLine:
    # Not only the investment's department: others bear parts of it, and write their own lines.
    line = service.get_line(session, row, id)
    require_own(caller, line.department)
    require_match(request, service.shown_line(line))
    return line


def _hold_rates(session: SessionDep) -> None:
    """Let nobody calculate with the rates until the commit, or change one."""
    hold_settings(session, to_change=True)


def _rate_for_change(
    request: Request,
    _: Annotated[None, Depends(_hold_rates)],
    year: YearPath,
    session: SessionDep,
) -> InternalRate:
    rate = service.get_rate(session, year)
    require_match(request, service.shown_rate(rate))
    return rate


ComponentForChange = Annotated[Component, Depends(_component_for_change)]
LineForChange = Annotated[ConsequenceLine, Depends(_line_for_change)]
RateForChange = Annotated[InternalRate, Depends(_rate_for_change)]


@router.get(_COMPONENTS, response_model=Page[schemas.ComponentOut], summary="List the components")
def list_components(row: InvestmentDep, session: SessionDep, paging: PagingDep) -> Response:
    """What is built or bought, each part with its own useful life (M2)."""
    rows = repository.find_rows(session, Component, row.id or 0)
    return reply_list(paging.short(rows, "number", service.shown_component))


@router.post(
    _COMPONENTS,
    response_model=schemas.ComponentOut,
    status_code=201,
    summary="Add a component",
)
def add_component(
    row: OwnInvestment, component: schemas.ComponentIn, session: SessionDep, act: ActDep
) -> Response:
    """Its depreciation and interest count from the month it is taken into use."""
    added = service.add_component(session, act, row, component.model_dump())
    refresh_forecast(session, row, act.at)
    shown = service.shown_component(added)
    return reply(shown, status=201, location=service.path(row, added))


@router.get(
    f"{_COMPONENTS}/{{id}}", response_model=schemas.ComponentOut, summary="Read a component"
)
def read_component(row: InvestmentDep, id: IdPath, session: SessionDep) -> Response:
    """One part of the investment."""
    return reply(service.shown_component(service.get_component(session, row, id)))


@router.patch(
    f"{_COMPONENTS}/{{id}}", response_model=schemas.ComponentOut, summary="Change a component"
)
def change_component(
    row: OwnInvestment,
    component: ComponentForChange,
    patch: schemas.ComponentPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Any field; what it was stays known as of its time (M4)."""
    changes = patch.model_dump(exclude_unset=True)
    changed = service.change_component(session, act, row, component, changes)
    refresh_forecast(session, row, act.at)
    return reply(service.shown_component(changed))


@router.delete(f"{_COMPONENTS}/{{id}}", status_code=204, summary="Remove a component")
def remove_component(
    row: OwnInvestment, component: ComponentForChange, session: SessionDep, act: ActDep
) -> Response:
    """It stays known as of its time (M4)."""
    service.remove_component(session, act, row, component)
    refresh_forecast(session, row, act.at)
    return nothing()


@router.get(_LINES, response_model=Page[schemas.LineOut], summary="List the consequence lines")
def list_consequence_lines(row: InvestmentDep, session: SessionDep, paging: PagingDep) -> Response:
    """What it will cost and give to run, whoever pays (M2)."""
    rows = repository.find_rows(session, ConsequenceLine, row.id or 0)
    return reply_list(paging.short(rows, "number", service.shown_line))


@router.post(
    _LINES, response_model=schemas.LineOut, status_code=201, summary="Add a consequence line"
)
def add_consequence_line(
    row: LockedInvestment,
    line: schemas.LineIn,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
) -> Response:
    """Of operation, maintenance, staff, one-off cost, grant, income or savings, for some years."""
    fields = _completed(row, line)
    require_own(caller, fields["department"])
    added = service.add_line(session, act, row, fields)
    refresh_forecast(session, row, act.at)
    return reply(service.shown_line(added), status=201, location=service.path(row, added))


def _completed(row: Investment, line: schemas.LineIn) -> dict[str, Any]:
    fields = line.model_dump()
    if line.department is None:
        fields["department"] = row.department
    if line.to_year is None:
        fields["to_year"] = line.year
    return fields


@router.get(f"{_LINES}/{{id}}", response_model=schemas.LineOut, summary="Read a consequence line")
def read_consequence_line(row: InvestmentDep, id: IdPath, session: SessionDep) -> Response:
    """One line of the operating consequence."""
    return reply(service.shown_line(service.get_line(session, row, id)))


@router.patch(
    f"{_LINES}/{{id}}", response_model=schemas.LineOut, summary="Change a consequence line"
)
def change_consequence_line(
    row: LockedInvestment,
    line: LineForChange,
    patch: schemas.LinePatch,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
) -> Response:
    """Any field; with a department's key its own lines only."""
    changes = patch.model_dump(exclude_unset=True)
    require_own(caller, changes.get("department", line.department))
    changed = service.change_line(session, act, row, line, changes)
    refresh_forecast(session, row, act.at)
    return reply(service.shown_line(changed))


@router.delete(f"{_LINES}/{{id}}", status_code=204, summary="Remove a consequence line")
def remove_consequence_line(
    row: LockedInvestment, line: LineForChange, session: SessionDep, act: ActDep
) -> Response:
    """It stays known as of its time (M4)."""
    service.remove_line(session, act, row, line)
    refresh_forecast(session, row, act.at)
    return nothing()


@router.get(service.RATES, response_model=Page[schemas.RateOut], summary="List the internal rates")
def list_internal_rates(session: SessionDep, paging: PagingDep) -> Response:
    """The interest that the municipality counts on its own capital, by year (M2)."""
    rows = repository.find_rates(session)
    return reply_list(paging.short(rows, "year", service.shown_rate))


@router.post(
    service.RATES, response_model=schemas.RateOut, status_code=201, summary="Enter an internal rate"
)
def add_internal_rate(
    _: Annotated[None, Depends(_hold_rates)],
    rate: schemas.RateIn,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """For one year, or for each year through `to_year`; all of them or none. Answers the first."""
    fields = rate.model_dump()
    fields["to_year"] = rate.year if rate.to_year is None else rate.to_year
    added = service.add_rates(session, act, **fields)
    refresh_forecasts(session, act.at)
    location = f"{service.RATES}/{added.year}"
    return reply(service.shown_rate(added), status=201, location=location)


@router.get(
    f"{service.RATES}/{{year}}", response_model=schemas.RateOut, summary="Read an internal rate"
)
def read_internal_rate(year: YearPath, session: SessionDep) -> Response:
    """In per cent, as it was entered."""
    return reply(service.shown_rate(service.get_rate(session, year)))


@router.patch(
    f"{service.RATES}/{{year}}", response_model=schemas.RateOut, summary="Change an internal rate"
)
def change_internal_rate(
    row: RateForChange, patch: schemas.RatePatch, session: SessionDep, act: ActDep
) -> Response:
    """Every expected consequence follows at once (G13); what was decided keeps its rates."""
    changed = service.change_rate(session, act, row, patch.model_dump(exclude_unset=True))
    refresh_forecasts(session, act.at)
    return reply(service.shown_rate(changed))


@router.delete(f"{service.RATES}/{{year}}", status_code=204, summary="Delete an internal rate")
def remove_internal_rate(row: RateForChange, session: SessionDep, act: ActDep) -> Response:
    """What needs it is refused until the year has a rate again."""
    service.remove_rate(session, act, row)
    refresh_forecasts(session, act.at)
    return nothing()
