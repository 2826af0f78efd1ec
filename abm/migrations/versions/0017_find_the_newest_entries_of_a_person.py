"""Find the newest entries of a person."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    newest: list[str | sa.TextClause] = ["contact_id", sa.text("happened_at desc"), "event_id"]
    op.create_index("ix_score_entries_newest", "score_entries", newest)
