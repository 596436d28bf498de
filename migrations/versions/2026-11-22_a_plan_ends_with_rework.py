"""A plan ends with a rework.

The date of the next gate was kept though its gate had been left; what follows from the decisions
now is null until a round is submitted at the gate that the investment came back to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INVESTMENT = sa.table(
    "investment",
    sa.column("last_outcome", sa.String),
    sa.column("status", sa.String),
    sa.column("next_gate_on", sa.Date),
)


def upgrade() -> None:
    columns = INVESTMENT.c
    op.execute(
        sa.update(INVESTMENT)
        .where(columns.last_outcome == "rework", columns.status != "submitted")
        .values(next_gate_on=None)
    )


def downgrade() -> None:
    """The date was derived, and is again at the next decision."""
