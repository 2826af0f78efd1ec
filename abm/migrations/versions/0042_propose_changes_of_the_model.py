"""Propose changes of the model: what a replay is for, and the changes it tried."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("replays", sa.Column("kind", sa.Text(), server_default="draft", nullable=False))
