"""Amounts as people write them in spreadsheets, read exactly or not at all. Pure.

A thousand times too much is the error that nobody sees, so what can be read in two ways is not
read: `1.250` is 1250 to one writer and 1.25 to another.
"""

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from enum import StrEnum

from portfolio.language import Text

# The largest amount that a plan line may have, in öre.
LARGEST = 10**15 - 1
LONGEST = 60
# As many digits as a spreadsheet's number has; what comes after them is noise of its binary form.
SIGNIFICANT = Context(prec=15)
SPACES = " \u00a0\u2007\u2009\u202f"
MINUS = "-\u2212\u2013"
NOTHING = frozenset({"", "-", "\u2212", "\u2013", "\u2014"})
SUFFIX = re.compile(r"(?i)(kr|kronor|sek|:-|tkr|ksek|mkr|mnkr|msek)\.?$")


class Unit(StrEnum):
    """What an amount of 1 in a sheet stands for."""

    KR = "kr"
    TKR = "tkr"
    MKR = "mkr"


ORE: Mapping[Unit, int] = {Unit.KR: 100, Unit.TKR: 100_000, Unit.MKR: 100_000_000}
SUFFIXES: Mapping[str, Unit] = {
    **dict.fromkeys(("kr", "kronor", "sek", ":-"), Unit.KR),
    **dict.fromkeys(("tkr", "ksek"), Unit.TKR),
    **dict.fromkeys(("mkr", "mnkr", "msek"), Unit.MKR),
}

_WITH_SPACES = rf"[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}})+|[0-9]+"
# What each writer's numbers look like; None is one who has not said which.
_COMMA = re.compile(rf"({_WITH_SPACES}|[0-9]{{1,3}}(?:\.[0-9]{{3}})+)(?:,([0-9]+))?")
_POINT = re.compile(rf"({_WITH_SPACES}|[0-9]{{1,3}}(?:,[0-9]{{3}})+)(?:\.([0-9]+))?")
_EITHER = (
    re.compile(rf"({_WITH_SPACES}|[0-9]{{1,3}}(?:\.[0-9]{{3}})+)(?:,([0-9]+))"),
    re.compile(rf"({_WITH_SPACES}|[0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,}})()"),
    re.compile(rf"({_WITH_SPACES})(?:\.([0-9]+))"),
)
_THOUSAND_OR_DECIMALS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


class NumberFault(ValueError):
    """Why a cell is not read as an amount; `kind` names it for programs."""

    def __init__(self, kind: str, sv: str, en: str) -> None:
        super().__init__(en)
        self.kind = kind
        self.detail = Text(sv, en)


