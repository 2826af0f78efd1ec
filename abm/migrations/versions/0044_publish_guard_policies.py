"""Publish guard policies; let a message know its priority and what goes instead of it, and count an account's mail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guard_policies",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_live", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["published_by"], ["users.id"], name=op.f("fk_guard_policies_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard_policies")),
        sa.UniqueConstraint("version", name=op.f("uq_guard_policies_version")),
    )
    is_live = sa.text("is_live")
    op.create_index("uq_guard_policies_live", "guard_policies", ["is_live"], unique=True, postgresql_where=is_live)
    op.add_column("messages", sa.Column("priority", sa.BigInteger(), server_default=sa.text("5"), nullable=False))
    op.add_column("messages", sa.Column("swap_mail_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_messages_swap_mail_id"), "messages", "mails", ["swap_mail_id"], ["id"])
    counted = sa.text("state in ('planned', 'sending', 'sent') and not is_test")
    op.create_index("ix_messages_account_sent", "messages", ["account_id", "sent_at"], postgresql_where=counted)
