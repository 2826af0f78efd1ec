"""Merge records of one person: what was moved, who may be one, and whose people wait to be compared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MERGED = sa.text("merged_into_id is not null")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_contacts_merged_into_id"), "contacts", "contacts", ["merged_into_id"], ["id"])
    op.create_index("ix_contacts_merged_into", "contacts", ["merged_into_id"], postgresql_where=MERGED)
    op.create_index("ix_contacts_former_email", "contacts", ["email"], postgresql_where=MERGED)
    _create_merges()
    _create_pairs()


def _create_merges() -> None:
    op.create_table(
        "contact_merges",
        _id(),
        _contact("contact_id", "contact_merges"),
        _contact("into_contact_id", "contact_merges"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("joined", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        _user("by_user_id", "contact_merges"),
        _user("undone_by", "contact_merges"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merges")),
    )
    op.create_index(op.f("ix_contact_merges_into_contact_id"), "contact_merges", ["into_contact_id"])
    op.create_index(op.f("ix_contact_merges_made_at"), "contact_merges", ["made_at"])
    op.create_index(
        "uq_contact_merges_contact",
        "contact_merges",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
    )
    op.create_table(
        "contact_merge_moves",
        sa.Column(
            "merge_id",
            sa.Uuid(),
            sa.ForeignKey("contact_merges.id", name=op.f("fk_contact_merge_moves_merge_id"), ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "noun", "record_id", name=op.f("pk_contact_merge_moves")),
    )


def _create_pairs() -> None:
    op.create_table(
        "contact_pairs",
        _id(),
        _contact("contact_id", "contact_pairs"),
        _contact("other_contact_id", "contact_pairs"),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        _user("decided_by", "contact_pairs"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_pairs")),
    )
    op.create_index(op.f("ix_contact_pairs_other_contact_id"), "contact_pairs", ["other_contact_id"])
    op.create_index("uq_contact_pairs_pair", "contact_pairs", ["contact_id", "other_contact_id"], unique=True)
    op.create_index("ix_contact_pairs_open", "contact_pairs", ["id"], postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "people_searches",
        sa.Column(
            "account_id",
            sa.Uuid(),
            sa.ForeignKey("accounts.id", name=op.f("fk_people_searches_account_id"), ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_people_searches")),
    )


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False)


def _contact(name: str, table: str) -> sa.Column[object]:
    key = sa.ForeignKey("contacts.id", name=op.f(f"fk_{table}_{name}"), ondelete="CASCADE")
    return sa.Column(name, sa.Uuid(), key, nullable=False)


def _user(name: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["users.id"], name=op.f(f"fk_{table}_{name}"))
