"""Let a merged account keep the next actions of both: a promise is not dropped because there are two."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_next_actions_open", "next_actions")
    op.create_index(
        "ix_next_actions_open",
        "next_actions",
        ["account_id", "contact_id"],
        postgresql_where=sa.text("closed_at is null"),
    )
