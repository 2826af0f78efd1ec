"""Find what people did with an account lately without reading its whole timeline."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_timeline_items_work",
        "timeline_items",
        ["account_id", sa.text("happened_at desc")],
        postgresql_where=sa.text("kind in ('note', 'call', 'visit', 'meeting', 'sales_mail')"),
    )
