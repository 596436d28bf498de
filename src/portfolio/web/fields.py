"""The types of fields in requests and answers, with their limits and their JSON Schema.

Pydantic's lax mode reads `true` as 1, `"5"` as 5 and a timestamp as a date; whoever sends those
has made a mistake, so these types say so.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from portfolio.amounts import AMOUNT_PATTERN, format_amount, parse_amount

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Prose may have lines and tabs.
CONTROL_IN_PROSE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
CODE_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
# Python's own int() also reads "1_000" and other scripts' digits.
DIGITS = re.compile(r"-?[0-9]{1,1000}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def wrong(sv: str, en: str) -> PydanticCustomError:
    """A validation error in both languages; `portfolio.web.problems` picks one."""
    return PydanticCustomError("portfolio", "{en}", {"sv": sv, "en": en})


def wrong_at(faults: Mapping[str, PydanticCustomError]) -> ValidationError:
    """For a validator of a whole object: each fault at the field it is about."""
    return ValidationError.from_exception_data(
        "body", [{"type": fault, "loc": (name,), "input": None} for name, fault in faults.items()]
    )


def _one_line(value: str) -> str:
    if CONTROL.search(value):
        raise wrong(
            "Ta bort styrtecken och radbrytningar.", "Remove control characters and line breaks."
        )
    return value


def _name(value: str) -> str:
    value = _one_line(value).strip()
    if not value:
        raise wrong("Skriv minst ett tecken.", "Write at least one character.")
    return value


def _prose(value: str) -> str:
    if CONTROL_IN_PROSE.search(value):
        raise wrong("Ta bort styrtecken ur texten.", "Remove control characters from the text.")
    return value


def _reason(value: str) -> str:
    value = _prose(value)
    if not value.strip():
        raise wrong("Skriv en motivering.", "Write a reason.")
    return value


def _whole_number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise wrong("Ange ett heltal.", "Give a whole number.")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool | str) or (isinstance(value, float) and not math.isfinite(value)):
        raise wrong("Ange ett tal.", "Give a number.")
    return value


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not DIGITS.fullmatch(value):
        raise wrong("Ange ett heltal.", "Give a whole number.")
    return value


def _flag(value: Any) -> Any:
    if isinstance(value, str) and value not in ("true", "false"):
        raise wrong("Ange true eller false.", "Give true or false.")
    return value


def _truth(value: Any) -> Any:
    if not isinstance(value, bool):
        raise wrong("Ange true eller false.", "Give true or false.")
    return value


def _date(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise wrong("Ange ett datum som 2026-11-03.", "Give a date such as 2026-11-03.")
    return value


def _amount(value: Any) -> int:
    if not isinstance(value, str):
        raise wrong(
            'Ange beloppet som text, till exempel "1250000.00".',
            'Give the amount as a string, such as "1250000.00".',
        )
    try:
        return parse_amount(value)
    except ValueError as error:
        raise wrong(
            'Ange kronor med högst två decimaler, till exempel "1250000.00".',
            'Give kronor with at most two decimals, such as "1250000.00".',
        ) from error


def _not_negative(value: int) -> int:
    if value < 0:
        raise wrong("Beloppet får inte vara negativt.", "The amount must not be negative.")
    return value


def _amount_as_text(value: Any) -> Any:
    return value if value is None else format_amount(_not_negative(_amount(value)))


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        # A plus sign that was not percent-encoded reaches us as a space.
        text = value.replace(" ", "+") if "T" in value else value
        if len(text) > 10 and re.search(r"(Z|[+-][0-9]{2}:[0-9]{2})$", text, re.IGNORECASE):
            return text
    raise wrong(
        "Ange tiden med tidszon, till exempel 2026-11-03T12:00:00Z.",
        "Give the time with its zone, such as 2026-11-03T12:00:00Z.",
    )


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise wrong(
            "Ange en tid som finns, till exempel 2026-11-03T12:00:00Z.",
            "Give a time that exists, such as 2026-11-03T12:00:00Z.",
        ) from error


_AMOUNT_SCHEMA = {"type": "string", "pattern": AMOUNT_PATTERN.pattern, "examples": ["1250000.00"]}

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN), Field(examples=["LIN-01"])]
AreaCode = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_name)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_name)]
Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_one_line)]
Prose = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_prose)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_reason)]
CaseNumber = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_name)]
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
# In a path or a query, where everything comes as text.
Digits = Annotated[int, BeforeValidator(_digits)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[float, BeforeValidator(_number)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Date = Annotated[date, BeforeValidator(_date)]
Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_in_utc)]
Amount = Annotated[int, BeforeValidator(_amount), WithJsonSchema(_AMOUNT_SCHEMA)]
AmountNotNegative = Annotated[
    int,
    BeforeValidator(_amount),
    AfterValidator(_not_negative),
    WithJsonSchema({**_AMOUNT_SCHEMA, "pattern": AMOUNT_PATTERN.pattern.replace("-?", "")}),
]
# For amounts inside JSON columns: checked, and kept as people write them.
AmountText = Annotated[
    str,
    BeforeValidator(_amount_as_text),
    WithJsonSchema({**_AMOUNT_SCHEMA, "pattern": AMOUNT_PATTERN.pattern.replace("-?", "")}),
]
Year = Annotated[int, Field(ge=1900, le=2200, examples=[2027]), BeforeValidator(_whole_number)]
Share = Annotated[float, Field(ge=0, le=1, examples=[0.6]), BeforeValidator(_number)]
Money = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["1250000.00"])]


class Incoming(BaseModel):
    """What a client sends: unknown fields are refused, so that no typing error goes unnoticed."""

    model_config = ConfigDict(extra="forbid")


class Dated(Incoming):
    """Something that starts and ends, in that order."""

    starts_on: Date | None = None
    ends_on: Date | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise wrong("ends_on ligger före starts_on.", "ends_on is before starts_on.")
        return self


class Outgoing(BaseModel):
    """What we answer; used for the API description and to check answers in tests."""

    model_config = ConfigDict(extra="forbid")


Item = TypeVar("Item")


class Page(Outgoing, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="Address of the next page; null on the last.")
    total: int = Field(ge=0, description="How many match in all.")


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# In a PATCH every field may be left out, but null is not a way to say so.
OMITTED: Any = Field(default=None, json_schema_extra=_without_default)
