"""Pause all sending: since when, by whom and why, and when it went on."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_pauses",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_by", sa.Uuid(), nullable=True),
        sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["paused_by"], ["users.id"], name=op.f("fk_sending_pauses_paused_by")),
        sa.ForeignKeyConstraint(["resumed_by"], ["users.id"], name=op.f("fk_sending_pauses_resumed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_pauses")),
    )
    # Only one lasts at a time.
    op.create_index(
        "uq_sending_pauses_lasting",
        "sending_pauses",
        [sa.text("(resumed_at is null)")],
        unique=True,
        postgresql_where=sa.text("resumed_at is null"),
    )
