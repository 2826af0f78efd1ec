"""Keep returns of silent accounts, daily rounds, why contracts end, and a short way to the open tasks of a kind."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rounds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rounds")),
    )
    op.create_table(
        "account_returns",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("since_id", sa.Uuid(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_returns_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_account_returns_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_account_returns_event_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_returns")),
        sa.UniqueConstraint("since_id", name=op.f("uq_account_returns_since_id")),
    )
    op.create_index(op.f("ix_account_returns_account_id"), "account_returns", ["account_id"])
    op.create_index(op.f("ix_account_returns_contact_id"), "account_returns", ["contact_id"])
    op.create_index(op.f("ix_account_returns_event_id"), "account_returns", ["event_id"])
    op.create_index(
        "ix_account_returns_waiting", "account_returns", ["id"], postgresql_where=sa.text("handled_at is null")
    )
    op.add_column("accounts", sa.Column("last_human_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contracts", sa.Column("ends_because", sa.Text(), nullable=True))
    op.create_index(
        "ix_contracts_ending",
        "contracts",
        ["renews_on"],
        postgresql_where=sa.text("state = 'running' and ends_because is not null"),
    )
    op.create_index(op.f("ix_renewal_reminders_task_id"), "renewal_reminders", ["task_id"])
    op.create_index("ix_tasks_open", "tasks", ["kind"], postgresql_where=sa.text("state = 'open'"))
