"""Operating consequences over HTTP: of investments, programs and departments."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from portfolio.accounts.models import AccountingObject, OutcomeImport, OutcomePosting
from portfolio.clock import now
from portfolio.database.engine import transaction
from portfolio.investments.models import Investment
from portfolio.investments.objects import refresh_outcome
from tests import scenario
from tests.costs.costing import (
    CODE,
    change,
    column,
    consequence,
    put_component,
    put_line,
    put_rates,
    read,
)
from tests.gates.life import PATH, pass_gate
from tests.reports.counting import statements
from tests.scenario import Headers, decide, line, ok, put_lines, rules, submit

Keys = dict[str, Headers]
PROGRAM = "/v1/programs/lindangen/consequence"
COLUMNS = (
    "year",
    "depreciation",
    "interest",
    "capital_cost",
    "operation",
    "maintenance",
    "staff",
    "one_off",
    "grant",
    "income",
    "savings",
    "total",
)


@pytest.fixture
def admin(client: TestClient, keys: Keys) -> Headers:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])
    return keys["admin"]


def of_department(client: TestClient, headers: Headers, department: str, **query: Any) -> Any:
    return read(client, headers, f"/v1/departments/{department}/consequence", **query)


def moment() -> str:
    return datetime.now(UTC).isoformat()


def set_monthly(client: TestClient, admin: Headers) -> None:
    ok(change(client, admin, "/v1/settings", {"interest_convention": "monthly"}), 200)


def book(engine: Engine, amount: int, code: str = CODE) -> None:
    """Capital booked on an object of the investment's."""
    with transaction(engine) as session:
        investment = session.exec(select(Investment).where(Investment.code == code)).one()
        applied = now()
        row = OutcomeImport(
            status="applied",
            ledger="main",
            year=2026,
            extent="whole",
            source={},
            counts={},
            issues=[],
            impact={},
            created_at=applied,
        )
        session.add(row)
        where: dict[str, Any] = {"ledger": "main", "dimension": "6", "object": code}
        owner = AccountingObject(investment_id=investment.id or 0, recorded_at=applied, **where)
        session.add(owner)
        session.flush()
        session.add(
            OutcomePosting(
                import_id=row.id or 0,
                **where,
                year=2026,
                voucher="A 1",
                voucher_date=date(2026, 5, 1),
                account="1140",
                type="capital",
                direction="expense",
                amount=amount,
                recorded_at=applied,
            )
        )
        session.flush()
        refresh_outcome(session, [investment])


def test_v_cap_1_through_the_api(client, admin):
    put_rates(client, admin)
    put_component(client, admin)

    answer = consequence(client, admin)

    assert [year["year"] for year in answer["years"]] == list(range(2027, 2057))
    assert tuple(sorted(answer["years"][0])) == tuple(sorted(COLUMNS))
    assert answer["years"][0]["depreciation"] == "2000000.00"
    assert answer["years"][0]["interest"] == "1500000.00"
    costs = column(answer, "capital_cost")
    assert (costs[0], costs[1], costs[29]) == ("3500000.00", "3450000.00", "2050000.00")
    assert answer["totals"]["interest"] == "23250000.00"
    assert answer["totals"]["total"] == "83250000.00"


def test_v_cap_2_through_the_api(client, admin):
    put_rates(client, admin)
    set_monthly(client, admin)
    put_component(client, admin, in_use_from="2027-07-01")

    costs = column(consequence(client, admin), "capital_cost")

    assert (costs[0], costs[1], costs[-1]) == ("1744791.67", "3452083.33", "1007291.67")


def test_v_cap_3_through_the_api(client, admin):
    put_rates(client, admin)
    expected = []
    for at, (name, cost, life, capital_cost) in enumerate(
        [
            ("frame", "25000000.00", 50, "1125000.00"),
            ("roof", "8000000.00", 30, "466666.67"),
            ("installations", "15000000.00", 20, "1125000.00"),
            ("fittings", "7000000.00", 10, "875000.00"),
            ("land", "5000000.00", None, "125000.00"),
        ]
    ):
        code = f"C-{at}"
        scenario.put_investment(client, admin, code=code)
        fields: dict[str, Any] = {"name": name, "acquisition": cost, "useful_life_years": life}
        fields["land"] = life is None
        put_component(client, admin, code, **fields)
        put_component(client, admin, **fields)
        expected.append(capital_cost)

    alone = [column(consequence(client, admin, f"C-{at}"), "capital_cost")[0] for at in range(5)]
    together = consequence(client, admin)

    assert alone == expected
    assert together["years"][0]["capital_cost"] == "3716666.67"
    # The land counts as long as the frame.
    assert together["years"][-1]["year"] == 2076
    assert together["years"][-1]["interest"] == "137500.00"


