"""Investments from spreadsheets, with their amounts."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.table_imports.sending import (
    INVESTMENTS,
    applied,
    apply,
    csv,
    forecast,
    kinds,
    pointers,
    previewed,
    send,
    xlsx,
)

Keys = dict[str, dict[str, str]]
COLUMNS = {"code": "Projekt", "name": "Benämning", "department": "Förvaltning"}
TABLE: list[list[Any]] = [
    ["Projekt", "Benämning", "Förvaltning", "2027", "2028"],
    ["P-1", "Gångväg", "FGK", 1500, 2500.5],
    [1002, "Förskola", "Förvaltning GFK", "", "–"],
]
NEW = {"kind": "physical", "not_located_reason": "Placeras i nästa steg."}


@pytest.fixture(autouse=True)
def _municipality(client: TestClient, keys: Keys) -> None:
    scenario.put_municipality(client, keys["admin"])


def send_table(client: TestClient, headers: dict[str, str], rows: Any = TABLE, **form: Any) -> Any:
    columns = form.pop("columns", COLUMNS)
    return send(client, headers, INVESTMENTS, xlsx(Budget=rows), columns, **{**NEW, **form})


def read(client: TestClient, headers: dict[str, str], code: str) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"/v1/investments/{code}", headers=headers).json()
    return shown


def with_years(client: TestClient, headers: dict[str, str], **form: Any) -> Any:
    columns = {**COLUMNS, "years": {"2027": "2027", "2028": "2028"}}
    return send_table(
        client, headers, columns=columns, **{"type": "capital", "unit": "tkr", **form}
    )


def test_new_investments_are_previewed_and_then_there(client: TestClient, keys: Keys):
    finance = keys["finance"]

    shown = previewed(send_table(client, finance, program="lindangen"))
    before = client.get("/v1/investments", headers=finance).json()["total"]
    done = apply(client, finance, INVESTMENTS, shown).json()

    assert before == 0
    assert done["counts"] == {"added": 2, "changed": 0, "unchanged": 0, "refused": 0}
    assert [change["after"]["name"] for change in done["changes"]] == ["Gångväg", "Förskola"]
    made = read(client, finance, "1002")
    assert made["department"] == "GFK"
    assert made["program"] == "lindangen"
    assert made["gate"] == "need"
    assert made["location"] == {"not_located": "Placeras i nästa steg."}
    assert forecast(client, finance, "1002") == []


def test_amounts_of_the_same_sheet_come_along(client: TestClient, keys: Keys):
    finance = keys["finance"]

    shown = applied(client, finance, INVESTMENTS, with_years(client, finance))

    assert shown["totals"] == {"capital": "4000500.00", "operating": "0.00"}
    assert forecast(client, finance, "P-1") == [
        (2027, "capital", "expense", "1500000.00"),
        (2028, "capital", "expense", "2500500.00"),
    ]


def test_the_same_file_twice_changes_nothing(client: TestClient, keys: Keys):
    finance = keys["finance"]
    applied(client, finance, INVESTMENTS, with_years(client, finance))
    before = client.get("/v1/events", headers=finance).json()["total"]

    again = applied(client, finance, INVESTMENTS, with_years(client, finance))

    assert again["counts"] == {"added": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert client.get("/v1/events", headers=finance).json()["total"] == before + 2


def test_a_known_investment_that_says_the_same_is_unchanged(client: TestClient, keys: Keys):
    finance = keys["finance"]
    scenario.put_investment(client, keys["admin"], code="P-1")

    shown = applied(client, finance, INVESTMENTS, send_table(client, finance))

    assert shown["counts"] == {"added": 1, "changed": 0, "unchanged": 1, "refused": 0}
    assert [change["investment"] for change in shown["changes"]] == ["1002"]


def test_an_empty_cell_or_a_default_changes_nothing_of_a_known_one(client: TestClient, keys: Keys):
    finance = keys["finance"]
    scenario.put_investment(client, keys["admin"], code="P-1", name="Gammalt")
    columns = {**COLUMNS, "description": "Text", "starts_on": "Från", "serves": "För"}
    rows = [
        [*TABLE[0][:3], "Text", "Från", "För"],
        ["P-1", "Nytt", "", "", "2027-06-01", "hela kommunen"],
    ]

    answer = send_table(client, finance, rows, columns=columns, department="GFK", kind="social")
    shown = applied(client, finance, INVESTMENTS, answer)

    [change] = shown["changes"]
    assert change["before"] == {"name": "Gammalt", "starts_on": "2027-01-01", "serves": "local"}
    assert change["after"] == {"name": "Nytt", "starts_on": "2027-06-01", "serves": "citywide"}
    made = read(client, finance, "P-1")
    assert (made["department"], made["kind"], made["description"]) == (
        "FGK",
        "physical",
        "Belysning.",
    )


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_several_areas_share_equally(client: TestClient, keys: Keys, engine: Engine, number: int):
    codes = scenario.put_scheme(engine, "grid")[:number]
    columns = {**COLUMNS, "area": "Område"}
    rows = [[*TABLE[0][:3], "Område"], ["P-1", "Gångväg", "FGK", " ; ".join(codes)]]
    form = {"columns": columns, "scheme": "grid"}

    applied(client, keys["finance"], INVESTMENTS, send_table(client, keys["finance"], rows, **form))

    shares = read(client, keys["finance"], "P-1")["area_shares"]["grid"]
    assert [share["code"] for share in shares] == codes
    assert sum(share["share"] for share in shares) == pytest.approx(1)
    again = previewed(send_table(client, keys["finance"], rows, **form))
    assert again["counts"]["unchanged"] == 1


def test_every_fault_of_every_row_is_listed_with_its_cell(
    client: TestClient, keys: Keys, engine: Engine
):
    scenario.put_scheme(engine, "grid")
    names = {"area": "Område", "starts_on": "Från", "ends_on": "Till", "program": "Program"}
    rows = [
        [*TABLE[0][:3], *names.values()],
        ["P 1", "a", "FGK", "A00", "", "", ""],
        ["P-2", "", "FGK", "A00", "", "", ""],
        ["P-3", "a", "XXX", "A00", "", "", ""],
        ["P-4", "a", "FGK", "A99", "", "", ""],
        ["P-5", "a", "FGK", "A00;A00", "", "", ""],
        ["P-6", "a", "FGK", "A00", "1 mars", "", ""],
        ["P-7", "a", "FGK", "A00", "2027-02-01", "2027-01-01", ""],
        ["P-8", "a", "FGK", "A00", "", "", "annat"],
        ["P-9", "a" * 201, "FGK", "A00", "", "", ""],
        ["", "Summa", "", "", "", "", ""],
    ]

    answer = send_table(client, keys["finance"], rows, columns={**COLUMNS, **names}, scheme="grid")
    shown = previewed(answer)

    assert kinds(shown) == [
        ("invalid", 2, "Projekt"),
        ("invalid", 3, "Benämning"),
        ("unknown_department", 4, "Förvaltning"),
        ("unknown_area", 5, "Område"),
        ("unknown_area", 6, "Område"),
        ("invalid", 7, "Från"),
        ("invalid", 8, None),
        ("unknown_program", 9, "Program"),
        ("invalid", 10, "Benämning"),
        ("no_code", 11, "Projekt"),
    ]
    assert shown["counts"] == {"added": 0, "changed": 0, "unchanged": 0, "refused": 10}
    assert apply(client, keys["finance"], INVESTMENTS, shown).status_code == 409


def test_without_a_place_or_a_reason_there_is_an_issue(client: TestClient, keys: Keys):
    shown = previewed(send_table(client, keys["finance"], not_located_reason=""))

    assert [kind for kind, _, _ in kinds(shown)] == ["no_location", "no_location"]


def test_rows_of_one_investment_must_agree(client: TestClient, keys: Keys):
    rows = [TABLE[0], ["P-1", "a", "FGK", 1, 2], ["P-1", "b", "FGK", 1, 2]]

    shown = previewed(send_table(client, keys["finance"], rows))

    assert kinds(shown) == [("contradiction", 3, "Projekt")]


def test_rows_of_one_investment_add_up(client: TestClient, keys: Keys):
    finance = keys["finance"]
    rows = [TABLE[0], ["P-1", "a", "FGK", 1, 2], ["P-1", "a", "FGK", 3, -1]]

    applied(client, finance, INVESTMENTS, with_years(client, finance, rows=rows, unit="kr"))

    assert forecast(client, finance, "P-1") == [
        (2027, "capital", "expense", "4.00"),
        (2028, "capital", "expense", "2.00"),
        (2028, "capital", "income", "1.00"),
    ]


def test_a_department_imports_its_own_only(client: TestClient, keys: Keys, engine: Engine):
    own = scenario.department_key(engine, "FGK")
    scenario.put_investment(client, keys["admin"], code="P-3", department="GFK")
    rows = [
        TABLE[0],
        ["P-1", "Gångväg", "FGK", 1, 2],
        ["P-2", "Skola", "GFK", 1, 2],
        ["P-3", "Skola", "FGK", 1, 2],
    ]

    shown = applied(
        client, own, INVESTMENTS, with_years(client, own, rows=rows, skip_errors="true")
    )

    assert kinds(shown) == [("not_own", 3, "Förvaltning"), ("not_own", 4, "Förvaltning")]
    assert shown["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 2}
    assert read(client, own, "P-3")["department"] == "GFK"
    assert forecast(client, own, "P-1") != []


def test_a_department_does_not_give_its_own_away(client: TestClient, keys: Keys, engine: Engine):
    own = scenario.department_key(engine, "FGK")
    scenario.put_investment(client, keys["admin"], code="P-1")
    rows = [TABLE[0], ["P-1", "Gångväg", "GFK", 1, 2]]

    assert [kind for kind, _, _ in kinds(previewed(send_table(client, own, rows)))] == ["not_own"]


def test_an_assessed_investment_keeps_its_program(client: TestClient, keys: Keys):
    scenario.put_program(client, keys["admin"], code="other")
    scenario.put_investment(client, keys["admin"], code="P-1")
    scenario.submit(client, keys["admin"], "P-1")
    rows = [["Projekt", "Program"], ["P-1", "other"]]

    answer = send_table(
        client, keys["finance"], rows, columns={"code": "Projekt", "program": "Program"}
    )

    assert kinds(previewed(answer)) == [("program_kept", 2, "Program")]


def test_a_code_taken_since_the_preview_is_a_refusal_that_changes_nothing(
    client: TestClient, keys: Keys
):
    finance = keys["finance"]
    shown = previewed(send_table(client, finance))
    scenario.put_investment(client, keys["admin"], code="P-1", name="Annan")

    refused = apply(client, finance, INVESTMENTS, shown)

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/import-not-applicable"
    assert client.get("/v1/investments", headers=finance).json()["total"] == 1


def test_an_apply_that_fails_half_way_changes_nothing(client: TestClient, keys: Keys):
    finance, admin = keys["finance"], keys["admin"]
    scenario.put_program(client, admin, code="gone")
    rows = [["Projekt", "Benämning", "Förvaltning", "Program"]]
    rows += [["P-1", "a", "FGK", "lindangen"], ["P-2", "b", "FGK", "gone"]]
    answer = send_table(client, finance, rows, columns={**COLUMNS, "program": "Program"})
    shown = previewed(answer)
    tag = client.get("/v1/programs/gone", headers=admin).headers["etag"]
    client.delete("/v1/programs/gone", headers={**admin, "If-Match": tag})
    events = client.get("/v1/events", headers=admin).json()["total"]

    refused = apply(client, finance, INVESTMENTS, shown)

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/import-not-applicable"
    assert "P-2" in refused.json()["reasons"][0]["detail"]
    assert client.get("/v1/investments", headers=finance).json()["total"] == 0
    assert client.get("/v1/events", headers=admin).json()["total"] == events
    assert (
        client.get(f"{INVESTMENTS}/{shown['id']}", headers=finance).json()["status"] == "previewed"
    )


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-1", "<script>"])
def test_a_formula_in_a_text_is_kept_as_text(client: TestClient, keys: Keys, name: str):
    finance = keys["finance"]
    content = csv([TABLE[0][:3], ["P-1", name, "FGK"]])

    applied(
        client, finance, INVESTMENTS, send(client, finance, INVESTMENTS, content, COLUMNS, **NEW)
    )

    assert read(client, finance, "P-1")["name"] == name


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"columns": {**COLUMNS, "area": "Område"}}, ""),
        ({"columns": {**COLUMNS, "years": {"2027": "2027"}}, "type": ""}, ""),
        ({"scheme": "none"}, "/scheme"),
        ({"program": "none"}, "/program"),
        ({"kind": "both"}, "/kind"),
        ({"columns": {"name": "Benämning"}}, "/columns/code"),
        ({"direction": "income"}, "/direction"),
    ],
)
def test_a_form_that_can_not_be_used_says_which_field(
    client: TestClient, keys: Keys, form: Any, pointer: str
):
    assert pointers(send_table(client, keys["finance"], **form))[0].startswith(pointer)


def test_details_come_in_the_language_that_is_asked_for(client: TestClient, keys: Keys):
    finance = keys["finance"]
    shown = previewed(send_table(client, finance, not_located_reason=""))
    path = f"{INVESTMENTS}/{shown['id']}"

    swedish = client.get(path, headers={**finance, "Accept-Language": "sv"}).json()

    assert "Give an area" in shown["issues"][0]["detail"]
    assert "Ange område" in swedish["issues"][0]["detail"]
