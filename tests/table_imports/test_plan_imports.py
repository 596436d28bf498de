"""Plan lines from spreadsheets."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.table_imports.sending import (
    BY_ROW,
    PLANS,
    YEARS,
    applied,
    apply,
    csv,
    forecast,
    kinds,
    pointers,
    previewed,
    send,
    send_plan,
    xlsx,
)

Keys = dict[str, dict[str, str]]
TABLE = [["Projekt", "2027", "2028"], ["LIN-01", "1 250,5", "(50)"]]


@pytest.fixture(autouse=True)
def _municipality(client: TestClient, keys: Keys) -> None:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])


def test_a_preview_says_what_applying_would_change_and_changes_nothing(
    client: TestClient, keys: Keys
):
    finance = keys["finance"]

    answer = send_plan(client, finance, TABLE, unit="tkr")
    shown = previewed(answer)

    assert answer.headers["location"] == f"{PLANS}/{shown['id']}"
    assert shown["status"] == "previewed"
    assert shown["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 0}
    assert shown["totals"] == {"capital": "1200500.00", "operating": "0.00"}
    assert shown["source"]["format"] == "csv"
    assert shown["source"]["rows"] == 1
    assert shown["issues"] == []
    [change] = shown["changes"]
    assert (change["row"], change["investment"], change["change"]) == (2, "LIN-01", "added")
    assert change["before"]["forecast"]["lines"] == []
    assert change["after"]["forecast"]["total"] == "1200500.00"
    assert forecast(client, finance) == []


def test_applied_a_negative_amount_is_income_of_the_same_size(client: TestClient, keys: Keys):
    finance = keys["finance"]

    applied(client, finance, PLANS, send_plan(client, finance, TABLE, unit="tkr"))

    assert forecast(client, finance) == [
        (2027, "capital", "expense", "1250500.00"),
        (2028, "capital", "income", "50000.00"),
    ]
    status = client.get("/v1/gate-status", headers=finance).json()["items"][0]
    assert status["forecast_capital"] == "1200500.00"


def test_the_same_file_twice_changes_nothing(client: TestClient, keys: Keys):
    finance = keys["finance"]
    applied(client, finance, PLANS, send_plan(client, finance, TABLE))
    events = client.get("/v1/events", headers=finance).json()["total"]

    again = applied(client, finance, PLANS, send_plan(client, finance, TABLE))

    assert again["counts"] == {"added": 0, "changed": 0, "unchanged": 1, "refused": 0}
    assert again["changes"] == []
    # Only that it was previewed and applied.
    assert client.get("/v1/events", headers=finance).json()["total"] == events + 2


def test_what_it_writes_is_told_as_the_same_request_would_be(client: TestClient, keys: Keys):
    finance = keys["finance"]

    applied(client, finance, PLANS, send_plan(client, finance, TABLE))

    items = client.get("/v1/events?limit=1000", headers=finance).json()["items"]
    actions = [item["action"] for item in items][-3:]
    assert actions == ["table_import.created", "plan_lines.replaced", "table_import.applied"]
    replaced = items[-2]
    assert replaced["resource"] == "/v1/investments/LIN-01/plan-lines"
    assert replaced["after"]["total"] == "1200.50"


def test_rows_of_the_same_investment_and_year_add_up(client: TestClient, keys: Keys):
    finance = keys["finance"]
    rows = [["Projekt", "År", "Belopp"]]
    rows += [["LIN-01", "2027", amount] for amount in ("100", "50,25", "-30", "0")]

    applied(client, finance, PLANS, send_plan(client, finance, rows, columns=BY_ROW))

    assert forecast(client, finance) == [
        (2027, "capital", "expense", "150.25"),
        (2027, "capital", "income", "30.00"),
    ]


def test_only_years_and_types_that_the_file_covers_give_way(client: TestClient, keys: Keys):
    finance = keys["finance"]
    kept = [scenario.line("1.00", year=2026), scenario.line("2.00", type="operating")]
    gone = [scenario.line("3.00"), scenario.line("4.00", year=2028)]
    scenario.ok(scenario.put_lines(client, finance, "LIN-01", *kept, *gone), 200)
    rows = [["Projekt", "2027", "2028"], ["LIN-01", "9", ""]]

    applied(client, finance, PLANS, send_plan(client, finance, rows))

    assert forecast(client, finance) == [
        (2026, "capital", "expense", "1.00"),
        (2027, "capital", "expense", "9.00"),
        (2027, "operating", "expense", "2.00"),
    ]


def test_replace_all_replaces_the_whole_forecast(client: TestClient, keys: Keys):
    finance = keys["finance"]
    scenario.put_lines(client, finance, "LIN-01", scenario.line("1.00", year=2026))

    applied(client, finance, PLANS, send_plan(client, finance, TABLE, replace="all"))

    assert [line[0] for line in forecast(client, finance)] == [2027, 2028]


def test_every_column_of_a_line_can_come_from_the_sheet(client: TestClient, keys: Keys):
    finance = keys["finance"]
    names = ("type", "direction", "department", "account", "price_level")
    columns = {**BY_ROW, **{name: name.upper() for name in names}}
    table: list[list[Any]] = [
        ["Projekt", "År", "Belopp", *(name.upper() for name in names)],
        ["LIN-01", 2027.0, 1250.5, "Drift", "Intäkt", "Förvaltning gfk", 3110, 2026],
    ]

    answer = send(client, finance, PLANS, xlsx(Blad=table), columns)
    applied(client, finance, PLANS, answer)

    lines = client.get("/v1/investments/LIN-01/plan-lines", headers=finance).json()["forecast"]
    assert lines["lines"] == [
        {
            "year": 2027,
            "type": "operating",
            "direction": "income",
            "department": "GFK",
            "account": "3110",
            "price_level": "2026",
            "amount": "1250.50",
        }
    ]


def test_a_file_with_errors_is_not_applied_and_says_where_they_are(client: TestClient, keys: Keys):
    finance = keys["finance"]
    rows = [
        ["Projekt", "2027", "2028"],
        ["LIN-01", "1.250", "5"],
        ["LIN-99", "1", "2"],
        ["", "1", "2"],
    ]

    shown = previewed(send_plan(client, finance, rows))

    assert kinds(shown) == [
        ("ambiguous", 2, "2027"),
        ("unknown_investment", 3, "Projekt"),
        ("no_code", 4, "Projekt"),
    ]
    assert shown["counts"]["refused"] == 3
    refused = apply(client, finance, PLANS, shown)
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/import-not-applicable"
    assert len(refused.json()["reasons"]) == 3
    assert forecast(client, finance) == []


def test_with_skip_errors_an_investment_with_an_error_is_left_out_whole(
    client: TestClient, keys: Keys
):
    finance = keys["finance"]
    scenario.put_investment(client, keys["admin"], code="LIN-02")
    rows = [
        ["Projekt", "2027", "2028"],
        ["LIN-01", "7", "8"],
        ["LIN-01", "fel", "8"],
        ["LIN-02", "1", "2"],
    ]

    shown = applied(client, finance, PLANS, send_plan(client, finance, rows, skip_errors="true"))

    assert shown["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}
    assert shown["totals"]["capital"] == "3.00"
    assert forecast(client, finance, "LIN-01") == []
    assert len(forecast(client, finance, "LIN-02")) == 2


def test_what_has_changed_since_the_preview_is_not_overwritten(client: TestClient, keys: Keys):
    finance = keys["finance"]
    shown = previewed(send_plan(client, finance, TABLE))
    scenario.put_lines(client, finance, "LIN-01", scenario.line("7.00"))

    refused = apply(client, finance, PLANS, shown)

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/import-not-applicable"
    assert "LIN-01" in refused.json()["reasons"][0]["detail"]
    assert forecast(client, finance) == [(2027, "capital", "expense", "7.00")]


def test_an_import_is_applied_once(client: TestClient, keys: Keys):
    finance = keys["finance"]
    shown = applied(client, finance, PLANS, send_plan(client, finance, TABLE))

    assert apply(client, finance, PLANS, shown).status_code == 409


def test_a_discarded_import_stays_in_the_list_and_is_not_applied(client: TestClient, keys: Keys):
    finance = keys["finance"]
    shown = previewed(send_plan(client, finance, TABLE))
    path = f"{PLANS}/{shown['id']}"
    tag = client.get(path, headers=finance).headers["etag"]

    assert client.delete(path, headers=finance).status_code == 428
    gone = client.delete(path, headers={**finance, "If-Match": tag})

    assert gone.status_code == 204
    listed = client.get(PLANS, headers=finance).json()
    assert [(one["id"], one["status"]) for one in listed["items"]] == [(shown["id"], "discarded")]
    assert apply(client, finance, PLANS, shown).status_code == 409
    tag = client.get(path, headers=finance).headers["etag"]
    assert client.delete(path, headers={**finance, "If-Match": tag}).status_code == 409


def test_a_plan_import_is_not_found_among_the_investment_imports(client: TestClient, keys: Keys):
    finance = keys["finance"]
    shown = previewed(send_plan(client, finance, TABLE))

    assert client.get(f"/v1/investment-imports/{shown['id']}", headers=finance).status_code == 404
    assert client.get("/v1/investment-imports", headers=finance).json()["total"] == 0


def test_a_department_writes_its_own_lines_only_and_leaves_the_others(
    client: TestClient, keys: Keys, engine: Engine
):
    own = scenario.department_key(engine, "GFK")
    finance = keys["finance"]
    scenario.put_lines(
        client, finance, "LIN-01", scenario.line("3.00"), scenario.line("4.00", department="GFK")
    )

    others = previewed(send_plan(client, own, TABLE))
    applied(client, own, PLANS, send_plan(client, own, TABLE, department="GFK"))

    assert [kind for kind, _, _ in kinds(others)] == ["not_own"]
    assert forecast(client, finance) == [
        (2027, "capital", "expense", "3.00"),
        (2027, "capital", "expense", "1250.50"),
        (2028, "capital", "income", "50.00"),
    ]


def test_a_department_does_not_apply_or_discard_what_may_change_more_than_its_own(
    client: TestClient, keys: Keys, engine: Engine
):
    own = scenario.department_key(engine, "FGK")
    shown = previewed(send_plan(client, keys["finance"], TABLE))
    path = f"{PLANS}/{shown['id']}"
    tag = client.get(path, headers=own).headers["etag"]

    assert apply(client, own, PLANS, shown).status_code == 403
    assert client.delete(path, headers={**own, "If-Match": tag}).status_code == 403
    assert forecast(client, own) == []


def test_half_of_an_import_is_never_written(client: TestClient, keys: Keys):
    finance = keys["finance"]
    scenario.put_investment(client, keys["admin"], code="LIN-02")
    rows = [["Projekt", "2027", "2028"], ["LIN-01", "1", "2"], ["LIN-02", "3", "4"]]
    shown = previewed(send_plan(client, finance, rows))
    scenario.put_lines(client, finance, "LIN-02", scenario.line("7.00"))
    events = client.get("/v1/events", headers=finance).json()["total"]

    assert apply(client, finance, PLANS, shown).status_code == 409

    assert forecast(client, finance, "LIN-01") == []
    assert client.get("/v1/events", headers=finance).json()["total"] == events


def test_amounts_that_together_are_too_large_are_refused_in_the_preview(
    client: TestClient, keys: Keys
):
    finance = keys["finance"]
    most = "9999999999999,99"
    rows = [["Projekt", "2027", "2028"], ["LIN-01", most, most]]

    shown = previewed(send_plan(client, finance, rows))

    assert [kind for kind, _, _ in kinds(shown)] == ["too_large"]
    assert shown["totals"] == {"capital": "0.00", "operating": "0.00"}


@pytest.mark.parametrize("year", ["0", "9999", "27", "true", "2027,5", "", "NaN", "１２"])
def test_a_year_that_is_none_is_an_issue(client: TestClient, keys: Keys, year: str):
    rows = [["Projekt", "År", "Belopp"], ["LIN-01", year, "1"]]

    shown = previewed(send_plan(client, keys["finance"], rows, columns=BY_ROW))

    assert kinds(shown) == [("invalid", 2, "År")]


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"unit": ""}, "/unit"),
        ({"unit": "EUR"}, "/unit"),
        ({"type": ""}, ""),
        ({"type": "both"}, "/type"),
        ({"department": "XXX"}, "/department"),
        ({"encoding": "klingon"}, "/encoding"),
        ({"decimal": ";"}, "/decimal"),
        ({"header_row": "0"}, "/header_row"),
        ({"header_row": "true"}, "/header_row"),
        ({"skip_errors": "ja"}, "/skip_errors"),
        ({"price_level": "0"}, "/price_level"),
        ({"replace": "some"}, "/replace"),
        ({"unknown": "1"}, "/unknown"),
        ({"columns": "["}, "/columns"),
        ({"columns": "[]"}, "/columns"),
        ({"columns": "[" * 100_000}, "/columns"),
        ({"columns": '{"investment": "\\ud800"}'}, "/columns"),
        ({"columns": '{"investment": "a", "investment": "b"}'}, "/columns"),
        ({"columns": {"years": {"2027": "2027"}}}, "/columns/investment"),
        ({"columns": {**YEARS, "year": "År"}}, "/columns"),
        ({"columns": {"investment": "Projekt"}}, "/columns"),
        ({"columns": {"investment": "Projekt", "years": {"0": "2027"}}}, "/columns/years/0"),
        ({"columns": {"investment": "2027", "years": {"2027": "2027"}}}, "/columns"),
        ({"columns": {"investment": 1}}, "/columns/investment"),
        ({"columns": {**YEARS, "mayor": "X"}}, "/columns/mayor"),
        ({"columns": {**YEARS, "investment": "Namn"}}, "/columns"),
    ],
)
def test_a_form_that_can_not_be_used_says_which_field(
    client: TestClient, keys: Keys, form: Any, pointer: str
):
    answer = send_plan(client, keys["finance"], TABLE, **form)

    assert pointers(answer)[0].startswith(pointer), answer.text
    assert client.get(PLANS, headers=keys["finance"]).json()["total"] == 0


def test_without_a_unit_it_says_so(client: TestClient, keys: Keys):
    files = {"file": ("a.csv", csv(TABLE))}

    answer = client.post(PLANS, headers=keys["finance"], data={"type": "capital"}, files=files)

    assert set(pointers(answer)) == {"/unit", "/columns"}


def test_a_header_that_is_not_there_lists_those_that_are(client: TestClient, keys: Keys):
    answer = send_plan(client, keys["finance"], [["Projekt", "Budget 27"], ["LIN-01", "1"]])

    assert pointers(answer) == ["/columns", "/columns"]
    assert answer.json()["type"] == "/problems/unreadable-file"
    assert "Budget 27" in answer.json()["detail"]
