"""Keeping social cases, and answering what follows from them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount, parse_amount
from portfolio.clock import Act
from portfolio.errors import FieldError, InvalidBody, Refused
from portfolio.events.service import record
from portfolio.investments.models import Investment
from portfolio.investments.rules import Kind
from portfolio.investments.service import resource
from portfolio.language import Text
from portfolio.social.models import SocialCase
from portfolio.social.repository import find_case
from portfolio.social.rules import Case, Figures, Outcome, Pocket, Result, UnitCost, calculate


def shown_case(
    session: Session, investment: Investment, known_at: datetime | None = None
) -> dict[str, Any]:
    """The inputs as they were written, and the result, calculated afresh."""
    row = find_case(session, investment.id or 0, known_at)
    if row is None:
        return {"case": None, "result": None}
    return {"case": row.inputs, "result": _shown_result(row.inputs, calculate(_case(row.inputs)))}


def replace_case(
    session: Session, act: Act, investment: Investment, inputs: Mapping[str, Any]
) -> None:
    """Keep these inputs instead of those before, which stay known as of their time (M4).

    Raises:
        InvalidBody: A payer is named that is not there, or twice, or a cost after the horizon.
        Refused: The investment is not social.
    """
    errors = list(_errors_of(inputs))
    if errors:
        raise InvalidBody(
            "Rätta fälten under errors och skicka igen.",
            "Correct the fields listed under errors and send again.",
            errors,
        )
    if investment.kind != Kind.SOCIAL:
        raise Refused(
            f"{investment.code} är en fysisk investering; bara en social har en social kalkyl.",
            f"{investment.code} is a physical investment; only a social one has a social case.",
        )
    former = find_case(session, investment.id or 0)
    if former is not None:
        former.retracted_at = act.at
        session.add(former)
    session.add(SocialCase(investment_id=investment.id or 0, inputs=inputs, recorded_at=act.at))
    session.flush()
    before = former.inputs if former else None
    where = f"{resource(investment)}/social-case"
    record(session, act, "social_case.replaced", where, before=before, after=inputs)


def _errors_of(inputs: Mapping[str, Any]) -> Iterator[FieldError]:
    payers = [payer["code"] for payer in inputs["payers"]]
    yield from _twice(payers, "/payers/{}/code")
    for index, cost in enumerate(inputs["costs"]):
        yield from _unknown(cost["payer"], payers, f"/costs/{index}/payer")
        if cost["year"] > inputs["horizon_years"]:
            detail = Text(
                "Året ligger efter horizon_years; förläng horisonten eller flytta kostnaden.",
                "The year is after horizon_years; lengthen the horizon or move the cost.",
            )
            yield FieldError(f"/costs/{index}/year", detail)
    for index, outcome in enumerate(inputs["outcomes"]):
        named = [unit["payer"] for unit in outcome["unit_costs"]]
        where = f"/outcomes/{index}/unit_costs"
        yield from _twice(named, where + "/{}/payer")
        for position, payer in enumerate(named):
            yield from _unknown(payer, payers, f"{where}/{position}/payer")


def _twice(codes: list[str], pointer: str) -> Iterator[FieldError]:
    for index, code in enumerate(codes):
        if code in codes[:index]:
            detail = Text(f"{code} nämns två gånger.", f"{code} is named twice.")
            yield FieldError(pointer.format(index), detail)


def _unknown(code: str, payers: list[str], pointer: str) -> Iterator[FieldError]:
    if code not in payers:
        detail = Text(
            f"{code} finns inte bland payers; lägg till betalaren där.",
            f"{code} is not among payers; add the payer there.",
        )
        yield FieldError(pointer, detail)


def _case(inputs: Mapping[str, Any]) -> Case:
    """The inputs as the formulas take them."""
    costs: dict[tuple[str, int], int] = {}
    for cost in inputs["costs"]:
        key = (cost["payer"], cost["year"])
        costs[key] = costs.get(key, 0) + parse_amount(cost["amount"])
    return Case(
        horizon=inputs["horizon_years"],
        discount_rate=Decimal(inputs["discount_rate"]),
        payers=tuple(payer["code"] for payer in inputs["payers"]),
        costs=costs,
        outcomes=tuple(_outcome(outcome) for outcome in inputs["outcomes"]),
    )


def _outcome(outcome: Mapping[str, Any]) -> Outcome:
    return Outcome(
        persons=outcome["persons"],
        effect=Decimal(outcome["effect"]),
        confidence=Decimal(outcome["confidence"]),
        lag=outcome["lag_years"],
        drop_off=Decimal(outcome["drop_off"]),
        unit_costs={
            unit["payer"]: UnitCost(parse_amount(unit["amount"]), Decimal(unit["cashable_share"]))
            for unit in outcome["unit_costs"]
        },
    )


def _shown_result(inputs: Mapping[str, Any], result: Result) -> dict[str, Any]:
    base_year = inputs["base_year"]
    return {
        "payers": [
            {"payer": payer, **_shown_figures(figures, base_year)}
            for payer, figures in result.by_payer.items()
        ],
        "all": _shown_figures(result.all, base_year),
        "wrong_pocket": [
            {"payer": payer, **_shown_pocket(pocket)}
            for payer, pocket in result.wrong_pocket.items()
        ],
        "outcomes": [
            {
                "name": outcome["name"],
                "persons_with_effect": _text(persons),
                "switching_effect": _text(effect),
            }
            for outcome, persons, effect in zip(
                inputs["outcomes"],
                result.persons_with_effect,
                result.all.switching_effects,
                strict=True,
            )
        ],
    }


def _shown_figures(figures: Figures, base_year: int) -> dict[str, Any]:
    return {
        "pv_costs": format_amount(figures.pv_costs),
        "pv_benefits": format_amount(figures.pv_benefits),
        "npv": format_amount(figures.npv),
        "benefit_cost_ratio": _text(figures.benefit_cost_ratio),
        "payback_year": figures.payback_year,
        "payback_year_discounted": figures.payback_year_discounted,
        "benefits": format_amount(figures.benefits),
        "cashable_benefits": format_amount(figures.cashable_benefits),
        "pv_cashable_benefits": format_amount(figures.pv_cashable_benefits),
        "switching_effects": [_text(effect) for effect in figures.switching_effects],
        "years": [
            {
                "year": offset,
                "calendar_year": base_year + offset,
                "costs": format_amount(year.costs),
                "benefits": format_amount(year.benefits),
                "cashable_benefits": format_amount(year.cashable_benefits),
                "net": format_amount(year.net),
                "cumulative": format_amount(year.cumulative),
                "cumulative_discounted": format_amount(year.cumulative_discounted),
            }
            for offset, year in enumerate(figures.years)
        ],
    }


def _shown_pocket(pocket: Pocket) -> dict[str, str | None]:
    return {
        "cost_share": _text(pocket.cost_share),
        "benefit_share": _text(pocket.benefit_share),
        "difference": _text(pocket.difference),
    }


def _text(ratio: Decimal | None) -> str | None:
    return None if ratio is None else f"{ratio:f}"
