"""Let steps of sequences tell users and channels, each once, and keep tags of people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("deliveries", "notices"):
        op.add_column(table, sa.Column("enrollment_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("step", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("occurrence", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_enrollment_id"), table, "enrollments", ["enrollment_id"], ["id"], ondelete="CASCADE"
        )
    op.add_column("deliveries", sa.Column("said", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.alter_column("deliveries", "change_id", nullable=True)
    op.drop_index("uq_deliveries_once", table_name="deliveries")
    op.create_index(
        "uq_deliveries_once",
        "deliveries",
        ["change_id", "channel_id", "user_id", "enrollment_id", "step", "occurrence"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("uq_notices_step", "notices", ["enrollment_id", "step", "occurrence", "user_id"], unique=True)
    op.add_column(
        "contacts",
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
