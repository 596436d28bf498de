"""The columns of the operating consequence, with their labels. Pure."""

from portfolio.language import Text
from portfolio.reports.columns import Column

AMOUNTS = (
    Column("depreciation", Text("Avskrivning", "Depreciation"), "money"),
    Column("interest", Text("Internränta", "Interest"), "money"),
    Column("capital_cost", Text("Kapitalkostnad", "Capital cost"), "money"),
    Column("operation", Text("Drift", "Operation"), "money"),
    Column("maintenance", Text("Underhåll", "Maintenance"), "money"),
    Column("staff", Text("Personal", "Staff"), "money"),
    Column("one_off", Text("Engångskostnad", "One-off"), "money"),
    Column("grant", Text("Bidrag", "Grant"), "money"),
    Column("income", Text("Intäkt", "Income"), "money"),
    Column("savings", Text("Besparing", "Savings"), "money"),
    Column("total", Text("Summa", "Total"), "money"),
)
CONSEQUENCE = (
    Column("department", Text("Förvaltning", "Department")),
    Column("year", Text("År", "Year"), "number"),
    *AMOUNTS,
)
SHEET = Text("Driftkonsekvens", "Operating consequence")
