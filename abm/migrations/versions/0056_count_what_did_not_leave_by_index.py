"""Count what did not leave by index."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_unsent",
        "messages",
        ["state", "planned_at"],
        postgresql_where=sa.text("state in ('held', 'skipped', 'suppressed', 'cancelled', 'failed', 'unknown')"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_unsent", "messages")