def test_lines_and_a_dissolved_grant_make_the_total(client, admin):
    put_rates(client, admin)
    put_component(client, admin, acquisition="300.00", grant="30.00")
    for category, amount in (
        ("operation", "1.00"),
        ("maintenance", "2.00"),
        ("staff", "4.00"),
        ("one_off", "8.00"),
        ("grant", "16.00"),
        ("income", "32.00"),
        ("savings", "64.00"),
    ):
        put_line(client, admin, category=category, amount=amount)

    first = consequence(client, admin)["years"][0]

    assert (first["depreciation"], first["interest"], first["capital_cost"]) == (
        "10.00",
        "7.50",
        "17.50",
    )
    assert (first["grant"], first["savings"]) == ("17.00", "64.00")
    assert first["total"] == "-80.50"


def test_nothing_entered_has_no_years(client, admin):
    answer = consequence(client, admin)

    assert answer == {
        "investment": CODE,
        "series": "forecast",
        "years": [],
        "totals": dict.fromkeys(COLUMNS[1:], "0.00"),
        "by_department": [],
    }


def test_every_missing_year_is_named_wherever_it_is_asked_for(client, admin):
    put_rates(client, admin, 2027, 2050)
    put_component(client, admin)
    scenario.put_investment(client, admin, code="LIN-02", department="GFK")
    put_component(client, admin, "LIN-02", useful_life_years=2, in_use_from="2060-01")

    def missing(path: str) -> str:
        answer = client.get(path, headers=admin)
        assert rules(answer) == {"M2"}
        problem = answer.json()
        assert problem["type"] == "/problems/rate-missing"
        years = problem["detail"].partition(" for ")[2].partition(";")[0]
        assert len(problem["reasons"]) >= 2
        return str(years)

    assert missing(f"{PATH}/consequence") == "2051-2056"
    assert missing(PROGRAM) == "2051-2056, 2060-2061"
    assert missing("/v1/departments/GFK/consequence") == "2060-2061"
    assert missing(f"{PATH}/consequence?format=csv&to_year=2030") == "2051-2056"


def test_a_program_is_the_sum_of_its_investments_and_departments_sum_to_it(client, admin):
    put_rates(client, admin)
    scenario.put_investment(client, admin, code="LIN-02", department="GFK")
    scenario.put_investment(client, admin, code="ELSE", program=None)
    put_component(client, admin, acquisition="100.01", department="GFK")
    put_component(client, admin, "LIN-02", acquisition="33.34", in_use_from="2028-05")
    put_component(client, admin, "ELSE", acquisition="77.00", useful_life_years=2)
    put_line(client, admin, category="income", department="FGK", to_year=2029)

    def ore(amount: str) -> int:
        return int(amount.replace(".", ""))

    def by_year(answer: Any) -> dict[int, int]:
        return {year["year"]: ore(year["total"]) for year in answer["years"]}

    def summed(*answers: Any) -> dict[int, int]:
        years = {year for answer in answers for year in by_year(answer)}
        return {year: sum(by_year(one).get(year, 0) for one in answers) for year in years}

    program = read(client, admin, PROGRAM)
    parts = [consequence(client, admin, code) for code in (CODE, "LIN-02")]
    departments = [of_department(client, admin, one) for one in ("FGK", "GFK")]

    assert program["program"] == "lindangen"
    assert by_year(program) == summed(*parts) == summed(*program["by_department"])
    assert summed(*departments) == summed(program, consequence(client, admin, "ELSE"))
    assert "by_department" not in departments[0]
    assert of_department(client, admin, "FGK")["years"][0]["income"] == "100.00"


def test_only_the_years_asked_for_are_shown_and_summed(client, admin):
    put_rates(client, admin)
    put_component(client, admin)

    answer = consequence(client, admin, from_year=2028, to_year=2029)

    assert [year["year"] for year in answer["years"]] == [2028, 2029]
    assert answer["totals"]["capital_cost"] == "6850000.00"
    assert [len(one["years"]) for one in answer["by_department"]] == [2]
    assert consequence(client, admin, from_year=2400)["years"] == []


@pytest.mark.parametrize(
    "query",
    [
        "from_year=2030&to_year=2029",
        "from_year=0",
        "to_year=9999",
        "from_year=x",
        "series=outcome",
        "format=pdf",
        "unit=tkr",
        "known_at=2027-01-01",
        "colour=red",
    ],
)
def test_a_bad_question_is_refused(client, admin, query):
    for path in (f"{PATH}/consequence", PROGRAM, "/v1/departments/FGK/consequence"):
        assert client.get(f"{path}?{query}", headers=admin).status_code == 400


def test_what_is_not_there_is_not_found(client, admin):
    for path in ("investments/X", "programs/x", "departments/X", "area-schemes/x/areas/A"):
        assert client.get(f"/v1/{path}/consequence", headers=admin).status_code == 404


