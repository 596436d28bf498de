"""Where an investment lay when something was submitted or decided (A6, G3, G10)."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from portfolio.areas import repository as areas
from portfolio.areas.models import AreaMembership, AreaVersion
from portfolio.investments.models import Investment
from portfolio.investments.repository import find_shares, scheme_codes
from portfolio.investments.service import shown_shares
from portfolio.shares import as_number


def location_snapshot(session: Session, investment: Investment, on: date) -> dict[str, Any]:
    """Location, shares, and the area versions they rest on, each with its boundary's hash."""
    views = find_shares(session, on, investment_ids=[investment.id or 0]).get(
        investment.id or 0, {}
    )
    return {
        "location": investment.location,
        "area_shares": {scheme: shown_shares(view.areas) for scheme, view in views.items()},
        "outside": {scheme: as_number(view.outside) for scheme, view in views.items()},
        "area_versions": _versions(session, {s: list(v.areas) for s, v in views.items()}, on),
    }


def _versions(session: Session, codes: dict[str, list[str]], on: date) -> list[dict[str, Any]]:
    schemes = scheme_codes(session)
    found: list[dict[str, Any]] = []
    for scheme_id, edition in areas.editions_on(session, on).items():
        wanted = codes.get(schemes[scheme_id], [])
        query = (
            select(AreaMembership, AreaVersion)
            .join(AreaVersion, col(AreaVersion.id) == col(AreaMembership.area_version_id))
            .where(AreaMembership.edition_id == edition.id, col(AreaMembership.code).in_(wanted))
        )
        found += [
            {
                "scheme": schemes[scheme_id],
                "code": member.code,
                "name": version.name,
                "valid_from": member.since.isoformat(),
                "geometry_sha256": version.geometry_sha256,
            }
            for member, version in session.exec(query)
        ]
    return sorted(found, key=lambda entry: (entry["scheme"], entry["code"]))
