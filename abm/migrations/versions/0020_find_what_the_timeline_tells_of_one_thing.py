"""Find what the timeline tells of one thing: a deal, its offers, its files."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    told = sa.text("subject_id is not null")
    op.create_index("ix_timeline_items_subject", "timeline_items", ["subject_id"], postgresql_where=told)
