"""Six gates' history, money and costs for investments that `filling.fill` has made."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, text, update

from bench.filling import GATES, add_in_batches
from portfolio.accounts.models import AccountingObject, OutcomeImport, OutcomePosting
from portfolio.clock import now
from portfolio.costs.models import Component, ConsequenceLine, ConsequenceSum, InternalRate
from portfolio.gates.models import Assessment, GateDecision
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.money.models import PlanLine

YEARS = range(2027, 2077)
VERSION_OF = InvestmentVersion.investment_id
STEPS = {
    name: {"verdict": "positive", "reasoning": "Väl avvägt. " * 5, "confidence": "high"}
    for name in ("strategy", "benefits", "market", "economy")
} | {"governance": {"verdict": "positive", "plan": {"next_gate_on": "2027-03-31"}}}


def add_history(engine: Engine) -> None:
    """A submitted round and a decision with a line at each gate; a forecast; outcome; costs."""
    with engine.begin() as connection:
        ids = list(connection.execute(select(Investment.id).order_by(Investment.id)).scalars())
        add_in_batches(connection, Assessment, _rounds(ids))
        add_in_batches(connection, GateDecision, _decisions(ids))
        add_in_batches(connection, PlanLine, _lines(ids))
        add_in_batches(connection, ConsequenceSum, _consequences(ids))
        connection.execute(insert(OutcomeImport), [_import()])
        add_in_batches(connection, AccountingObject, _objects(ids))
        add_in_batches(connection, OutcomePosting, _postings(ids))
        connection.execute(
            update(Investment).values(
                outcome_capital=Investment.decided_capital // 3,
                consequence_decided=3_000_000,
                consequence_forecast=3_100_000,
            )
        )
        if engine.dialect.name == "postgresql":
            for table in ("assessment", "gate_decision"):
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                        f" (SELECT max(id) FROM {table}))"
                    )
                )


def _rounds(ids: list[Any]) -> Iterator[dict[str, Any]]:
    for id in ids:
        for position, gate in enumerate(GATES):
            yield {
                "id": id * 10 + position,
                "investment_id": id,
                "round": position + 1,
                "gate": gate,
                "arrived_by": id * 10 + position - 1 if position else None,
                "status": "submitted",
                "steps": STEPS,
                "created_at": now(),
                "submitted_at": now(),
                "frozen": {"total": "1000.00"},
            }


def _decisions(ids: list[Any]) -> Iterator[dict[str, Any]]:
    for id in ids:
        for position, gate in enumerate(GATES):
            yield {
                "id": id * 10 + position,
                "investment_id": id,
                "gate": gate,
                "outcome": "pass",
                "decided_by": "executive_board",
                "decided_on": date(2020 + position, 1, 1) + timedelta(days=id % 300),
                "case_number": f"STK-{2020 + position}-{id}",
                "reason": "Väl avvägt.",
                "outweighings": [],
                "released_amount": 1000,
                "assessment_id": id * 10 + position,
                "decides_lines": True,
                "snapshot": "{}",
                "snapshot_sha256": "0" * 64,
                "recorded_at": now(),
            }


def _lines(ids: list[Any]) -> Iterator[dict[str, Any]]:
    for id in ids:
        for position in range(len(GATES)):
            yield _line(id, "decided", id * 10 + position, 2027)
        yield _line(id, "forecast", None, 2027)
        yield _line(id, "forecast", None, 2028)


def _line(id: int, series: str, decision_id: int | None, year: int) -> dict[str, Any]:
    return {
        "investment_id": id,
        "series": series,
        "decision_id": decision_id,
        "year": year,
        "type": "capital",
        "direction": "expense",
        "department": f"D{id % 10}",
        "amount": 100_000_000 + id,
        "recorded_at": now(),
    }


def _consequences(ids: list[Any]) -> Iterator[dict[str, Any]]:
    years = {str(year): 100_000 for year in range(2027, 2057)}
    for id in ids:
        for decision_id in (None, id * 10 + 3):
            yield {
                "investment_id": id,
                "decision_id": decision_id,
                "total": 3_000_000,
                "years": years,
                "recorded_at": now(),
            }


def _import() -> dict[str, Any]:
    return {
        "id": 1,
        "status": "applied",
        "ledger": "main",
        "year": 2026,
        "extent": "whole",
        "source": {},
        "counts": {},
        "issues": [],
        "impact": {},
        "created_at": now(),
    }


def _objects(ids: list[Any]) -> Iterator[dict[str, Any]]:
    for id in ids:
        yield {
            "investment_id": id,
            "ledger": "main",
            "dimension": "6",
            "object": str(id),
            "recorded_at": now(),
        }


def _postings(ids: list[Any]) -> Iterator[dict[str, Any]]:
    for id in ids:
        for month in (3, 6, 9):
            yield {
                "import_id": 1,
                "ledger": "main",
                "year": 2026,
                "dimension": "6",
                "object": str(id),
                "voucher": f"A {id}",
                "voucher_date": date(2026, month, 1),
                "account": "1140",
                "type": "capital",
                "direction": "expense",
                "amount": 1_000_000 + id,
                "recorded_at": now(),
            }


def add_costs(engine: Engine, investments: int) -> None:
    """Components, lines and rates for the first investments; their program has only those left."""
    with engine.begin() as connection:
        query = select(Investment.id).order_by(Investment.id)
        ids = list(connection.execute(query.limit(investments)).scalars())
        for model, id in ((Investment, Investment.id), (InvestmentVersion, VERSION_OF)):
            connection.execute(update(model).where(id > ids[-1]).values(program_id=None))
        rates = [
            {"year": year, "rate": "2.5", "source": "Mätning", "recorded_at": now()}
            for year in YEARS
        ]
        connection.execute(insert(InternalRate), rates)
        add_in_batches(connection, Component, _components(ids))
        add_in_batches(connection, ConsequenceLine, _consequence_lines(ids))


def _components(ids: list[Any]) -> Iterator[dict[str, Any]]:
    for id in ids:
        for number, years in enumerate((50, 30, 20, 10)):
            yield {
                "number": id * 10 + number,
                "investment_id": id,
                "name": f"Komponent {number}",
                "acquisition": 2_500_000_000 + id,
                "residual": 0,
                "useful_life_years": years,
                "in_use_from": date(2027, 1, 1),
                "land": False,
                "grant": 0,
                "recorded_at": now(),
            }


def _consequence_lines(ids: list[Any]) -> Iterator[dict[str, Any]]:
    for id in ids:
        for number, category in enumerate(("operation", "maintenance", "staff", "income")):
            yield {
                "number": id * 10 + number,
                "investment_id": id,
                "category": category,
                "department": f"D{id % 10}",
                "year": 2027,
                "to_year": 2076,
                "amount": 1_000_000 + id,
                "note": "",
                "recorded_at": now(),
            }
