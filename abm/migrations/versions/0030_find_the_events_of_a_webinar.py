"""Find the events of a webinar."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_events_webinar_id"), "events", ["webinar_id"], postgresql_where=sa.text("webinar_id is not null")
    )
