"""Keep replays: a draft of the scoring model over recorded months, and what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column("document", JSON, nullable=False),
        sa.Column("live_version", sa.BigInteger(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("accounts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("result", JSON, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_replays_asked_by")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["model_drafts.id"], name=op.f("fk_replays_draft_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_index(op.f("ix_replays_draft_id"), "replays", ["draft_id"])
    op.create_index("ix_replays_waiting", "replays", ["asked_at"], postgresql_where=sa.text("state = 'waiting'"))
