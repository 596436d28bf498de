"""What money and steering begin with: settings, the account map, and what may not change."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What is decided and what is booked in the ledger can't be altered, only added to.
APPEND_ONLY = (
    "steering_decision",
    "frame",
    "ledger_entry",
    "ledger_posting",
    "reallocation_consent",
)
SETTINGS = {
    "interest_convention": "opening",
    "price_index": "",
    "reallocation_body": "council",
    "reallocation_limit": "15000000.00",
    "reallocation_days": 90,
    "outcome_tolerance_percent": 10.0,
    "release_tolerance_percent": 10.0,
}
# Classes of Kommun-Bas by the first digit of the account (M3); 2, the balance, is left out.
ACCOUNTS = (
    ("1", "1", "capital", "expense"),
    ("2", "2", None, None),
    ("3", "3", "operating", "income"),
    ("4", "8", "operating", "expense"),
)


def upgrade() -> None:
    setting = sa.table("setting", sa.column("name"), sa.column("value"))
    op.bulk_insert(
        setting, [{"name": name, "value": json.dumps(value)} for name, value in SETTINGS.items()]
    )
    _add_account_map()
    op.execute("UPDATE investment SET consequence_forecast = 0")
    _add_accounting_objects()
    _mark_what_is_sunk()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _add_account_map() -> None:
    table = sa.table(
        "account_range",
        sa.column("first"),
        sa.column("last"),
        sa.column("type"),
        sa.column("direction"),
        sa.column("recorded_at", sa.DateTime(timezone=True)),
    )
    now = datetime.now(UTC)
    names = ("first", "last", "type", "direction")
    rows = [{**dict(zip(names, row, strict=True)), "recorded_at": now} for row in ACCOUNTS]
    op.bulk_insert(table, rows)


def _add_accounting_objects() -> None:
    """What investments named already; of two that name the same, the first keeps it."""
    bind = op.get_bind()
    investment = sa.table("investment", sa.column("id"), sa.column("accounting_objects"))
    table = sa.table(
        "accounting_object",
        sa.column("investment_id"),
        sa.column("ledger"),
        sa.column("dimension"),
        sa.column("object"),
        sa.column("recorded_at", sa.DateTime(timezone=True)),
    )
    now = datetime.now(UTC)
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for id, listed in bind.execute(sa.select(investment).order_by(investment.c.id)):
        for named in json.loads(listed or "[]"):
            key = (named["ledger"], named["dimension"], named["object"])
            fields = dict(zip(("ledger", "dimension", "object"), key, strict=True))
            rows.setdefault(key, {"investment_id": id, **fields, "recorded_at": now})
    op.bulk_insert(table, list(rows.values()))


def _mark_what_is_sunk() -> None:
    """Investments that were stopped before they were handed over."""
    bind = op.get_bind()
    template = sa.table("gate_template", sa.column("id"), sa.column("gates"))
    investment = sa.table(
        "investment",
        sa.column("template_id"),
        sa.column("gate_position"),
        sa.column("status"),
        sa.column("sunk", sa.Boolean()),
    )
    for id, gates in bind.execute(sa.select(template)).all():
        codes = [gate["code"] for gate in json.loads(gates)]
        handover = codes.index("handover") if "handover" in codes else len(codes) - 2
        stopped = (investment.c.template_id == id, investment.c.status == "stopped")
        before = investment.c.gate_position <= handover
        bind.execute(sa.update(investment).where(*stopped, before).values(sunk=True))


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
    names = ", ".join(f"'{name}'" for name in SETTINGS)
    op.execute(f"DELETE FROM setting WHERE name IN ({names})")  # noqa: S608  names from above
