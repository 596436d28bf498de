"""Plan lines and settings over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from portfolio.access.rules import Role
from portfolio.accounts.repository import Booked, outcome_lines
from portfolio.amounts import format_amount
from portfolio.errors import Forbidden
from portfolio.events.service import record
from portfolio.gates import consequences, standing
from portfolio.gates.consequences import refresh_forecasts
from portfolio.investments.models import Investment
from portfolio.investments.router import InvestmentDep, locked_investment
from portfolio.investments.service import resource
from portfolio.money import repository, schemas, service
from portfolio.money.indices import prices_now, require_known_index
from portfolio.money.prices import missing_years
from portfolio.money.rules import totals
from portfolio.organisation import schemas as organisation_schemas
from portfolio.organisation import service as organisation
from portfolio.web.dependencies import ActDep, CallerDep, SessionDep
from portfolio.web.replies import reply, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute)


def shown(session: Session, investment: Investment) -> dict[str, Any]:
    id = investment.id or 0
    forecast = repository.find_forecast(session, id)
    outcome = outcome_lines(session, Booked(), id, investment.department)
    prices = prices_now(session)
    decided: list[Any] = []
    if investment.template_id is not None:
        here = standing.load(session, investment)
        decided = repository.find_decided(session, here.state.decided_by_decision)
    expected, agreed = (totals(repository.amounts(lines)) for lines in (forecast, decided))
    return {
        "forecast": service.shown_with_levels(forecast, prices),
        "decided": service.shown_with_levels(decided, prices),
        "outcome": service.shown_with_levels(outcome, prices),
        "deviation": {
            "total": format_amount(expected.net - agreed.net),
            "total_capital": format_amount(expected.capital - agreed.capital),
            "total_operating": format_amount(expected.operating - agreed.operating),
        },
        "missing_index_years": missing_years([*forecast, *decided], prices),
    }


def _for_change(
    request: Request, row: Annotated[Investment, Depends(locked_investment)], session: SessionDep
) -> Investment:
    # Not only the investment's department: others pay for parts of it, and write their own lines.
    require_match(request, shown(session, row))
    return row


def _settings_for_change(request: Request, session: SessionDep) -> None:
    organisation.hold_settings(session, to_change=True)
    require_match(request, organisation.get_settings(session))


@router.get(
    "/v1/investments/{investment}/plan-lines",
    response_model=schemas.PlanLinesOut,
    tags=["money"],
    summary="Read the plan lines",
)
def read_plan_lines(row: InvestmentDep, session: SessionDep) -> Response:
    """What is expected, what was decided, and what the accounts say."""
    return reply(shown(session, row))


@router.put(
    "/v1/investments/{investment}/plan-lines",
    response_model=schemas.PlanLinesOut,
    tags=["money"],
    summary="Replace the forecast",
)
def replace_plan_lines(
    row: Annotated[Investment, Depends(_for_change)],
    lines: schemas.PlanLinesIn,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
) -> Response:
    """Whole; with a department's key its own lines only, the others stay as they are."""
    own = caller.department if caller.role is Role.DEPARTMENT else None
    wanted = [line.model_dump() for line in lines.lines]
    if own is not None and any(line["department"] != own for line in wanted):
        raise Forbidden(
            f"Nyckeln skriver bara planrader för {own}.",
            f"The key writes plan lines of {own} only.",
        )
    before = service.shown_series(repository.find_forecast(session, row.id or 0))
    service.replace_forecast(session, row, wanted, act.at, department=own)
    standing.refresh(session, row)
    after = service.shown_series(repository.find_forecast(session, row.id or 0))
    where = f"{resource(row)}/plan-lines"
    record(session, act, "plan_lines.replaced", where, before=before, after=after)
    return reply(shown(session, row))


@router.get(
    "/v1/settings",
    response_model=organisation_schemas.SettingsOut,
    tags=["organisation"],
    summary="Read the settings",
)
def read_settings(session: SessionDep) -> Response:
    """Tolerances and thresholds that are the municipality's own choice."""
    return reply(organisation.get_settings(session))


@router.patch(
    "/v1/settings",
    response_model=organisation_schemas.SettingsOut,
    tags=["organisation"],
    summary="Change the settings",
)
def change_settings(
    _: Annotated[None, Depends(_settings_for_change)],
    patch: organisation_schemas.SettingsPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Statuses follow at once (G13); shares are derived by it from now on."""
    changes = patch.model_dump(exclude_unset=True)
    require_known_index(session, changes.get("price_index", ""))
    changed = organisation.change_settings(session, act, changes)
    if "interest_convention" in changes:
        consequences.refresh_forecasts(session, act.at)
    if "reconsideration_tolerance_percent" in changes:
        standing.refresh_all(session)
    elif "price_index" in changes:
        standing.refresh_levelled(session)
    if "interest_convention" in changes:
        refresh_forecasts(session, act.at)
    return reply(changed)