def test_it_can_be_asked_as_it_was_known(client, admin):
    before_all = moment()
    put_rates(client, admin)
    added = put_component(client, admin)
    put_line(client, admin)
    before_change = moment()
    path = f"{PATH}/components/{added['id']}"
    ok(change(client, admin, path, {"acquisition": "120000000.00"}), 200)
    before_rate = moment()
    ok(change(client, admin, "/v1/internal-rates/2027", {"rate": "5"}), 200)
    ok(change(client, admin, PATH, {"department": "GFK"}), 200)

    def first(**query: Any) -> tuple[str, str, str]:
        answer = consequence(client, admin, **query)
        year = answer["years"][0]
        owners = {one["department"] for one in answer["by_department"]}
        return year["depreciation"], year["interest"], "+".join(sorted(owners))

    assert consequence(client, admin, known_at=before_all)["years"] == []
    assert first(known_at=before_change) == ("2000000.00", "1500000.00", "FGK")
    assert first(known_at=before_rate) == ("4000000.00", "3000000.00", "FGK")
    # The line stays its department's; the component is the investment's own department's.
    assert first() == ("4000000.00", "6000000.00", "FGK+GFK")
    assert of_department(client, admin, "GFK", known_at=before_rate)["years"] == []
    assert read(client, admin, PROGRAM, known_at=before_change) != read(client, admin, PROGRAM)


def test_decided_is_what_the_round_froze_whatever_changes_later(client, admin):
    put_rates(client, admin)
    added = put_component(client, admin)
    put_line(client, admin, category="staff", department="GFK", amount="7.00")
    assert consequence(client, admin, series="decided")["years"] == []
    pass_gate(client, admin, "need")
    frozen = consequence(client, admin)

    ok(change(client, admin, f"{PATH}/components/{added['id']}", {"residual": "5.00"}), 200)
    ok(change(client, admin, "/v1/internal-rates/2027", {"rate": "5"}), 200)
    set_monthly(client, admin)
    decided = consequence(client, admin, series="decided")

    assert decided == {**frozen, "series": "decided"}
    assert consequence(client, admin) != frozen
    assert read(client, admin, PROGRAM, series="decided")["years"] == frozen["years"]
    assert of_department(client, admin, "GFK", series="decided")["totals"]["total"] == "7.00"


def test_a_round_can_not_be_submitted_while_a_rate_is_missing(client, admin):
    put_component(client, admin)
    submitted = scenario.steps()
    number = ok(
        client.post(f"{PATH}/assessments", json={"gate": "need", "steps": submitted}, headers=admin)
    )["round"]

    refused = client.post(f"{PATH}/assessments/{number}/submit", headers=admin)

    assert rules(refused) == {"M2"}
    assert refused.json()["type"] == "/problems/rate-missing"
    put_rates(client, admin)
    frozen = ok(client.post(f"{PATH}/assessments/{number}/submit", headers=admin), 200)["frozen"]
    assert frozen["consequence"]["total"] == "83250000.00"
    assert [rate["year"] for rate in frozen["rates"]] == list(range(2027, 2057))


def test_g13_an_operating_consequence_over_the_tolerance_asks_for_reconsideration(client, admin):
    put_rates(client, admin)
    put_line(client, admin, amount="100.00")
    for gate in ("need", "study", "direction", "implementation"):
        pass_gate(client, admin, gate)
    added = put_line(client, admin, category="staff", amount="10.00")
    path = f"{PATH}/consequence-lines/{added['id']}"
    assert read(client, admin, PATH)["status"] == "preparing"

    ok(change(client, admin, path, {"amount": "10.01"}), 200)
    exceeded = read(client, admin, PATH)["status"]
    ok(change(client, admin, path, {"amount": "9.00"}), 200)

    assert exceeded == "reconsideration_required"
    assert read(client, admin, PATH)["status"] == "preparing"


def test_g13_a_changed_rate_changes_the_status_too(client, admin):
    put_rates(client, admin)
    put_component(client, admin, useful_life_years=1)
    for gate in ("need", "study", "direction", "implementation"):
        pass_gate(client, admin, gate)

    ok(change(client, admin, "/v1/internal-rates/2027", {"rate": "20"}), 200)

    assert read(client, admin, PATH)["status"] == "reconsideration_required"


