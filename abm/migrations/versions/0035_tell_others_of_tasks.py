"""Tell others of tasks: channels, one delivery a change and channel, and which changes wait to be told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEY = sa.text("uuidv7()")
TEXTS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    _keep_channels()
    _keep_deliveries()
    op.add_column("task_changes", sa.Column("told_at", MOMENT, nullable=True))
    # What happened before anybody could be told of it is old by now.
    op.execute("update task_changes set told_at = at")
    waiting = sa.text("told_at is null")
    op.create_index("ix_task_changes_untold", "task_changes", ["id"], postgresql_where=waiting)


def _keep_channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.Uuid(), server_default=KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secrets", TEXTS, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("rotated_at", MOMENT, nullable=True),
        sa.Column("events", TEXTS, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_channels_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )


def _keep_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), server_default=KEY, nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tried_since", MOMENT, nullable=True),
        sa.Column("is_leaving", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_local", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tries", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [target], name=op.f(f"fk_deliveries_{one}_id_{table}"), ondelete="CASCADE"
            )
            for one, table, target in (
                ("change", "task_changes", "task_changes.id"),
                ("channel", "channels", "channels.id"),
                ("user", "users", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_deliveries_key")),
    )
    once = ["change_id", "channel_id", "user_id"]
    op.create_index("uq_deliveries_once", "deliveries", once, unique=True, postgresql_nulls_not_distinct=True)
    due = sa.text("state in ('planned', 'sending')")
    op.create_index("ix_deliveries_due", "deliveries", ["due_at"], postgresql_where=due)
    op.create_index("ix_deliveries_channel", "deliveries", ["channel_id", "created_at"])
