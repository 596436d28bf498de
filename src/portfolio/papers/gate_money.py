"""The money of a gate paper: by year, as plan lines, accounts and decisions say it, in öre."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col

from portfolio.accounts.repository import Booked, outcome_lines
from portfolio.costs.consequence import Consequence, all_departments
from portfolio.errors import RateMissing
from portfolio.gates.standing import Standing
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.language import Language
from portfolio.money import repository
from portfolio.money.rules import Totals, totals
from portfolio.papers.wording import kronor
from portfolio.reports.consequence import (
    Asked,
    Series,
    columns_of,
    find_consequences,
    find_rows,
    summed,
)
from portfolio.reports.money_trail import MoneyKind, money_trail

SERIES = ("decided", "forecast", "outcome")
MOST_YEARS = 15
NOTHING = Totals()


def money(session: Session, investment: Investment, here: Standing | None) -> dict[str, Any]:
    """A row a year and the sums; years after the first many are put together."""
    id = investment.id or 0
    deciding = here.state.decided_by_decision if here else None
    by_year: dict[str, dict[int, Totals]] = {
        "decided": _by_year(repository.find_decided(session, deciding)),
        "forecast": _by_year(repository.find_forecast(session, id)),
        "outcome": _by_year(outcome_lines(session, Booked(), id, investment.department)),
    }
    released = _released(session, investment)
    years = sorted({*released, *(year for found in by_year.values() for year in found)})
    groups = [[year] for year in years[:MOST_YEARS]]
    if years[MOST_YEARS:]:
        groups.append(years[MOST_YEARS:])
    return {
        "years": [_row(_named(group), group, by_year, released) for group in groups],
        "all": _row("", years, by_year, released),
    }


def _named(years: list[int]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def _by_year(lines: Iterable[Any]) -> dict[int, Totals]:
    found: dict[int, list[Any]] = {}
    for line in lines:
        found.setdefault(line.year, []).append(line)
    return {year: totals(repository.amounts(some)) for year, some in found.items()}


def _released(session: Session, investment: Investment) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in money_trail(session, investment, None, None).movements:
        if one.kind is MoneyKind.RELEASED:
            found[one.dated_on.year] = found.get(one.dated_on.year, 0) + one.amount
    return found


def _row(
    title: str,
    years: Iterable[int],
    by_year: Mapping[str, Mapping[int, Totals]],
    released: Mapping[int, int],
) -> dict[str, str]:
    listed = list(years)
    row = {"title": title, "released": kronor(sum(released.get(year, 0) for year in listed))}
    for name in SERIES:
        sums = [by_year[name].get(year, NOTHING) for year in listed]
        row[name] = kronor(sum(one.net for one in sums))
        row[f"{name}_capital"] = kronor(sum(one.capital for one in sums))
        row[f"{name}_operating"] = kronor(sum(one.operating for one in sums))
    return row


def consequence_in_brief(
    session: Session, investment: Investment, today: date, language: Language
) -> list[str]:
    """What it costs to run, decided and expected: over all years, and in the dearest of them."""
    mine = col(InvestmentVersion.investment_id) == investment.id
    lines = []
    for series, sv, en in (
        (Series.DECIDED, "Beslutad", "Decided"),
        (Series.FORECAST, "Väntad", "Expected"),
    ):
        asked = Asked(series)
        try:
            rows = find_rows(session, asked, mine)
            found = find_consequences(session, asked, rows).get(investment.id or 0)
        except RateMissing as error:
            lines.append(error.detail.in_language(language))
            continue
        if found and _is_any(found, asked):
            lines.append(f"{sv if language == 'sv' else en}: {_brief(found, asked, language)}")
    return lines


def _is_any(found: Consequence, asked: Asked) -> bool:
    years = all_departments(found).values()
    return any(amount for amounts in years for amount in columns_of(amounts).values())


def _brief(found: Consequence, asked: Asked, language: Language) -> str:
    years = all_departments(found)
    whole = columns_of(summed(years, asked))
    by_year = {year: columns_of(amounts)["total"] for year, amounts in years.items()}
    dearest = max(by_year, key=lambda year: (by_year[year], -year))
    total, capital = kronor(whole["total"]), kronor(whole["capital_cost"])
    if len(by_year) == 1:
        sv = f"{total} kr {dearest}, varav kapitalkostnad {capital} kr."
        en = f"SEK {total} in {dearest}, of which capital cost SEK {capital}."
        return sv if language == "sv" else en
    most, span = kronor(by_year[dearest]), f"{min(by_year)}–{max(by_year)}"
    if language == "sv":
        return (
            f"{total} kr under {span}, varav kapitalkostnad {capital} kr; mest {dearest} "
            f"med {most} kr."
        )
    return (
        f"SEK {total} over {span}, of which capital cost SEK {capital}; most in {dearest} "
        f"with SEK {most}."
    )
