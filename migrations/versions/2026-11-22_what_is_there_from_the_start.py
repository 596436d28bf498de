"""What is there from the start: bodies, decision levels, gate templates, and what may not change.

Events and decisions are append-only; the database itself refuses to alter them, so that no
mistake in the program can.
"""

import json
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("event", "gate_decision", "decision_condition", "condition_fulfilment")

BODIES = (
    ("council", "Kommunfullmäktige", "council"),
    ("executive_board", "Kommunstyrelsen", "executive_board"),
)
# Öre. The executive board decides above 15 million SEK, the council above 50 (G12).
LEVELS = ((1_500_000_000, "executive_board"), (5_000_000_000, "council"))

NEED = ("need", "Behov, initiering", "Is there a need here worth a place in the program?", "study")
STUDY = ("study", "Utredningsbeslut", "Is the problem right, are the options open?", "options")
DIRECTION = ("direction", "Inriktningsbeslut", "Which option, with which partners?", "planning")
IMPLEMENTATION = (
    "implementation",
    "Genomförandebeslut",
    "Release the main money; steering takes effect",
    "realisation",
)
HANDOVER = ("handover", "Överlämning", "Ready, and does a line owner take over?", "operation")
BENEFITS = (
    "benefits",
    "Nyttouppföljning",
    "Did it give what was promised; does it go on?",
    "closed",
)
TEMPLATES = (
    (
        "standard",
        "Standard",
        (NEED, STUDY, DIRECTION, IMPLEMENTATION, HANDOVER, BENEFITS),
    ),
    ("light", "Lätt", (DIRECTION, IMPLEMENTATION, BENEFITS)),
    ("micro", "Mikro", (IMPLEMENTATION, BENEFITS)),
)


SETTINGS = {
    "sliver_percent": 1.0,
    "reconsideration_tolerance_percent": 10.0,
    "overlap_tolerance_m2": 1.0,
    "gap_tolerance_m": 0.1,
}


def upgrade() -> None:
    chain = sa.table("event_chain", sa.column("id"), sa.column("last_id"), sa.column("last_hash"))
    # A way down leaves these rows, since others point at them; a second way up adds no more.
    if op.get_bind().execute(sa.select(chain.c.id)).first() is None:
        _add_bodies()
        _add_levels()
        _add_templates()
        setting = sa.table("setting", sa.column("name"), sa.column("value"))
        rows = [{"name": name, "value": json.dumps(value)} for name, value in SETTINGS.items()]
        op.bulk_insert(setting, rows)
        op.execute(chain.insert().values(id=1, last_id=0, last_hash="0" * 64))
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _add_bodies() -> None:
    body = sa.table("body", sa.column("code"), sa.column("name"), sa.column("level"))
    op.bulk_insert(body, [{"code": c, "name": n, "level": level} for c, n, level in BODIES])


def _add_levels() -> None:
    table = sa.table(
        "decision_level",
        sa.column("valid_from", sa.Date()),
        sa.column("above", sa.BigInteger()),
        sa.column("level"),
        sa.column("recorded_at", sa.DateTime(timezone=True)),
    )
    shared = {"valid_from": date(1900, 1, 1), "recorded_at": datetime.now(UTC)}
    op.bulk_insert(table, [{"above": above, "level": level, **shared} for above, level in LEVELS])


def _add_templates() -> None:
    table = sa.table(
        "gate_template",
        sa.column("code"),
        sa.column("version"),
        sa.column("name"),
        sa.column("gates"),
        sa.column("recorded_at", sa.DateTime(timezone=True)),
    )
    for code, name, gates in TEMPLATES:
        listed = [
            {
                "code": gate,
                "name": swedish,
                "asks": asks,
                "phase": phase,
                "realisation": gate == "implementation",
            }
            for gate, swedish, asks, phase in gates
        ]
        row = {
            "code": code,
            "version": 1,
            "name": name,
            "gates": json.dumps(listed, ensure_ascii=False),
            "recorded_at": datetime.now(UTC),
        }
        op.bulk_insert(table, [row])


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END $$"
    )
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
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
