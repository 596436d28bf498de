"""Social cases, as they are and as they were known."""

from datetime import datetime

from sqlmodel import Session, col, select

from portfolio.areas.repository import known
from portfolio.social.models import SocialCase


def find_case(
    session: Session, investment_id: int, known_at: datetime | None = None
) -> SocialCase | None:
    query = select(SocialCase).where(
        SocialCase.investment_id == investment_id, known(SocialCase, known_at)
    )
    return session.exec(query.order_by(col(SocialCase.id).desc())).first()
