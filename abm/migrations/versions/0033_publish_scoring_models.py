"""Publish scoring models: drafts, who published a version and why, and by which version an account was folded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "model_drafts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("published_version", sa.BigInteger(), nullable=True),
        sa.Column("dropped_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_model_drafts_changed_by")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_model_drafts_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_drafts")),
    )
    are_open = sa.text("published_version is null and dropped_at is null")
    op.create_index("ix_model_drafts_open", "model_drafts", ["changed_at"], postgresql_where=are_open)
    op.add_column("score_models", sa.Column("published_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_score_models_published_by"), "score_models", "users", ["published_by"], ["id"])
    op.add_column("score_models", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("score_models", sa.Column("golden", JSON, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("score_models", sa.Column("accounts", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("accounts", sa.Column("model_version", sa.BigInteger(), nullable=True))
    # Until now there was one version only.
    op.execute("update accounts set model_version = (select version from score_models where is_live)")
    op.create_index(
        "ix_accounts_model_version",
        "accounts",
        ["model_version"],
        postgresql_where=sa.text("merged_into_id is null"),
    )
