"""Keep each report of a provider once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound_posts", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "provider_reports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("address", postgresql.CITEXT(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("hard", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("applied", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_provider_reports_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_reports")),
    )
    op.create_index("uq_provider_reports_event", "provider_reports", ["source", "event_id"], unique=True)
    op.create_index("ix_provider_reports_received", "provider_reports", ["received_at"])
    op.create_index(op.f("ix_provider_reports_contact_id"), "provider_reports", ["contact_id"])
    op.create_index(
        "ix_provider_reports_nobody", "provider_reports", ["address"], postgresql_where=sa.text("applied = 'nobody'")
    )
