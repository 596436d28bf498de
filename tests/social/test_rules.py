"""Formulas 4, without a database."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.social.rules import Case, Figures, Outcome, UnitCost, calculate

MUNICIPALITY = {0: 800_000_00, 1: 800_000_00, 2: 400_000_00}
REGION = {0: 200_000_00, 1: 200_000_00, 2: 100_000_00}


def outcome(**fields: object) -> Outcome:
    own: dict[str, object] = {
        "persons": 120,
        "effect": Decimal("0.10"),
        "confidence": Decimal("0.75"),
        "lag": 3,
        "drop_off": Decimal("0.10"),
        "unit_costs": {
            "municipality": UnitCost(60_000_00, Decimal("0.5")),
            "region": UnitCost(15_000_00),
            "state": UnitCost(85_000_00),
        },
        **fields,
    }
    return Outcome(**own)  # type: ignore[arg-type]  # a test's own fields


def vector(*outcomes: Outcome, rate: str = "3", horizon: int = 10) -> Case:
    costs = {("municipality", year): amount for year, amount in MUNICIPALITY.items()}
    costs |= {("region", year): amount for year, amount in REGION.items()}
    payers = ("municipality", "region", "state")
    return Case(horizon, Decimal(rate), payers, costs, outcomes or (outcome(),))


def test_v_soc_1():
    found = calculate(vector())

    municipality, region, state = found.by_payer.values()
    assert found.persons_with_effect == (Decimal("9.0"),)
    assert municipality.pv_costs == 195_373_739
    assert municipality.pv_benefits == 258_488_811
    assert municipality.npv == 63_115_071
    assert (municipality.payback_year, municipality.payback_year_discounted) == (7, 8)
    assert municipality.switching_effects == (Decimal("0.0756"),)
    assert (region.npv, state.npv, found.all.npv) == (15_778_768, 366_192_482, 445_086_321)
    assert found.all.benefit_cost_ratio == Decimal("2.8225")
    assert [(p.cost_share, p.benefit_share) for p in found.wrong_pocket.values()] == [
        (Decimal("0.8000"), Decimal("0.3750")),
        (Decimal("0.2000"), Decimal("0.0938")),
        (Decimal(0), Decimal("0.5313")),
    ]


def test_who_pays_more_than_their_share_of_the_benefits_have_a_positive_difference():
    found = calculate(vector()).wrong_pocket

    assert {payer: str(pocket.difference) for payer, pocket in found.items()} == {
        "municipality": "0.4250",
        "region": "0.1063",
        "state": "-0.5313",
    }


def test_cashable_benefits_are_a_share_of_the_benefits():
    found = calculate(vector()).by_payer

    municipality = found["municipality"]
    assert municipality.benefits == 307_547_707
    assert municipality.cashable_benefits == 153_773_853
    assert municipality.pv_cashable_benefits == 129_244_405
    assert (found["state"].cashable_benefits, found["state"].pv_cashable_benefits) == (0, 0)


def test_the_yearly_table_runs_from_0_through_the_horizon():
    years = calculate(vector()).by_payer["municipality"].years

    assert len(years) == 11
    assert [year.costs for year in years[:4]] == [80_000_000, 80_000_000, 40_000_000, 0]
    assert [year.benefits for year in years[:5]] == [0, 0, 0, 54_000_000, 48_600_000]
    assert [year.cashable_benefits for year in years[2:5]] == [0, 27_000_000, 24_300_000]
    assert [year.cumulative for year in years[2:5]] == [-200_000_000, -146_000_000, -97_400_000]
    assert years[6].cumulative < 0 <= years[7].cumulative
    assert years[7].cumulative_discounted < 0 <= years[8].cumulative_discounted
    assert years[10].cumulative_discounted == 63_115_071


def test_at_the_switching_value_of_the_effect_the_net_present_value_is_about_zero():
    for payer in ("municipality", "region"):
        (effect,) = calculate(vector()).by_payer[payer].switching_effects
        assert effect is not None

        found = calculate(vector(outcome(effect=effect))).by_payer[payer]

        # The effect has four decimals: half of the last is worth this much.
        assert abs(found.npv) <= found.pv_benefits * Fraction(1, 20_000) / Fraction(effect)


def test_a_payer_without_costs_has_no_ratio_and_no_switching_value():
    state = calculate(vector()).by_payer["state"]

    assert (state.benefit_cost_ratio, state.switching_effects) == (None, (None,))
    assert (state.payback_year, state.payback_year_discounted) == (3, 3)


@pytest.mark.parametrize("change", [{"effect": Decimal(0)}, {"persons": 0}, {"lag": 11}])
def test_without_benefits_nothing_is_paid_back(change: dict[str, object]):
    found = calculate(vector(outcome(**change)))

    assert found.all.payback_year is None
    assert found.all.payback_year_discounted is None
    assert found.all.benefit_cost_ratio == Decimal(0)
    assert found.all.switching_effects == (None,)
    assert {pocket.benefit_share for pocket in found.wrong_pocket.values()} == {None}


def test_pay_back_counts_from_the_smallest_lag():
    early = outcome(lag=1, unit_costs={"state": UnitCost(1)})
    found = calculate(vector(outcome(), early)).by_payer

    assert found["state"].payback_year == 1
    assert found["municipality"].payback_year == 7


@pytest.mark.parametrize(("effect", "year"), [("0.499", 2), ("0.5", 1), ("0.503", 1)])
def test_it_has_paid_back_when_nothing_is_left_to_earn_to_the_last_fraction(effect: str, year: int):
    gain = outcome(
        persons=1,
        effect=Decimal(effect),
        confidence=Decimal(1),
        lag=0,
        drop_off=Decimal(0),
        unit_costs={"a": UnitCost(100)},
    )

    found = calculate(Case(3, Decimal(0), ("a",), {("a", 0): 100}, (gain,)))

    assert found.all.payback_year == found.all.payback_year_discounted == year


def test_a_benefit_that_is_not_enough_never_pays_back():
    found = calculate(vector(outcome(effect=Decimal("0.05")))).by_payer["municipality"]

    assert found.npv < 0
    assert (found.payback_year, found.payback_year_discounted) == (None, None)


def test_without_a_discount_rate_both_cumulative_columns_are_the_same():
    for year in calculate(vector(rate="0")).all.years:
        assert year.cumulative == year.cumulative_discounted


def test_with_everything_dropping_off_the_benefit_comes_once():
    years = calculate(vector(outcome(drop_off=Decimal(1)))).by_payer["state"].years

    assert [year.benefits for year in years] == [0, 0, 0, 76_500_000, *[0] * 7]


def decimals(places: int, largest: int = 1) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, largest, places=places, allow_nan=False, allow_infinity=False)


unit_costs = st.dictionaries(
    st.sampled_from(["a", "b"]), st.builds(UnitCost, st.integers(0, 10**13), decimals(6))
)
outcomes = st.builds(
    Outcome,
    st.integers(0, 10**9),
    decimals(6),
    decimals(6),
    st.integers(0, 60),
    decimals(6),
    unit_costs,
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    horizon = draw(st.integers(1, 60))
    keys = st.tuples(st.sampled_from(["a", "b"]), st.integers(0, horizon))
    costs = draw(st.dictionaries(keys, st.integers(0, 10**15 - 1), max_size=20))
    listed = tuple(draw(st.lists(outcomes, max_size=4)))
    return Case(horizon, draw(decimals(6, 100)), ("a", "b"), costs, listed)


def as_fractions(case: Case, payer: str) -> tuple[Fraction, Fraction]:
    """Present values straight from the formula."""
    d = Fraction(case.discount_rate) / 100
    costs = benefits = Fraction(0)
    for t in range(case.horizon + 1):
        costs += Fraction(case.costs.get((payer, t), 0)) / (1 + d) ** t
        for one in case.outcomes:
            if payer in one.unit_costs and t >= one.lag:
                x = Fraction(one.effect) * Fraction(one.confidence) * one.persons
                kept = (1 - Fraction(one.drop_off)) ** (t - one.lag)
                benefits += x * one.unit_costs[payer].amount * kept / (1 + d) ** t
    return costs, benefits


def half_up(value: Fraction) -> int:
    size = int(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


@settings(max_examples=40)
@given(cases())
def test_every_figure_is_the_formula_rounded_half_up_once(case: Case):
    found = calculate(case)

    all_costs = all_benefits = Fraction(0)
    for payer in case.payers:
        costs, benefits = as_fractions(case, payer)
        all_costs, all_benefits = all_costs + costs, all_benefits + benefits
        check(found.by_payer[payer], costs, benefits)
    check(found.all, all_costs, all_benefits)


def check(figures: Figures, costs: Fraction, benefits: Fraction) -> None:
    assert figures.pv_costs == half_up(costs)
    assert figures.pv_benefits == half_up(benefits)
    assert figures.npv == half_up(benefits - costs)
    assert figures.years[-1].cumulative_discounted == figures.npv
    ratio = figures.benefit_cost_ratio
    assert (ratio is None) == (costs == 0)
    if ratio is not None:
        assert ratio * 10_000 == half_up(benefits / costs * 10_000)
        assert ratio == ratio.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@settings(max_examples=40)
@given(cases())
def test_payers_sum_to_all_and_shares_to_one(case: Case):
    found = calculate(case)

    for name in ("pv_costs", "pv_benefits", "npv"):
        parts = sum(getattr(figures, name) for figures in found.by_payer.values())
        assert abs(parts - getattr(found.all, name)) <= len(case.payers)
    for name in ("cost_share", "benefit_share"):
        shares = [getattr(pocket, name) for pocket in found.wrong_pocket.values()]
        assert None in shares or abs(sum(shares) - 1) <= Decimal("0.0001")


@settings(max_examples=40)
@given(cases())
def test_a_pay_back_year_is_the_first_with_nothing_left_to_earn(case: Case):
    for figures in calculate(case).by_payer.values():
        year = figures.payback_year
        if year is None:
            continue
        first = min(one.lag for one in case.outcomes)
        assert year >= first
        assert figures.years[year].cumulative >= 0
        # An amount under zero may round to zero, so only what is clearly below is looked for.
        assert all(figures.years[t].cumulative <= 0 for t in range(first, year))


def test_the_documentation_works_v_soc_1_through_with_these_figures():
    text = (Path(__file__).parents[2] / "docs" / "social-case.md").read_text("utf-8")
    municipality = calculate(vector()).by_payer["municipality"]

    for number, year in enumerate(municipality.years):
        figures = (year.costs, year.benefits, year.net, year.cumulative, year.cumulative_discounted)
        cells = [f"{Decimal(ore) / 100:,.2f}".replace(",", " ") for ore in figures]
        assert f"| {number} | {' | '.join(cells)} |" in text
