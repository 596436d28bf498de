"""Money trails, deviations, delegated decisions and the annual table over HTTP."""

from fastapi import APIRouter

from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["status"])
