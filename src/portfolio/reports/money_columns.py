"""The columns of the reports on money, with their labels and kinds. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.amounts import format_amount
from portfolio.language import Text
from portfolio.reports.columns import Column

INVESTMENT = Column("investment", Text("Investering", "Investment"))
NAME = Column("name", Text("Namn", "Name"))
PROGRAM = Column("program", Text("Program", "Program"))
DEPARTMENT = Column("department", Text("Förvaltning", "Department"))
KIND = Column("kind", Text("Slag", "Kind"))
DECIDED_BY = Column("decided_by", Text("Beslutad av", "Decided by"))
CASE_NUMBER = Column("case_number", Text("Diarienummer", "Case number"))

DELEGATED = (
    INVESTMENT,
    NAME,
    PROGRAM,
    DEPARTMENT,
    Column("gate", Text("Grind", "Gate")),
    Column("reallocation", Text("Omfördelning", "Reallocation"), "number"),
    Column("outcome", Text("Utfall", "Outcome")),
    Column("decided_on", Text("Beslutad", "Decided on"), "date"),
    DECIDED_BY,
    CASE_NUMBER,
    Column("point", Text("Punkt i delegationsordningen", "Point of delegation")),
    Column("official", Text("Delegat", "Official")),
    Column("reported_on", Text("Anmäld", "Reported on"), "date"),
    Column("released_amount", Text("Släppt", "Released"), "money"),
)

ANNUAL = (
    INVESTMENT,
    NAME,
    PROGRAM,
    DEPARTMENT,
    KIND,
    Column("first_decided_on", Text("Första beslut", "First decided on"), "date"),
    Column("last_decided_on", Text("Senaste beslut", "Last decided on"), "date"),
    Column("decided", Text("Totalt, beslutat", "Total, decided"), "money"),
    Column("forecast", Text("Totalt, prognos", "Total, forecast"), "money"),
    Column("deviation", Text("Totalt, avvikelse", "Total, deviation"), "money"),
    Column("outcome", Text("Totalt, utfall", "Total, outcome"), "money"),
    Column(
        "operating_consequence_decided",
        Text("Driftkonsekvens, beslutad", "Operating consequence, decided"),
        "money",
    ),
    Column(
        "operating_consequence_forecast",
        Text("Driftkonsekvens, prognos", "Operating consequence, forecast"),
        "money",
    ),
    Column(
        "operating_consequence_deviation",
        Text("Driftkonsekvens, avvikelse", "Operating consequence, deviation"),
        "money",
    ),
)

DEVIATIONS = (
    INVESTMENT,
    NAME,
    PROGRAM,
    DEPARTMENT,
    Column("status", Text("Status", "Status")),
    Column("kind", Text("Avvikelse av slag", "Kind of deviation")),
    Column("type", Text("Typ", "Type")),
    Column("year", Text("År", "Year"), "number"),
    Column("expected", Text("Väntat", "Expected"), "money"),
    Column("actual", Text("Verkligt", "Actual"), "money"),
    Column("deviation", Text("Avvikelse", "Deviation"), "money"),
    Column("percent", Text("Procent", "Per cent"), "number"),
    Column("tolerance_percent", Text("Tolerans, procent", "Tolerance, per cent"), "number"),
    Column("exceeds", Text("Över toleransen", "Exceeds the tolerance")),
)


SHEETS = {
    "delegated": Text("Delegationsbeslut", "Delegated decisions"),
    "annual": Text("Årstabell", "Annual table"),
    "deviations": Text("Avvikelser", "Deviations"),
}


def as_json(columns: Sequence[Column], cells: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a table as it is in JSON: öre as decimal strings, the rest as it is."""
    return {
        column.name: (
            format_amount(cells[column.name])
            if column.kind == "money" and cells[column.name] is not None
            else cells[column.name]
        )
        for column in columns
    }


def as_cells(cells: Mapping[str, Any], *, csv: bool) -> dict[str, Any]:
    """A row as `tables` takes it: a flag is a word, and in CSV a fraction has a decimal comma."""
    return {name: _cell(value, csv=csv) for name, value in cells.items()}


def _cell(value: Any, *, csv: bool) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.2f}".replace(".", ",") if csv and isinstance(value, float) else value
