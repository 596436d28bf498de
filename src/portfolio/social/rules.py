"""What a social investment gives back, and to whom (formulas 4). Pure.

All arithmetic is exact. Undiscounted amounts are decimal fractions, and a discounted one is a
decimal fraction over a power of 1 + d; so what is discounted is carried *compounded* to the
horizon, as a value of year T, and divided once, where the figure leaves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext
from enum import StrEnum
from itertools import accumulate

# Far more digits than inputs of the schema's size can need; should they, it is an error and not
# a rounding.
EXACT = Context(prec=3000, traps=[Inexact])
ZERO = Decimal(0)
ONE = Decimal(1)
RATIO_PLACES = 4


class PayerKind(StrEnum):
    DEPARTMENT = "department"
    COMMITTEE = "committee"
    REGION = "region"
    STATE = "state"
    HOUSEHOLD = "household"


class Grade(StrEnum):
    """How firm the evidence behind an effect is; an own scale, from the firmest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What one person-year less costs a payer, in öre, and how much of that is cash (0-1)."""

    amount: int
    cashable_share: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Outcome:
    """An effect on people: how many, how much, how sure, from when, and how it wears off.

    `effect` and `confidence` are 0-1, `drop_off` is lost each year (0-1), `unit_costs` by payer.
    """

    persons: int
    effect: Decimal
    confidence: Decimal
    lag: int
    drop_off: Decimal
    unit_costs: Mapping[str, UnitCost]

    @property
    def persons_with_effect(self) -> Decimal:
        return self.persons * self.effect * self.confidence


@dataclass(frozen=True, slots=True)
class Case:
    """A social investment: costs in öre by payer and year, counted from 0 through `horizon`."""

    horizon: int
    # Per cent a year.
    discount_rate: Decimal
    payers: tuple[str, ...]
    costs: Mapping[tuple[str, int], int]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class YearFigures:
    """A year of a payer, in öre."""

    costs: int
    benefits: int
    cashable_benefits: int
    net: int
    cumulative: int
    cumulative_discounted: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the case means for a payer, or for all; amounts in öre, ratios with four decimals.

    `switching_effects` has an effect for each outcome: at those the net present value is zero.
    """

    pv_costs: int
    pv_benefits: int
    npv: int
    benefit_cost_ratio: Decimal | None
    payback_year: int | None
    payback_year_discounted: int | None
    benefits: int
    cashable_benefits: int
    pv_cashable_benefits: int
    switching_effects: tuple[Decimal | None, ...]
    years: tuple[YearFigures, ...]


@dataclass(frozen=True, slots=True)
class Pocket:
    """A payer's share of all costs and of all benefits, by present value; null of nothing."""

    cost_share: Decimal | None
    benefit_share: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Result:
    """The figures by payer and for all of them, and who pays for whose benefit."""

    by_payer: Mapping[str, Figures]
    all: Figures
    wrong_pocket: Mapping[str, Pocket]
    persons_with_effect: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class _Flow:
    """Costs, benefits and cashable benefits of each year, exact öre."""

    costs: Sequence[Decimal]
    benefits: Sequence[Decimal]
    cashable: Sequence[Decimal]

    @property
    def nets(self) -> list[Decimal]:
        return [b - c for b, c in zip(self.benefits, self.costs, strict=True)]


def calculate(case: Case) -> Result:
    """Everything formulas 4 asks of a social investment.

    With x = N·e·c, an outcome gives payer p the benefit B_t = x·u_p·(1-q)^(t-L) in year t from
    its lag L on, else nothing; outcomes add. NPV = Σ (B_t - C_t)/(1+d)^t. Pay-back is the first
    year from the smallest lag on in which the cumulative net is not negative. The switching
    value of an effect is e·PV(C)/PV(B), all effects changed in the same proportion.

    Args:
        case: Amounts in öre; costs only of its payers and of years 0 through its horizon.

    Returns:
        Figures rounded half up, to the öre or to four decimals, each on its own.

    Source: structure after Greater Manchester's cost-benefit guidance (2014).
    """
    with localcontext(EXACT):
        flows = _flows(case)
        together = _Flow(
            _added([flow.costs for flow in flows.values()], case.horizon),
            _added([flow.benefits for flow in flows.values()], case.horizon),
            _added([flow.cashable for flow in flows.values()], case.horizon),
        )
        return Result(
            by_payer={payer: _figures(case, flow) for payer, flow in flows.items()},
            all=_figures(case, together),
            wrong_pocket=_wrong_pocket(case, flows, together),
            persons_with_effect=tuple(
                _ratio(outcome.persons_with_effect, ONE) for outcome in case.outcomes
            ),
        )


