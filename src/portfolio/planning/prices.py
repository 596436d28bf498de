"""Price indices over HTTP."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from sqlmodel import Session

from portfolio.clock import Act
from portfolio.gates import standing
from portfolio.money import indices
from portfolio.money.models import PriceIndex
from portfolio.web.dependencies import ActDep, IdPath, SessionDep
from portfolio.web.fields import OMITTED, Incoming, Name, Outgoing, Page, Year, wrong
from portfolio.web.paging import PagingDep
from portfolio.web.replies import nothing, reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["money"])

INDEX: dict[str, Any] = {
    "index": "PKV",
    "year": 2027,
    "value": "103.1",
    "source": "SKR, prognos i oktober",
}
VALUE_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"


def _value(value: Any) -> Any:
    problem = wrong(
        'Ange indexvärdet som text, större än noll, till exempel "103.1".',
        'Give the value as a string, above zero, such as "103.1".',
    )
    if not isinstance(value, str):
        raise problem
    try:
        if Decimal(value) <= 0:
            raise problem
    except InvalidOperation as error:
        raise problem from error
    return value


IndexValue = Annotated[
    str,
    StringConstraints(pattern=VALUE_PATTERN),
    BeforeValidator(_value),
    WithJsonSchema({"type": "string", "pattern": VALUE_PATTERN, "examples": ["103.1"]}),
]
IndexName = Annotated[Name, StringConstraints(max_length=64)]


class PriceIndexIn(Incoming):
    """An index's value for a year; any base will do, only ratios count."""

    model_config = ConfigDict(json_schema_extra={"example": INDEX})

    index: IndexName
    year: Year
    value: IndexValue
    source: Name


class PriceIndexPatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"value": "103.4"}})

    value: IndexValue = OMITTED
    source: Name = OMITTED


class PriceIndexOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": {"id": 3, **INDEX}})

    id: int
    index: str
    year: int
    value: str = Field(description="As it was written.")
    source: str


def _known(id: IdPath, session: SessionDep) -> PriceIndex:
    return indices.get_index(session, id)


def _for_change(request: Request, id: IdPath, session: SessionDep) -> PriceIndex:
    row = indices.get_index(session, id, lock=True)
    require_match(request, indices.shown_index(row))
    return row


ForChange = Annotated[PriceIndex, Depends(_for_change)]


@router.get(
    "/v1/price-indices",
    response_model=Page[PriceIndexOut],
    summary="List the price indices",
)
def list_price_indices(session: SessionDep, paging: PagingDep) -> Response:
    """Every index and year."""
    return reply_list(paging.short(indices.find_indices(session), "number", indices.shown_index))


@router.post(
    "/v1/price-indices",
    response_model=PriceIndexOut,
    status_code=201,
    summary="Add a value of a price index",
)
def add_price_index(price_index: PriceIndexIn, session: SessionDep, act: ActDep) -> Response:
    """Plan lines of a fixed year's level are shown at current level by it."""
    row = indices.add_index(session, act, price_index.model_dump())
    _follow(session, act)
    return reply(indices.shown_index(row), status=201, location=indices.resource(row))


@router.get(
    "/v1/price-indices/{id}",
    response_model=PriceIndexOut,
    summary="Read a value of a price index",
)
def read_price_index(row: Annotated[PriceIndex, Depends(_known)]) -> Response:
    """One index, one year."""
    return reply(indices.shown_index(row))


@router.patch(
    "/v1/price-indices/{id}",
    response_model=PriceIndexOut,
    summary="Correct a value of a price index",
)
def change_price_index(
    row: ForChange, patch: PriceIndexPatch, session: SessionDep, act: ActDep
) -> Response:
    """What was submitted keeps the values of its time."""
    changed = indices.change_index(session, act, row, patch.model_dump(exclude_unset=True))
    _follow(session, act)
    return reply(indices.shown_index(changed))


@router.delete("/v1/price-indices/{id}", status_code=204, summary="Remove a value of a price index")
def remove_price_index(row: ForChange, session: SessionDep, act: ActDep) -> Response:
    """What was submitted keeps it."""
    indices.remove_index(session, act, row)
    _follow(session, act)
    return nothing()


def _follow(session: Session, act: Act) -> None:
    """Statuses of those whose lines have a fixed level follow at once (G13)."""
    standing.refresh_levelled(session)
