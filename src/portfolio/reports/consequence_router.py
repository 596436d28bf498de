"""Operating consequences over HTTP: of an investment, a program, an area, a department."""

from fastapi import APIRouter

from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["costs"])