def _flows(case: Case) -> dict[str, _Flow]:
    years = range(case.horizon + 1)
    strengths = [_strengths(outcome, case.horizon) for outcome in case.outcomes]
    flows = {}
    for payer in case.payers:
        benefits, cashable = [], []
        for year in years:
            gained = [
                (strength[year] * unit.amount, unit.cashable_share)
                for outcome, strength in zip(case.outcomes, strengths, strict=True)
                if (unit := outcome.unit_costs.get(payer)) is not None
            ]
            benefits.append(sum((amount for amount, _ in gained), ZERO))
            cashable.append(sum((amount * share for amount, share in gained), ZERO))
        costs = [Decimal(case.costs.get((payer, year), 0)) for year in years]
        flows[payer] = _Flow(costs, benefits, cashable)
    return flows


def _strengths(outcome: Outcome, horizon: int) -> list[Decimal]:
    """x·(1-q)^(t-L) of each year, zero before the lag."""
    kept = ONE - outcome.drop_off
    strengths = [ZERO] * min(outcome.lag, horizon + 1)
    strength = outcome.persons_with_effect
    while len(strengths) <= horizon:
        strengths.append(strength)
        strength *= kept
    return strengths


def _added(rows: Sequence[Sequence[Decimal]], horizon: int) -> list[Decimal]:
    return [sum((row[year] for row in rows), ZERO) for year in range(horizon + 1)]


def _figures(case: Case, flow: _Flow) -> Figures:
    growth = _growth(case)
    pv_costs, pv_benefits = (_compounded(case, row) for row in (flow.costs, flow.benefits))
    cumulative = list(accumulate(flow.nets))
    discounted = list(accumulate(_compounded_years(case, flow.nets)))
    gives = any(flow.benefits)
    return Figures(
        pv_costs=_rounded(pv_costs, growth),
        pv_benefits=_rounded(pv_benefits, growth),
        npv=_rounded(pv_benefits - pv_costs, growth),
        benefit_cost_ratio=_ratio(pv_benefits, pv_costs) if pv_costs else None,
        payback_year=_payback(case, cumulative) if gives else None,
        payback_year_discounted=_payback(case, discounted) if gives else None,
        benefits=_rounded(sum(flow.benefits, ZERO)),
        cashable_benefits=_rounded(sum(flow.cashable, ZERO)),
        pv_cashable_benefits=_rounded(_compounded(case, flow.cashable), growth),
        switching_effects=tuple(
            _ratio(outcome.effect * pv_costs, pv_benefits) if pv_costs and pv_benefits else None
            for outcome in case.outcomes
        ),
        years=tuple(_years(flow, cumulative, discounted, growth)),
    )


def _years(
    flow: _Flow, cumulative: Sequence[Decimal], discounted: Sequence[Decimal], growth: Decimal
) -> Iterator[YearFigures]:
    for year, net in enumerate(flow.nets):
        yield YearFigures(
            costs=_rounded(flow.costs[year]),
            benefits=_rounded(flow.benefits[year]),
            cashable_benefits=_rounded(flow.cashable[year]),
            net=_rounded(net),
            cumulative=_rounded(cumulative[year]),
            cumulative_discounted=_rounded(discounted[year], growth),
        )


def _payback(case: Case, cumulative: Sequence[Decimal]) -> int | None:
    first = min(outcome.lag for outcome in case.outcomes)
    return next((year for year in range(first, len(cumulative)) if cumulative[year] >= 0), None)


def _wrong_pocket(case: Case, flows: Mapping[str, _Flow], together: _Flow) -> dict[str, Pocket]:
    all_costs, all_benefits = (_compounded(case, r) for r in (together.costs, together.benefits))
    pockets = {}
    for payer, flow in flows.items():
        costs, benefits = (_compounded(case, row) for row in (flow.costs, flow.benefits))
        pockets[payer] = Pocket(
            cost_share=_ratio(costs, all_costs) if all_costs else None,
            benefit_share=_ratio(benefits, all_benefits) if all_benefits else None,
            difference=(
                _ratio(costs * all_benefits - benefits * all_costs, all_costs * all_benefits)
                if all_costs and all_benefits
                else None
            ),
        )
    return pockets


def _growth(case: Case) -> Decimal:
    """(1+d)^T: what a present value is multiplied with to be carried to the horizon."""
    return (ONE + case.discount_rate / 100) ** case.horizon


def _compounded_years(case: Case, row: Sequence[Decimal]) -> list[Decimal]:
    """Each year's amount times (1+d)^(T-t)."""
    factor = ONE + case.discount_rate / 100
    weights = list(accumulate([ONE, *[factor] * case.horizon], lambda a, b: a * b))
    return [amount * weight for amount, weight in zip(row, reversed(weights), strict=True)]


def _compounded(case: Case, row: Sequence[Decimal]) -> Decimal:
    return sum(_compounded_years(case, row), ZERO)


def _ratio(numerator: Decimal, denominator: Decimal) -> Decimal:
    return Decimal(_rounded(numerator.scaleb(RATIO_PLACES), denominator)).scaleb(-RATIO_PLACES)


def _rounded(numerator: Decimal, denominator: Decimal = ONE) -> int:
    """The quotient as a whole number, half up and away from zero."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return int(size.copy_sign(numerator))
