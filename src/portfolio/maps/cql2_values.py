"""What a filter compares: literals checked against the kind of field, and the comparison as SQL."""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import sqlalchemy as sa

from portfolio.errors import InvalidParameter
from portfolio.language import Text
from portfolio.maps.layers import Queryable, ValueKind

Condition = sa.ColumnElement[bool]
Read = TypeVar("Read")

MAX_DEPTH = 32
MAX_DIGITS = 40
# Magnitudes beyond this are no measure of anything here.
MAX_EXPONENT = 30
# No whole number that is kept reaches this, and both engines take it.
MAX_WHOLE = 2**62
MAX_VALUES_NAMED = 20

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_EXPECTED = {
    ValueKind.TEXT: Text("en text, som 'on_hold'", "a text, such as 'on_hold'"),
    ValueKind.INTEGER: Text("ett tal, som 12", "a number, such as 12"),
    ValueKind.NUMBER: Text("ett tal, som 12.5", "a number, such as 12.5"),
    ValueKind.AMOUNT: Text(
        "ett tal i kronor, som 1250000.00", "a number of kronor, such as 1250000.00"
    ),
    ValueKind.DATE: Text("ett datum, DATE('2026-11-03')", "a date, DATE('2026-11-03')"),
    ValueKind.BOOLEAN: Text("TRUE eller FALSE", "TRUE or FALSE"),
}


def refusal(sv: str, en: str) -> InvalidParameter:
    return InvalidParameter(sv, en)


def quoted(value: object) -> str:
    """What a client wrote, short and harmless, to be repeated in a message."""
    text = "".join(sign if sign.isprintable() else "?" for sign in str(value)[:41])
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'


def read_number(text: str) -> Decimal:
    """Exactly what is written. Raises InvalidParameter beyond 40 digits or 30 powers of ten."""
    try:
        number = Decimal(text) if len(text) <= MAX_DIGITS else None
    except InvalidOperation:  # an exponent of too many digits
        number = None
    if number is None or (number and abs(number.adjusted()) > MAX_EXPONENT):
        raise refusal(
            f"talet {quoted(text)} är för långt eller för stort; ange högst {MAX_DIGITS} siffror.",
            f"the number {quoted(text)} is too long or too large; give at most {MAX_DIGITS} "
            "digits.",
        )
    return number


def check_text(text: str) -> str:
    """Raise InvalidParameter for what no database takes: control characters, half characters."""
    if _UNFIT.search(text):
        raise refusal("ta bort styrtecken ur texten.", "remove control characters from the text.")
    return text


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of a filter; `folded` if it was written as CASEI(...)."""

    value: Any
    folded: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """A place on the scale of a column of whole steps: öre, units, days.

    `at` is the last step that is not beyond it, `exact` whether it is there itself.
    """

    at: Any
    exact: bool


def compare(found: Queryable, name: str, literal: Literal, *, folded: bool = False) -> Condition:
    """`column <name> literal`, null where the column is; `folded` for CASEI(column)."""
    kind = found.field.kind
    if kind is ValueKind.TEXT:
        text = _text(found, literal, any_value=folded or literal.folded or name not in ("=", "<>"))
        return _condition(name, _folded(found.column, folded), _folded(text, literal.folded))
    if folded or literal.folded:
        raise _only_text(found)
    if kind is ValueKind.BOOLEAN:
        return _compare_truth(found, name, literal)
    if kind is ValueKind.NUMBER:
        number = float(_decimal(found, literal))
        return _condition(name, found.column, sa.literal(number, sa.Float()))
    return _compare_step(found.column, name, _step(found, literal), _step_type(kind))


def is_in(found: Queryable, literals: Sequence[Literal], *, folded: bool = False) -> Condition:
    """`column IN (...)`, null where the column is."""
    kind = found.field.kind
    if kind is ValueKind.TEXT:
        column = _folded(found.column, folded)
        texts = [
            _folded(_text(found, one, any_value=folded or one.folded), one.folded)
            for one in literals
        ]
        return column.in_(texts)
    if folded or any(one.folded for one in literals):
        raise _only_text(found)
    if kind is ValueKind.BOOLEAN:
        return sa.or_(*(_compare_truth(found, "=", one) for one in literals))
    if kind is ValueKind.NUMBER:
        numbers = [sa.literal(float(_decimal(found, one)), sa.Float()) for one in literals]
        return found.column.in_(numbers)
    steps = [_step(found, one) for one in literals]
    values = [sa.literal(step.at, _step_type(kind)) for step in steps if step.exact]
    return found.column.in_(values) if values else never(found.column)


def matches(found: Queryable, pattern: Literal, *, folded: bool = False) -> Condition:
    """`column LIKE pattern`: % is any text, _ any character, and a backslash takes their meaning.

    It tells large letters from small, as the standard says.
    """
    if found.field.kind is not ValueKind.TEXT:
        raise _only_text(found)
    text = _text(found, pattern, any_value=True)
    written = str(pattern.value)
    if (len(written) - len(written.rstrip("\\"))) % 2:
        raise refusal(
            "mönstret slutar med ett ensamt omvänt snedstreck; skriv två för att söka efter ett.",
            "the pattern ends in a single backslash; write two to search for one.",
        )
    column = _folded(found.column, folded)
    return column.like(_folded(text, pattern.folded), escape="\\")


def never(column: sa.ColumnElement[Any]) -> Condition:
    """False, and null where the column is: the answer of a comparison that can't hold."""
    return sa.case((column.is_not(None), sa.false()), else_=sa.null())


