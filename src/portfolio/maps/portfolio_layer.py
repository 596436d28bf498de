"""The areas of a scheme with what their portfolios come to: the figures that colour a map."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from portfolio.amounts import split_amount
from portfolio.areas import repository as areas
from portfolio.database.base import table
from portfolio.investments.models import AreaShare, Investment, ShareSet
from portfolio.investments.repository import LOCATION
from portfolio.investments.rules import Kind, Status
from portfolio.language import Text
from portfolio.maps import area_layer, investment_layer
from portfolio.maps.investment_layer import ORE_PER_KRONA, Viewed
from portfolio.maps.layers import Field, Queryable, ValueKind
from portfolio.money.prices import half_up
from portfolio.programs.models import Program
from portfolio.shares import OUTSIDE, WHOLE

PORTFOLIOS = Text("portföljer", "portfolios")
# What a feature says in `codes`. In characters and not in codes: a code may have 64 of them.
MOST_CHARACTERS = 2000
ROWS_AT_A_TIME = 5000

_TEXT, _INTEGER, _AMOUNT = ValueKind.TEXT, ValueKind.INTEGER, ValueKind.AMOUNT
_OF_AREA = ("code", "name", "population", "area_type")
FIELDS: tuple[Field, ...] = (
    *(one for one in area_layer.FIELDS if one.name in _OF_AREA),
    Field("investments", _INTEGER, Text("Antal investeringar", "Number of investments")),
    Field("physical", _INTEGER, Text("Varav fysiska", "Of them physical")),
    Field("social", _INTEGER, Text("Varav sociala", "Of them social")),
    Field("on_hold", _INTEGER, Text("Varav väntande", "Of them on hold")),
    Field("share_on_hold", ValueKind.NUMBER, Text("Andel väntande", "Share on hold")),
    Field("stopped", _INTEGER, Text("Varav stoppade", "Of them stopped")),
    Field("completed", _INTEGER, Text("Varav avslutade", "Of them completed")),
    Field("planned_total", _AMOUNT, Text("Planerat, kr", "Planned, SEK")),
    Field("decided_total", _AMOUNT, Text("Beslutat, kr", "Decided, SEK")),
    Field("per_resident", _AMOUNT, Text("Kr per invånare", "SEK per resident")),
    Field("codes", _TEXT, Text("Investeringar", "Investments")),
)


def queryables() -> Mapping[str, Queryable]:
    """What can be asked about: what the edition says of its areas. The figures are not stored."""
    return {name: one for name, one in area_layer.queryables().items() if name in _OF_AREA}


class Undertaking(NamedTuple):
    """Of an investment what its areas' figures are made of; net öre."""

    code: str
    kind: str
    status: str
    planned: int
    decided: int


@dataclass(slots=True)
class Held:
    """What an area has of all investments with a share there; its part of their money in öre."""

    investments: list[Undertaking] = field(default_factory=list)
    planned: int = 0
    decided: int = 0

    def add(self, one: Undertaking, planned: int, decided: int) -> None:
        self.investments.append(one)
        self.planned += planned
        self.decided += decided


def measured(
    session: Session, viewed: Viewed, edition_id: int, of_areas: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """What each area of an edition says of its portfolio, in the order given.

    Args:
        session: Where to look.
        viewed: Who asks; what the public may not see is in no figure.
        edition_id: The edition whose shares count.
        of_areas: The properties of its areas, as `area_layer` has them.
    """
    held = _held(session, viewed, edition_id)
    nothing = Held()
    return tuple(
        _properties(one, held.get(str(one["code"]), nothing), public=viewed.public)
        for one in of_areas
    )


def _held(session: Session, viewed: Viewed, edition_id: int) -> dict[str, Held]:
    """By area, from one pass over all shares; money is split as the area's portfolio does."""
    known = _investments(session, viewed)
    found: dict[str, Held] = defaultdict(Held)
    for id, rows in groupby(_shares(session, edition_id), key=itemgetter(0)):
        one = known.get(id)
        if one is None:
            continue
        weights: dict[str, int] = {}
        for _, outside, code, share in rows:
            weights[OUTSIDE] = outside
            weights[code] = share
        if share == WHOLE:
            # Nothing is split, as of most.
            found[code].add(one, one.planned, one.decided)
            continue
        planned, decided = (split_amount(ore, weights) for ore in (one.planned, one.decided))
        for code, share in weights.items():
            if share and code != OUTSIDE:
                found[code].add(one, planned[code], decided[code])
    return found


def _investments(session: Session, viewed: Viewed) -> dict[int, Undertaking]:
    """Those that may be seen, by id."""
    own, programs = table(Investment), table(Program)
    query = (
        sa.select(
            *(own.c.id, own.c.code, own.c.kind, own.c.status),
            own.c.forecast_capital + own.c.forecast_operating,
            own.c.decided_capital + own.c.decided_operating,
        )
        .select_from(own.outerjoin(programs, programs.c.id == own.c.program_id))
        .where(*investment_layer.visible(session, viewed))
    )
    return {id: Undertaking(*rest) for id, *rest in session.connection().execute(query)}


def _shares(session: Session, edition_id: int) -> Iterator[Any]:
    """Investment, what of it is outside, area and its share; those of an investment together."""
    sets, shares = table(ShareSet), table(AreaShare)
    query = (
        sa.select(sets.c.investment_id, sets.c.outside, shares.c.code, shares.c.share)
        .select_from(sets.join(shares, shares.c.share_set_id == sets.c.id))
        .where(sets.c.edition_id == edition_id, sets.c.basis == LOCATION)
        .where(areas.known(ShareSet, None))
        .order_by(sets.c.investment_id)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    # Past the session, which would make an object of its own of each row.
    yield from session.connection().execute(query)


def _properties(area: Mapping[str, Any], held: Held, *, public: bool) -> dict[str, Any]:
    kinds = Counter(one.kind for one in held.investments)
    statuses = Counter(one.status for one in held.investments)
    stopped, completed = statuses[Status.STOPPED], statuses[Status.COMPLETED]
    open_count, on_hold = len(held.investments) - stopped - completed, statuses[Status.ON_HOLD]
    per_resident = _per_resident(held.decided if public else held.planned, area["population"])
    return {
        **{name: area[name] for name in _OF_AREA},
        "investments": len(held.investments),
        "physical": kinds[Kind.PHYSICAL],
        "social": kinds[Kind.SOCIAL],
        "on_hold": on_hold,
        "share_on_hold": on_hold / open_count if open_count else None,
        "stopped": stopped,
        "completed": completed,
        "planned_total": None if public else held.planned / ORE_PER_KRONA,
        "decided_total": held.decided / ORE_PER_KRONA,
        "per_resident": per_resident,
        "codes": listed(sorted(one.code for one in held.investments)),
    }


def _per_resident(ore: int, population: float | None) -> float | None:
    """Kronor, to the öre; null where nobody lives or it is not known who does."""
    return half_up(Fraction(ore) / Fraction(population)) / ORE_PER_KRONA if population else None


def listed(codes: Sequence[str]) -> str:
    """Codes joined by commas, as many whole ones as there is room for; … if there are more."""
    length = 0
    for kept, code in enumerate(codes):
        length += len(code) + len(", ")
        if length > MOST_CHARACTERS:
            return f"{', '.join(codes[:kept])} …"
    return ", ".join(codes)
