"""On SQLite, INSERT OR REPLACE does not get past the triggers that keep history as it is.

REPLACE removes the row that is in the way without asking the trigger that forbids deletions,
unless the program that does it asks for that (PRAGMA recursive_triggers). So an insert that
would meet a row is refused. On PostgreSQL an insert that updates asks the trigger for updates.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Each append-only table, with what no two of its rows may share.
KEYS: dict[str, list[tuple[str, ...]]] = {
    "event": [("id",)],
    "gate_decision": [("id",), ("supersedes",)],
    "decision_condition": [("decision_id", "number")],
    "condition_fulfilment": [("id",)],
    "steering_decision": [("id",)],
    "frame": [("id",)],
    "ledger_entry": [("id",)],
    "ledger_posting": [("entry_id", "position")],
    "reallocation_consent": [("id",), ("reallocation_id", "party")],
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, keys in KEYS.items():
        # A row has a number of SQLite's own besides its key.
        same = " OR ".join(_is_there(table, key) for key in [("rowid",), *keys])
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {same} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never replaced'); END"
        )


def _is_there(table: str, key: tuple[str, ...]) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  names from above


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in KEYS:
            op.execute(f"DROP TRIGGER {table}_no_replace")
