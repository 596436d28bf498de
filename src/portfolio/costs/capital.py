"""Depreciation, internal interest and dissolved grants of a component, year by year. Pure.

Formulas 2 and 3, after RKR R4 and Kommun-Bas. All amounts are whole öre; everything between is
exact, in whole numbers, and is rounded half up as a year's figure leaves the calculation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from portfolio.costs.rules import Convention

# A rate of 2.5 per cent is 25 000 of a million: four decimals of a per cent, exactly.
MILLION = 10**6
RATE_DECIMALS = 4
# How long land counts that has no life of its own and stands with nothing else (own choice).
LONE_LAND_YEARS = 50

# Year -> the rate in millionths.
Rates = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Asset:
    """What a component's capital cost follows from; amounts in öre.

    `useful_life_years` may be None for land only. `in_use_from` counts by its month, and is None
    while works are ongoing. `grant` is an investment grant received for it.
    """

    acquisition: int
    residual: int = 0
    useful_life_years: int | None = None
    in_use_from: date | None = None
    land: bool = False
    grant: int = 0


class CapitalYear(NamedTuple):
    """A calendar year of a component, in öre; `grant` is what is dissolved of it."""

    year: int
    depreciation: int
    interest: int
    grant: int

    @property
    def capital_cost(self) -> int:
        return self.depreciation + self.interest


def rates_of(rates: Mapping[int, Decimal]) -> Rates:
    """Year -> rate in per cent, as millionths.

    Raises:
        ValueError: A rate is negative, not finite, or has more than four decimals.
    """
    found = {}
    for year, rate in rates.items():
        scaled = rate.scaleb(RATE_DECIMALS) if rate.is_finite() else rate
        if not scaled.is_finite() or scaled < 0 or scaled != int(scaled):
            raise ValueError(f"{rate} for {year} is no rate of at most four decimals.")
        found[year] = int(scaled)
    return found


def years_in_use(asset: Asset, land_until: int | None = None) -> range:
    """The calendar years in which a component costs something; none for ongoing works.

    Args:
        asset: The component.
        land_until: The last year of everything else in the investment: land that has no life of
            its own counts through it. None, or a year before the land is taken into use, and it
            counts for `LONE_LAND_YEARS`.
    """
    if asset.in_use_from is None:
        return range(0)
    first = asset.in_use_from.year
    months = asset.in_use_from.month - 1 + _months(asset, land_until)
    return range(first, first + (months + 11) // 12)


def capital_years(
    asset: Asset, rates: Rates, convention: Convention, land_until: int | None = None
) -> list[CapitalYear]:
    """A component's depreciation, interest and dissolved grant, for each year in use.

    Depreciation is straight line, (A - R) / (12 n) a month from the month it is taken into use;
    of land nothing. What is depreciated through a year is rounded, and the year gets what that
    grew by: so the years sum to A - R, the dissolved grants to the grant, and the book value is
    never negative. Interest is on the book value, for the months in use only. Under `opening` it
    is that at the start of the year; in the first year, when there was none, the acquisition
    value (a component taken into use in July bears half a year's interest on it: own choice).
    Under `monthly` it is that at the start of each month.

    Args:
        asset: The component; amounts in öre.
        rates: Year -> rate in millionths, for each year in use.
        convention: What interest is counted on.
        land_until: As in `years_in_use`.

    Returns:
        One row for each of `years_in_use`, in order, in öre.

    Raises:
        KeyError: A year in use has no rate; ask `missing_rates` first.
    """
    if asset.in_use_from is None:
        return []
    life = _months(asset, land_until)
    cost, grant = asset.acquisition, asset.grant
    # Of land nothing is used up.
    used = 0 if asset.land else cost - asset.residual
    is_monthly = convention is Convention.MONTHLY
    found = []
    begin, depreciated, dissolved = 0, 0, 0
    end = min(13 - asset.in_use_from.month, life)
    for year in years_in_use(asset, land_until):
        months = end - begin
        # Twelve times the interest-bearing value, times the life, so that it is whole.
        if is_monthly:
            elapsed = (begin + end - 1) * months // 2
            bearing = cost * life * months - used * elapsed
        else:
            bearing = (cost * life - used * begin) * months
        interest = _half_up(rates[year] * bearing, life * 12 * MILLION)
        through, grown = _half_up(used * end, life), _half_up(grant * end, life)
        found.append(CapitalYear(year, through - depreciated, interest, grown - dissolved))
        begin, depreciated, dissolved = end, through, grown
        end = min(end + 12, life)
    return found


def missing_rates(assets: Iterable[Asset], rates: Rates, land_until: int | None) -> set[int]:
    """The years in which some component is in use and no rate is entered."""
    needed = {year for asset in assets for year in years_in_use(asset, land_until)}
    return needed - rates.keys()


def _months(asset: Asset, land_until: int | None) -> int:
    """How many months it is in use, counted from `in_use_from`."""
    if asset.useful_life_years is not None:
        return asset.useful_life_years * 12
    if asset.in_use_from is None or land_until is None or land_until < asset.in_use_from.year:
        return LONE_LAND_YEARS * 12
    return (land_until - asset.in_use_from.year + 1) * 12 - (asset.in_use_from.month - 1)


def _half_up(numerator: int, denominator: int) -> int:
    """Rounded half up; neither is negative."""
    return (2 * numerator + denominator) // (2 * denominator)
