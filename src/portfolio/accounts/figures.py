"""Amounts and dates as accounting programs write them. Pure."""

import re
from datetime import date

SIE_AMOUNT = re.compile(r"([+-]?)([0-9]{1,30})(?:\.([0-9]{1,2})0*)?")
# Thousands apart by spaces of any width, decimals by comma or point, the sign on either side.
# Three digits after the one separator may be thousands as well, so they are never taken.
CSV_AMOUNT = re.compile(r"([+-]?)([0-9]{1,30})(?:[.,]([0-9]{1,2}))?([+-]?)")
WHOLE = re.compile(r"([+-]?)([0-9]{1,30})([+-]?)")
SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]")
DAY = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})(?:[ T][0-9:.]+)?")


def sie_amount(text: str) -> int | None:
    """Öre, from a decimal point and at most two decimals; None where it is no such amount."""
    found = SIE_AMOUNT.fullmatch(text)
    return _ore(*found.groups()) if found else None


def csv_amount(text: str) -> int | None:
    """Öre, from kronor as people and programs write them: `1 234,50`, `-1234.5`, `1234,50-`."""
    found = CSV_AMOUNT.fullmatch(SPACES.sub("", text).replace("\u2212", "-"))
    if not found or (found[1] and found[4]):
        return None
    return _ore(found[1] or found[4], found[2], found[3])


def csv_ore(text: str) -> int | None:
    """Öre, from a whole number of öre."""
    found = WHOLE.fullmatch(SPACES.sub("", text).replace("\u2212", "-"))
    if not found or (found[1] and found[3]):
        return None
    return -int(found[2]) if "-" in (found[1], found[3]) else int(found[2])


def _ore(sign: str, whole: str, decimals: str | None) -> int:
    ore = int(whole) * 100 + int((decimals or "").ljust(2, "0"))
    return -ore if sign == "-" else ore


def day(text: str) -> date | None:
    """A date written `20260131` or `2026-01-31`, with or without a time after it."""
    found = DAY.fullmatch(text.strip())
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None
