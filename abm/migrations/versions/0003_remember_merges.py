"""Remember merges of accounts, what they moved, and who decided about a pair."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_accounts_merged_into_id"), "accounts", "accounts", ["merged_into_id"], ["id"])
    op.create_index(op.f("ix_accounts_merged_into_id"), "accounts", ["merged_into_id"])
    op.add_column("match_pairs", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("match_pairs", sa.Column("decided_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_match_pairs_decided_by"), "match_pairs", "users", ["decided_by"], ["id"])
    op.create_table(
        "account_merges",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("into_account_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("joined", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_merges_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["into_account_id"], ["accounts.id"], name=op.f("fk_account_merges_into_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_account_merges_by_user_id")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_account_merges_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_merges")),
    )
    op.create_index(op.f("ix_account_merges_into_account_id"), "account_merges", ["into_account_id"])
    op.create_index(op.f("ix_account_merges_made_at"), "account_merges", ["made_at"])
    op.create_index(
        "uq_account_merges_account",
        "account_merges",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
    )
    op.create_table(
        "merge_moves",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("stayed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["account_merges.id"], name=op.f("fk_merge_moves_merge_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merge_id", "noun", "record_id", name=op.f("pk_merge_moves")),
    )