def test_a_stop_before_handover_makes_what_was_spent_a_cost_of_that_year(client, admin, engine):
    put_rates(client, admin)
    put_component(client, admin, department="GFK")
    ok(put_lines(client, admin, CODE, line("1000.00")), 200)
    pass_gate(client, admin, "need")
    book(engine, 123_456)
    before_stop = moment()
    alive = consequence(client, admin)
    stop = {"gate": "study", "outcome": "stop", "lesson": "För dyrt."}
    stopped = ok(decide(client, admin, CODE, **stop, decided_on="2026-06-11"))

    answer = consequence(client, admin)

    assert [year["year"] for year in answer["years"]] == [2026]
    assert answer["totals"] == {
        **dict.fromkeys(COLUMNS[1:], "0.00"),
        "one_off": "1234.56",
        "total": "1234.56",
    }
    assert [one["department"] for one in answer["by_department"]] == ["FGK"]
    assert consequence(client, admin, known_at=moment()) == answer
    assert consequence(client, admin, known_at=before_stop) == alive
    assert of_department(client, admin, "FGK")["totals"]["one_off"] == "1234.56"
    assert of_department(client, admin, "GFK")["years"] == []
    # What was decided is as it was; a superseded stop brings back what is expected.
    assert consequence(client, admin, series="decided")["totals"] == alive["totals"]
    hold = {"gate": "study", "outcome": "hold", "supersedes": stopped["id"]}
    ok(decide(client, admin, CODE, **hold, decided_on="2026-06-12"))
    assert consequence(client, admin) == alive


def test_a_stop_after_handover_sinks_nothing(client, admin, engine):
    put_rates(client, admin)
    put_component(client, admin)
    for gate in ("need", "study", "direction", "implementation", "handover"):
        pass_gate(client, admin, gate)
    book(engine, 123_456)
    alive = consequence(client, admin)
    ok(decide(client, admin, CODE, gate="benefits", outcome="stop", decided_by="street_committee"))

    assert consequence(client, admin) == alive
    assert consequence(client, admin, known_at=moment()) == alive


def test_a_table_has_a_row_a_department_and_year_and_no_sums(client, admin):
    put_rates(client, admin)
    put_component(client, admin, acquisition="300.00", useful_life_years=2)
    put_line(client, admin, category="income", department="GFK", amount="1.50")

    response = client.get(f"{PATH}/consequence?format=csv", headers=admin)

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="driftkonsekvens-LIN-01.csv"' in response.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(response.text.lstrip("\ufeff")), delimiter=";"))
    assert rows[0][:5] == ["Förvaltning", "År", "Avskrivning", "Internränta", "Kapitalkostnad"]
    assert [row[:2] for row in rows[1:]] == [["FGK", "2027"], ["FGK", "2028"], ["GFK", "2027"]]
    assert rows[1][2:5] == ["150,00", "7,50", "157,50"]
    assert rows[3][-1] == "-1,50"


def test_a_spreadsheet_has_numbers_and_units_that_keep_the_sums(client, admin):
    put_rates(client, admin)
    put_component(client, admin, acquisition="100000.00", useful_life_years=3)
    headers = {
        **admin,
        "Accept": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Accept-Language": "en",
    }

    response = client.get(f"{PROGRAM}?unit=tkr", headers=headers)
    sheet = openpyxl.load_workbook(io.BytesIO(response.content))["Operating consequence"]
    rows = list(sheet.values)

    assert rows[0][:3] == ("Department", "Year", "Depreciation (tkr)")
    assert [row[1] for row in rows[1:]] == [2027, 2028, 2029]
    assert [row[2] for row in rows[1:]] == [33, 34, 33]


def test_rows_of_a_table_in_thousands_add_up(client, admin):
    put_rates(client, admin)
    put_component(client, admin, acquisition="14000.00", useful_life_years=10)
    put_line(client, admin, category="operation", amount="430.00", to_year=2030)
    put_line(client, admin, category="staff", amount="470.00", to_year=2030)

    text = client.get(f"{PATH}/consequence?format=csv&unit=tkr", headers=admin).text
    header, *rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";")

    assert [label.partition(" (")[0] for label in header[2:5]] == [
        "Avskrivning",
        "Internränta",
        "Kapitalkostnad",
    ]
    assert len(rows) == 10
    for row in rows:
        depreciation, interest, capital, *others, total = (int(value) for value in row[2:])
        assert capital == depreciation + interest
        assert total == capital + sum(others[:4]) - sum(others[4:])


def test_a_whole_program_is_read_in_a_few_queries(client, admin, engine):
    put_rates(client, admin)
    put_component(client, admin)

    def sent() -> int:
        with statements(engine) as queries:
            read(client, admin, PROGRAM)
        return len(queries)

    with_one = sent()
    for at in range(3):
        scenario.put_investment(client, admin, code=f"MORE-{at}")
        put_component(client, admin, f"MORE-{at}")

    assert sent() == with_one <= 12


def test_an_unfinished_round_changes_nothing_that_is_decided(client, admin):
    put_rates(client, admin)
    put_component(client, admin)
    submit(client, admin, CODE)

    assert consequence(client, admin, series="decided")["years"] == []
