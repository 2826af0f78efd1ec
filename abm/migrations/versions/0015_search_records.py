"""Search records by one table of folded words, and note which records change."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A change of one of these columns changes what a record is found by. Scores and dates change all day and do not.
COLUMNS = {
    "account": ("accounts", "name", "normalised_name", "kana", "corporate_number", "phone", "archived_at"),
    "contact": ("contacts", "full_name", "kana", "email", "phone", "memo", "archived_at"),
    "deal": ("deals", "name", "number", "note", "archived_at"),
    "contract": ("contracts", "number", "name", "note", "archived_at"),
    "ticket": ("tickets", "number", "subject", "body", "archived_at"),
    "product": ("products", "name", "code", "note", "archived_at"),
    "note": ("timeline_items", "body"),
}
WORTH_NOTING = {"note": "body is not null and kind in ('note', 'call', 'visit', 'meeting', 'sales_mail')"}

# Noted for a whole statement at once, so that an import of a million rows pays one insert for each of its batches.
FUNCTIONS = """
create function note_search_{kind}() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, record_id) select '{kind}', id from fresh where {worth};
    return null;
end $$;
create function drop_search_{kind}() returns trigger language plpgsql as $$
begin
    delete from search_entries using gone where search_entries.kind = '{kind}' and record_id = gone.id;
    return null;
end $$;
create function change_search_{kind}() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, record_id) values ('{kind}', new.id);
    return null;
end $$;
create trigger search_made after insert on {table}
    referencing new table as fresh for each statement execute function note_search_{kind}();
create trigger search_gone after delete on {table}
    referencing old table as gone for each statement execute function drop_search_{kind}();
create trigger search_changed after update of {columns} on {table}
    for each row when (({old}) is distinct from ({new})) execute function change_search_{kind}();
insert into search_changes (kind, record_id) select '{kind}', id from {table} where {worth};
"""
# A domain is a field of its account.
DOMAINS = """
create function note_search_domain() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, record_id) select distinct 'account', account_id from moved;
    return null;
end $$;
create trigger search_made after insert on account_domains
    referencing new table as moved for each statement execute function note_search_domain();
create trigger search_gone after delete on account_domains
    referencing old table as moved for each statement execute function note_search_domain();
"""


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", name="pk_search_entries"),
    )
    op.create_table(
        "search_changes",
        sa.Column("number", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_search_changes"),
    )
    for kind, (table, *columns) in COLUMNS.items():
        op.create_index(
            f"ix_search_entries_{kind}",
            "search_entries",
            ["words"],
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
            postgresql_where=sa.text(f"kind = '{kind}'"),
        )
        worth = WORTH_NOTING.get(kind, "true")
        old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("old", "new"))
        names = {"kind": kind, "table": table, "columns": ", ".join(columns), "worth": worth, "old": old, "new": new}
        op.execute(FUNCTIONS.format(**names))
    op.execute(DOMAINS)
