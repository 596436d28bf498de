"""Where money goes: by where an investment stands, or by whom it serves (A5, A7)."""

from datetime import date, datetime
from typing import Any, Protocol

from sqlmodel import Session

from portfolio.investments.repository import LOCATION, SERVED, find_shares
from portfolio.investments.rules import Serves
from portfolio.shares import OUTSIDE


class Placed(Protocol):
    """An investment, as far as its place matters."""

    @property
    def id(self) -> int: ...
    @property
    def serves(self) -> str: ...
    @property
    def municipality_wide(self) -> bool: ...


class Places:
    """The weights that investments are split by over the areas of one scheme."""

    def __init__(
        self,
        session: Session,
        scheme: str,
        at: date,
        basis: str,
        known_at: datetime | None,
        ids: Any = None,
    ) -> None:
        """Of all investments, or of those whose ids a query finds."""
        self.scheme = scheme
        self.basis = basis
        self.found = [
            find_shares(session, at, investment_ids=ids, basis=one, known_at=known_at)
            for one in ((SERVED, LOCATION) if basis == SERVED else (LOCATION,))
        ]

    def weights(self, row: Placed) -> dict[str, int] | None:
        """By area and outside; None for what is for all, or has no place."""
        if self._serves_all(row):
            return None
        for shares in self.found:
            view = shares.get(row.id, {}).get(self.scheme)
            if view is not None:
                return {**view.areas, OUTSIDE: view.outside}
        return None

    def is_municipality_wide(self, row: Placed) -> bool:
        return row.municipality_wide or self._serves_all(row)

    def _serves_all(self, row: Placed) -> bool:
        return self.basis == SERVED and row.serves == Serves.CITYWIDE
