"""Amounts in thousands and millions: rounded so that sums hold, down and across."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from portfolio.reports.columns import MONEY
from portfolio.reports.units import Rounder, Unit, half_up
from tests import scenario
from tests.gates.life import Keys
from tests.scenario import Headers, line, ok, put_lines

AMOUNTS = st.lists(st.one_of(st.none(), st.integers(-(10**15), 10**15)), max_size=40)


@given(amounts=AMOUNTS, unit=st.sampled_from([Unit.TKR, Unit.MKR]))
def test_a_column_sums_to_the_rounded_sum_after_every_row(amounts: list[int | None], unit: Unit):
    rounder = Rounder(unit)
    exact = shown = 0

    for amount in amounts:
        found = rounder.row({"decided_capital": amount})["decided_capital"]
        exact += amount or 0
        shown += found or 0
        assert shown == half_up(exact, unit.ore)
        assert (found is None) == (amount is None)
        assert abs((found or 0) * unit.ore - (amount or 0)) <= unit.ore


SIDES = st.one_of(st.none(), st.integers(-(10**15), 10**15))


@given(rows=st.lists(st.tuples(SIDES, SIDES), max_size=30), unit=st.sampled_from(list(Unit)))
def test_what_agrees_to_the_ore_agrees_in_the_table_and_rows_add_up(
    rows: list[tuple[int | None, int | None]], unit: Unit
):
    rounder = Rounder(unit)
    divisor = 1 if unit is Unit.KR else unit.ore
    exact = shown = 0

    for agreed, expected in rows:
        left, right, deviation = rounder.pair("a", agreed, expected)
        assert (left is None, right is None) == (agreed is None, expected is None)
        if agreed is None or expected is None:
            assert deviation is None
            continue
        assert (right or 0) - (left or 0) == deviation
        assert agreed != expected or deviation == 0
        exact += expected - agreed
        shown += deviation or 0
        assert shown == half_up(exact, divisor)


@given(amount=st.integers(-(10**15), 10**15), unit=st.sampled_from(list(Unit)))
def test_no_deviation_is_shown_as_none(amount: int, unit: Unit):
    rounder = Rounder(unit)

    for _ in range(3):
        assert rounder.pair("a", amount, amount)[2] == 0


@given(st.integers(-(10**15), 10**15))
def test_kronor_are_left_exact(amount: int):
    assert Rounder(Unit.KR).row({"a": amount}) == {"a": amount}


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    for number in range(7):
        code = f"I-{number}"
        scenario.put_investment(client, admin, code=code)
        lines = (line(f"{number * 1234.56 + 333.33:.2f}"), line("499.99", type="operating"))
        ok(put_lines(client, admin, code, *lines), 200)
    return admin


@pytest.mark.parametrize("unit", ["tkr", "mkr"])
def test_exports_in_a_larger_unit_add_up_down_and_across(
    client: TestClient, admin: Headers, unit: str
):
    exact = ok(client.get("/v1/gate-status?totals=true", headers=admin), 200)["totals"]["all"]
    answer = client.get(f"/v1/gate-status?format=csv&unit={unit}", headers=admin)
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    at = {label: index for index, label in enumerate(header)}

    for row in rows:
        parts = [int(row[at[f"Prognos, {part} ({unit})"]]) for part in ("investering", "drift")]
        assert int(row[at[f"Prognos ({unit})"]]) == sum(parts)
    for label, name in (
        ("Avvikelse, investering", "deviation_capital"),
        ("Släppt", "released_total"),
    ):
        shown = sum(int(row[at[f"{label} ({unit})"]]) for row in rows)
        ore = int(exact[name].replace(".", ""))
        assert shown == half_up(ore, Unit(unit).ore)


def test_a_spreadsheet_in_thousands_has_whole_numbers(client: TestClient, admin: Headers):
    answer = client.get("/v1/gate-status?format=xlsx&unit=tkr", headers=admin)
    page: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    header, *rows = page.iter_rows(values_only=True)

    amounts = [
        value
        for row in rows
        for label, value in zip(header, row, strict=True)
        if label.endswith("(tkr)") and value is not None
    ]

    assert sum(label.endswith("(tkr)") for label in header) == len(MONEY)
    assert amounts
    assert all(value == int(value) for value in amounts)


def test_json_is_exact_so_a_unit_is_refused(client: TestClient, admin: Headers):
    assert client.get("/v1/gate-status?unit=tkr", headers=admin).status_code == 400
    assert client.get("/v1/gate-status?format=csv&unit=sek", headers=admin).status_code == 400
