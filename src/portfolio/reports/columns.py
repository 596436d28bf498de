"""The columns of gate status, with their labels and kinds. Pure."""

from dataclasses import dataclass
from typing import Literal

from portfolio.language import Text

Kind = Literal["text", "list", "date", "number", "money"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field in JSON, its label in exports, and how a cell is written."""

    name: str
    label: Text
    kind: Kind = "text"


def _money(name: str, sv: str, en: str) -> tuple[Column, Column, Column]:
    """The amount, and the same apart for capital and operating (M1)."""
    suffix = "" if name == "deviation" else "_total"
    return (
        Column(f"{name}{suffix}", Text(sv, en), "money"),
        Column(f"{name}_capital", Text(f"{sv}, investering", f"{en}, capital"), "money"),
        Column(f"{name}_operating", Text(f"{sv}, drift", f"{en}, operating"), "money"),
    )


GATE_STATUS = (
    Column("investment", Text("Investering", "Investment")),
    Column("name", Text("Namn", "Name")),
    Column("kind", Text("Slag", "Kind")),
    Column("program", Text("Program", "Program")),
    Column("steering", Text("Styrning", "Steering")),
    Column("areas", Text("Områden", "Areas"), "list"),
    Column("department", Text("Förvaltning", "Department")),
    Column("gate", Text("Grind", "Gate")),
    Column("gate_position", Text("Grindens ordning", "Gate position"), "number"),
    Column("status", Text("Status", "Status")),
    Column("last_outcome", Text("Senaste utfall", "Last outcome")),
    Column("last_decided_on", Text("Senast beslutad", "Last decided on"), "date"),
    Column("last_decided_by", Text("Senast beslutad av", "Last decided by")),
    Column("last_case_number", Text("Diarienummer", "Case number")),
    Column("review_on", Text("Omprövas", "Review on"), "date"),
    Column("next_gate_on", Text("Nästa grind", "Next gate on"), "date"),
    Column("weak_steps", Text("Svaga steg", "Weak steps"), "list"),
    Column("open_conditions", Text("Öppna villkor", "Open conditions"), "number"),
    *_money("decided", "Beslutat", "Decided"),
    *_money("forecast", "Prognos", "Forecast"),
    *_money("outcome", "Utfall", "Outcome"),
    *_money("deviation", "Avvikelse", "Deviation"),
    Column("released_total", Text("Släppt", "Released"), "money"),
    Column("remaining_to_release", Text("Kvar att släppa", "Remaining to release"), "money"),
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
MONEY = tuple(column.name for column in GATE_STATUS if column.kind == "money")
