"""Rank accounts by heat, apart from their records."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_heat",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("is_mqa", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("depth", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("goes_cold_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_heat_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_heat")),
    )
    hottest: list[str | sa.TextClause] = ["is_mqa", sa.text("depth desc"), "account_id"]
    op.create_index("ix_account_heat_hottest", "account_heat", hottest)
    goes_cold = sa.text("goes_cold_at is not null")
    op.create_index("ix_account_heat_goes_cold_at", "account_heat", ["goes_cold_at"], postgresql_where=goes_cold)
    op.execute("insert into account_heat (account_id, is_mqa, depth) select id, is_mqa, depth from accounts")