def read_amount(cell: str | float | None, unit: Unit, decimal: str | None = None) -> int | None:
    """Read a cell as öre.

    Args:
        cell: A number of a spreadsheet, or a text: `1 250 000,50`, `1250000.50`, `(5)`, `5-`.
        unit: What 1 stands for.
        decimal: `,` or `.` if the sender says which it is. Otherwise it is the comma, a point
            is read where it can be nothing else, and what may be either is a fault.

    Returns:
        Öre, or None for an empty cell or a dash.

    Raises:
        NumberFault: It is no amount, can be read in two ways, has parts of an öre, is in
            another unit or too large.
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        if cell.strip(SPACES + "\t\r\n") in NOTHING:
            return None
        value = _read_text(cell, unit, decimal)
    else:
        value = SIGNIFICANT.create_decimal(repr(cell))
    if not value.is_finite() or abs(value) * ORE[unit] > LARGEST:
        raise NumberFault("too_large", "Beloppet är för stort.", "The amount is too large.")
    ore = value * ORE[unit]
    if ore != ore.to_integral_value():
        raise NumberFault(
            "part_of_ore",
            f"Beloppet har mer än två decimaler i kronor ({unit.value}); avrunda det i arket.",
            f"The amount has more than two decimals in kronor ({unit.value}); round it in the "
            "sheet.",
        )
    return int(ore)


def read_number(
    cell: str | float | None, decimal: str | None = None, *, doubts_comma: bool = False
) -> Decimal | None:
    """Read a cell as a number without a unit, as `read_amount` reads amounts.

    Args:
        cell: A number of a spreadsheet, or a text.
        decimal: As for `read_amount`.
        doubts_comma: Whether `1,250` may be 1250: the numbers are whole ones.

    Returns:
        The number, or None for an empty cell or a dash.

    Raises:
        NumberFault: It is no number, or can be read in two ways.
    """
    if isinstance(cell, float):
        return SIGNIFICANT.create_decimal(repr(cell))
    stripped = (cell or "").strip(SPACES + "\t\r\n")
    if stripped in NOTHING:
        return None
    if len(stripped) > LONGEST:
        raise _not_an_amount(stripped)
    return _signed(stripped, stripped, decimal, doubts_comma=doubts_comma)


def _read_text(text: str, unit: Unit, decimal: str | None) -> Decimal:
    if len(text) > LONGEST:
        raise _not_an_amount(text)
    bare = _without_suffix(text.strip(SPACES + "\t\r\n"), unit)
    return _signed(bare, text, decimal, doubts_comma=unit is Unit.KR)


def _signed(signed: str, text: str, decimal: str | None, *, doubts_comma: bool) -> Decimal:
    bare, is_negative = _without_sign(signed)
    whole, decimals = _parts(bare, text, decimal, doubts_comma=doubts_comma)
    digits = re.sub(rf"[{SPACES}.,]", "", whole)
    value = Decimal(f"{digits}.{decimals or 0}")
    return -value if is_negative else value


def _without_suffix(text: str, unit: Unit) -> str:
    """Without `kr` or `tkr`, which may also stand inside the parentheses of a negative amount."""
    closing = ")" if text.endswith(")") else ""
    inner = text.removesuffix(")").rstrip(SPACES)
    found = SUFFIX.search(inner)
    if found is None:
        return text
    said = SUFFIXES[found[1].lower()]
    if said is not unit:
        raise NumberFault(
            "other_unit",
            f"Cellen är i {said.value} men filen sägs vara i {unit.value}; rätta det ena.",
            f"The cell is in {said.value}, but the file is said to be in {unit.value}; correct "
            "one of them.",
        )
    return inner[: found.start()].rstrip(SPACES) + closing


def _without_sign(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(SPACES), True
    if text[:1] in MINUS and text:
        return text[1:].lstrip(SPACES), True
    if text[-1:] in MINUS and text:
        return text[:-1].rstrip(SPACES), True
    return text.removeprefix("+"), False


def _parts(
    bare: str, text: str, decimal: str | None, *, doubts_comma: bool
) -> tuple[str, str | None]:
    """The digits before and after the decimal sign."""
    patterns = {",": (_COMMA,), ".": (_POINT,)}.get(decimal or "", _EITHER)
    # Nobody writes parts of an öre, so in kronor a comma before three digits is ambiguous too.
    doubtful = decimal is None and _THOUSAND_OR_DECIMALS.fullmatch(bare)
    if doubtful and ("." in bare or doubts_comma):
        raise NumberFault(
            "ambiguous",
            f"{text} kan läsas på två sätt; säg med decimal=, eller decimal=. vilket som gäller.",
            f"{text} can be read in two ways; say with decimal=, or decimal=. which it is.",
        )
    for pattern in patterns:
        found = pattern.fullmatch(bare)
        if found is not None:
            return found[1], found[2]
    raise _not_an_amount(text)


def _not_an_amount(text: str) -> NumberFault:
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return NumberFault(
        "not_an_amount",
        f"{shown[:LONGEST]} är inget belopp som 1 250 000,50; rätta cellen, eller ange decimal=. "
        "om filen har decimalpunkt.",
        f"{shown[:LONGEST]} is no amount such as 1 250 000,50; correct the cell, or give "
        "decimal=. if the file has decimal points.",
    )
