"""Keys expire, are bound to scopes and say when they were last used; events by actor in order.

The newest event of an actor says how far a replica must have come before that actor may read
from it.
"""

import sqlalchemy as sa
from alembic import op

from portfolio.database.types import JsonText, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_key", sa.Column("expires_at", UtcDateTime(), nullable=True))
    op.add_column("api_key", sa.Column("last_used_at", UtcDateTime(), nullable=True))
    op.add_column("api_key", sa.Column("scopes", JsonText(), nullable=True))
    op.drop_index(op.f("ix_event_actor"), table_name="event")
    op.create_index("ix_event_actor_id", "event", ["actor", "id"])


def downgrade() -> None:
    op.drop_index("ix_event_actor_id", table_name="event")
    op.create_index(op.f("ix_event_actor"), "event", ["actor"])
    for column in ("scopes", "last_used_at", "expires_at"):
        op.drop_column("api_key", column)
