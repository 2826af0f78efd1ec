"""Keep what sales and users wish: a verdict before it was called false, no phone calls, no mails about tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("verdict_before", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("no_phone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("mails_tasks", sa.Boolean(), server_default=sa.text("true"), nullable=False))
