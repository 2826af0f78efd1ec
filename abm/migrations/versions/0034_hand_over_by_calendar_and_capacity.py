"""Hand over by calendar and capacity: hours, days off, territories, waiting and woken tasks, and faults of rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

DAYS = postgresql.ARRAY(sa.SmallInteger())
MOMENT = sa.DateTime(timezone=True)
KEY = sa.text("uuidv7()")
NOW = sa.text("now()")


def upgrade() -> None:
    _keep_hours()
    _keep_territories()
    _tell_of_users()
    _let_tasks_wait()
    _keep_faults()


def _keep_hours() -> None:
    op.create_table(
        "working_hours",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("work_days", DAYS, nullable=False),
        sa.Column("act_now_hours", sa.BigInteger(), nullable=False),
        sa.Column("one_to_one_hours", sa.BigInteger(), nullable=False),
        sa.Column("one_to_few_hours", sa.BigInteger(), nullable=False),
        sa.Column("one_to_many_hours", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_working_hours_by_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
    )
    op.create_table(
        "company_days",
        sa.Column("id", sa.Uuid(), server_default=KEY, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("every_year", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_days")),
    )
    # When most firms in Japan are closed; each can be taken away again.
    op.execute(
        "insert into company_days (from_on, until_on, every_year, name) values"
        " ('2026-08-13', '2026-08-15', true, 'obon'), ('2026-12-29', '2027-01-03', true, 'new_year')"
    )


def _keep_territories() -> None:
    op.create_table(
        "territories",
        sa.Column("id", sa.Uuid(), server_default=KEY, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("prefecture", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_territories_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territories")),
    )
    op.create_index(op.f("ix_territories_user_id"), "territories", ["user_id"])


def _tell_of_users() -> None:
    op.add_column("users", sa.Column("manager_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_users_manager_id_users"), "users", "users", ["manager_id"], ["id"])
    op.add_column("users", sa.Column("weekly_capacity", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("works_from", sa.Time(), nullable=True))
    op.add_column("users", sa.Column("works_until", sa.Time(), nullable=True))
    op.add_column("users", sa.Column("work_days", DAYS, nullable=True))
    op.add_column("contacts", sa.Column("refused_at", MOMENT, nullable=True))


def _let_tasks_wait() -> None:
    for name in ("route", "waits_because"):
        op.add_column("tasks", sa.Column(name, sa.Text(), nullable=True))
    for name in ("ask_again_at", "remind_at", "reminded_at", "woken_at"):
        op.add_column("tasks", sa.Column(name, MOMENT, nullable=True))
    op.add_column("tasks", sa.Column("deal_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_tasks_deal_id_deals"), "tasks", "deals", ["deal_id"], ["id"], ondelete="SET NULL")
    for name, columns, condition in (
        ("new", ["created_at"], "state = 'new'"),
        ("due", ["due_at"], "state = 'assigned'"),
        ("remind", ["remind_at"], "state = 'assigned' and reminded_at is null"),
        ("wake", ["wake_on"], "state = 'recycled' and woken_at is null"),
        ("taken", ["owner_id", "assigned_at"], "kind = 'hand_off'"),
    ):
        op.create_index(f"ix_tasks_{name}", "tasks", columns, postgresql_where=sa.text(condition))
    op.add_column("task_changes", sa.Column("to_user_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_task_changes_to_user_id_users"), "task_changes", "users", ["to_user_id"], ["id"])
    op.add_column("mqa_changes", sa.Column("task_id", sa.Uuid(), nullable=True))
    op.add_column("mqa_changes", sa.Column("withheld_because", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_mqa_changes_task_id_tasks"), "mqa_changes", "tasks", ["task_id"], ["id"], ondelete="SET NULL"
    )
    op.create_unique_constraint(op.f("uq_mqa_changes_task_id"), "mqa_changes", ["task_id"])


def _keep_faults() -> None:
    for name, columns in (
        ("task_faults", [sa.Column("kind", sa.Text(), nullable=False)]),
        ("declined_products", []),
    ):
        op.create_table(
            name,
            sa.Column("id", sa.Uuid(), server_default=KEY, nullable=False),
            sa.Column("task_id", sa.Uuid(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            *columns,
            sa.Column("at", MOMENT, nullable=False),
            sa.Column("product_id", sa.Uuid(), nullable=name == "task_faults"),
            sa.ForeignKeyConstraint(
                ["account_id"], ["accounts.id"], name=op.f(f"fk_{name}_account_id_accounts"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                ["task_id"], ["tasks.id"], name=op.f(f"fk_{name}_task_id_tasks"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f(f"fk_{name}_product_id_products")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])
    op.create_unique_constraint(op.f("uq_task_faults_task_id"), "task_faults", ["task_id"])
    op.add_column("task_faults", sa.Column("deal_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_task_faults_deal_id_deals"), "task_faults", "deals", ["deal_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("uq_declined_products_task", "declined_products", ["task_id", "product_id"], unique=True)
