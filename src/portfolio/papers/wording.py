"""How the papers write amounts, and what is left out. Pure."""

from collections.abc import Sequence

from portfolio.language import Language
from portfolio.reports.units import half_up

NARROW = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
ORE_PER_KRONA, ORE_PER_TEN_THOUSAND = 100, 1_000_000


def millions(ore: int, language: Language) -> str:
    """Millions of kronor with two decimals, halves away from zero.

    >>> millions(1_254_500_000, "sv")
    '12,55'
    """
    hundredths = half_up(abs(ore), ORE_PER_TEN_THOUSAND)
    point = "," if language == "sv" else "."
    sign = MINUS if ore < 0 and hundredths else ""
    return f"{sign}{_grouped(hundredths // 100)}{point}{hundredths % 100:02d}"


def kronor(ore: int) -> str:
    """Whole kronor in groups of three digits, halves away from zero."""
    whole = half_up(abs(ore), ORE_PER_KRONA)
    return f"{MINUS if ore < 0 and whole else ''}{_grouped(whole)}"


def _grouped(whole: int) -> str:
    return f"{whole:,}".replace(",", NARROW)


def more(left: int, language: Language) -> str:
    """That so many are left out of a list; nothing where none is."""
    if left <= 0:
        return ""
    return f"och {left} till" if language == "sv" else f"and {left} more"


def listed(some: Sequence[str], most: int, language: Language) -> str:
    """The first of them with commas between, and how many there are besides."""
    left = more(len(some) - most, language)
    return ", ".join(some[:most]) + (f" {left}" if left else "")
