"""Find when an account was last heard of, for lists over all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    human = sa.text("verdict in ('proven', 'likely')")
    op.create_index("ix_events_account_human", "events", ["account_id", "happened_at"], postgresql_where=human)
