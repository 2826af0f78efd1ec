"""Learn gateways, and let people overrule verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verdict_overrules",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("agent", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["said_by"], ["users.id"], name=op.f("fk_verdict_overrules_said_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["users.id"], name=op.f("fk_verdict_overrules_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict_overrules")),
    )
    op.create_index(
        "ix_verdict_overrules_domain",
        "verdict_overrules",
        ["domain"],
        unique=False,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_index(op.f("ix_verdict_overrules_hit_id"), "verdict_overrules", ["hit_id"], unique=False)
    op.create_table(
        "first_visits",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("is_scan", sa.Boolean(), nullable=False),
        sa.Column("is_found_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_first_visits_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_first_visits")),
    )
    op.create_index(
        "ix_first_visits_domain",
        "first_visits",
        ["domain", "at"],
        unique=False,
        postgresql_where=sa.text("domain <> ''"),
    )
    op.create_index(
        "ix_first_visits_network",
        "first_visits",
        ["network", "at"],
        unique=False,
        postgresql_where=sa.text("network <> ''"),
    )
    op.add_column("events", sa.Column("weighed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_events_proven",
        "events",
        ["contact_id", "happened_at"],
        unique=False,
        postgresql_where=sa.text("verdict = 'proven'"),
    )
    op.create_index(
        "ix_events_unweighed",
        "events",
        ["id"],
        unique=False,
        postgresql_where=sa.text("verdict = 'proven' and weighed_at is null"),
    )
    op.drop_index(op.f("ix_hits_message_key"), table_name="hits")
    op.create_index("ix_hits_message_at", "hits", ["message_key", "at"], unique=False)
