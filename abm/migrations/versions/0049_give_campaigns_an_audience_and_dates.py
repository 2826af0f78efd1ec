"""Give campaigns an audience, dates and an owner, webinars and files a campaign, and find a campaign's messages."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (("audience", sa.Text()), ("starts_on", sa.Date()), ("ends_on", sa.Date())):
        op.add_column("campaigns", sa.Column(name, kind, nullable=True))
    op.add_column("campaigns", sa.Column("segment_id", sa.Uuid(), nullable=True))
    op.add_column("campaigns", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.add_column("campaigns", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_campaigns_segment_id"), "campaigns", "segments", ["segment_id"], ["id"], ondelete="SET NULL"
    )
    op.create_foreign_key(op.f("fk_campaigns_owner_id"), "campaigns", "users", ["owner_id"], ["id"])
    for table in ("assets", "webinars"):
        op.add_column(table, sa.Column("campaign_id", sa.Uuid(), nullable=True))
        name = op.f(f"fk_{table}_campaign_id")
        op.create_foreign_key(name, table, "campaigns", ["campaign_id"], ["id"], ondelete="SET NULL")
    # Senders write to the messages meanwhile: nobody waits while this is built. One that broke off is made anew.
    with op.get_context().autocommit_block():
        op.drop_index("ix_messages_campaign", "messages", if_exists=True, postgresql_concurrently=True)
        op.create_index("ix_messages_campaign", "messages", ["campaign_id", "account_id"], postgresql_concurrently=True)
