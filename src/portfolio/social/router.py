"""Social cases over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from portfolio.investments.models import Investment
from portfolio.investments.router import InvestmentDep, OwnInvestment
from portfolio.social import schemas, service
from portfolio.web.dependencies import ActDep, SessionDep
from portfolio.web.fields import Moment
from portfolio.web.replies import reply, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["costs"])

KnownAt = Annotated[
    Moment | None, Query(description="As it was known at this time; now if left out (M4).")
]


def _for_change(request: Request, row: OwnInvestment, session: SessionDep) -> Investment:
    require_match(request, service.shown_case(session, row))
    return row


@router.get(
    "/v1/investments/{investment}/social-case",
    response_model=schemas.SocialCaseOut,
    summary="Read the social case",
)
def read_social_case(row: InvestmentDep, session: SessionDep, known_at: KnownAt = None) -> Response:
    """What goes in, as it was written, and what comes out by payer (formulas 4)."""
    return reply(service.shown_case(session, row, known_at))


@router.put(
    "/v1/investments/{investment}/social-case",
    response_model=schemas.SocialCaseOut,
    summary="Replace the social case",
)
def replace_social_case(
    row: Annotated[Investment, Depends(_for_change)],
    case: schemas.SocialCaseIn,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Whole; what was there before stays known as of its time."""
    service.replace_case(session, act, row, case.model_dump(mode="json"))
    return reply(service.shown_case(session, row))
