"""Compare the ways of splits, so that the best one wins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "split_tests",
        sa.Column("sequence_version_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence_version_id"],
            ["sequence_versions.id"],
            name=op.f("fk_split_tests_sequence_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sequence_version_id", "step", name=op.f("pk_split_tests")),
    )
    op.create_index("ix_split_tests_due", "split_tests", ["look_at"], postgresql_where=sa.text("decided_at is null"))
