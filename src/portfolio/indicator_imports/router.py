"""Indicators of areas over HTTP."""

from fastapi import APIRouter

from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["areas"])