def _always(column: sa.ColumnElement[Any]) -> Condition:
    return sa.case((column.is_not(None), sa.true()), else_=sa.null())


def _condition(name: str, left: Any, right: Any) -> Condition:
    condition: Condition = COMPARISONS[name](left, right)
    return condition


def _folded(column: sa.ColumnElement[Any], folded: bool) -> sa.ColumnElement[Any]:
    return sa.func.lower(column) if folded else column


def _text(found: Queryable, literal: Literal, *, any_value: bool) -> sa.ColumnElement[str]:
    value = literal.value
    if not isinstance(value, str):
        raise _wrong_kind(found)
    check_text(value)
    if found.values and not any_value and value not in found.values:
        raise _unknown_value(found, value)
    return sa.literal(value, sa.Text())


def _compare_truth(found: Queryable, name: str, literal: Literal) -> Condition:
    if not isinstance(literal.value, bool):
        raise _wrong_kind(found)
    if name not in ("=", "<>"):
        raise refusal(
            f"{found.field.name} är sant eller falskt; jämför med = eller <>.",
            f"{found.field.name} is true or false; compare with = or <>.",
        )
    return _condition(name, found.column, sa.literal(literal.value, sa.Boolean()))


def _decimal(found: Queryable, literal: Literal) -> Decimal:
    if not isinstance(literal.value, Decimal):
        raise _wrong_kind(found)
    return literal.value


def _step(found: Queryable, literal: Literal) -> _Step:
    if found.field.kind is ValueKind.DATE:
        return _day(found, literal.value)
    number = _decimal(found, literal)
    if found.field.kind is ValueKind.AMOUNT:
        number = number.scaleb(2)  # kronor to öre
    if abs(number) > MAX_WHOLE:
        return _Step(int(math.copysign(MAX_WHOLE, number)), False)
    whole = math.floor(number)
    return _Step(whole, whole == number)


def _day(found: Queryable, value: Any) -> _Step:
    """A date, or a moment among the dates, each of which counts as its midnight in UTC."""
    if not isinstance(value, date):
        raise _wrong_kind(found)
    if not isinstance(value, datetime):
        return _Step(value, True)
    return _Step(value.date(), value.time() == datetime.min.time())


def _step_type(kind: ValueKind) -> sa.types.TypeEngine[Any]:
    return sa.Date() if kind is ValueKind.DATE else sa.BigInteger()


def _compare_step(
    column: sa.ColumnElement[Any], name: str, step: _Step, of: sa.types.TypeEngine[Any]
) -> Condition:
    """Compare with a value that may lie between two that the column can hold."""
    if not step.exact:
        if name in ("=", "<>"):
            return never(column) if name == "=" else _always(column)
        name = {"<": "<=", ">=": ">"}.get(name, name)
    return _condition(name, column, sa.literal(step.at, of))


def read_date(text: object) -> date:
    """`2026-11-03`. Raises InvalidParameter if there is no such day."""
    day = _attempted(date.fromisoformat, _DATE, text)
    if day is None:
        raise refusal(
            f"{quoted(text)} är inget datum; skriv till exempel 2026-11-03.",
            f"{quoted(text)} is not a date; write for example 2026-11-03.",
        )
    return day


def read_moment(text: object) -> datetime:
    """`2026-11-03T12:00:00Z`, in UTC. Raises InvalidParameter if there is no such moment."""
    moment = _attempted(_in_utc, _MOMENT, text)
    if moment is None:
        raise refusal(
            f"{quoted(text)} är ingen tidpunkt; skriv till exempel 2026-11-03T12:00:00Z.",
            f"{quoted(text)} is not a moment; write for example 2026-11-03T12:00:00Z.",
        )
    return moment


def _in_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _attempted(read: Callable[[str], Read], form: re.Pattern[str], text: object) -> Read | None:
    if not isinstance(text, str) or not form.fullmatch(text):
        return None
    try:
        return read(text)
    except (ValueError, OverflowError):  # the 30th of February; a moment beyond the calendar
        return None


def _wrong_kind(found: Queryable) -> InvalidParameter:
    name, expected = found.field.name, _EXPECTED[found.field.kind]
    return refusal(f"{name} jämförs med {expected.sv}.", f"{name} is compared with {expected.en}.")


def _only_text(found: Queryable) -> InvalidParameter:
    name = found.field.name
    return refusal(
        f"CASEI och LIKE gäller text; {name} är ingen text.",
        f"CASEI and LIKE are for text; {name} is not a text.",
    )


def _unknown_value(found: Queryable, value: str) -> InvalidParameter:
    name, shown = found.field.name, quoted(value)
    known = ", ".join(found.values[:MAX_VALUES_NAMED])
    return refusal(
        f"{name} är aldrig {shown}; det som finns är {known}.",
        f"{name} is never {shown}; there is {known}.",
    )
