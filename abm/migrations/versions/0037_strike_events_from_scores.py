"""Strike events from scores."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "strikes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("struck_at", MOMENT, nullable=False),
        sa.Column("struck_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_strikes_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["struck_by"], ["users.id"], name=op.f("fk_strikes_struck_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["users.id"], name=op.f("fk_strikes_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strikes")),
    )
    op.create_index(op.f("ix_strikes_event_id"), "strikes", ["event_id"])
    holding = sa.text("withdrawn_at is null")
    op.create_index("uq_strikes_holding", "strikes", ["event_id"], unique=True, postgresql_where=holding)
