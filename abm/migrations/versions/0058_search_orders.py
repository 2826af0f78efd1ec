"""Search orders, by what was bought and by their number."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

# As of the other kinds in 0015: new rows are noted for a whole statement at once, changed ones each.
NOTED = """
create function note_search_order() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, record_id) select 'order', id from fresh;
    return null;
end $$;
create function drop_search_order() returns trigger language plpgsql as $$
begin
    delete from search_entries using gone where search_entries.kind = 'order' and record_id = gone.id;
    return null;
end $$;
create function change_search_order() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, record_id) values ('order', new.id);
    return null;
end $$;
create trigger search_made after insert on orders
    referencing new table as fresh for each statement execute function note_search_order();
create trigger search_gone after delete on orders
    referencing old table as gone for each statement execute function drop_search_order();
create trigger search_changed after update of number, what, note, archived_at on orders
    for each row
    when ((old.number, old.what, old.note, old.archived_at) is distinct from
        (new.number, new.what, new.note, new.archived_at))
    execute function change_search_order();
insert into search_changes (kind, record_id) select 'order', id from orders;
"""


def upgrade() -> None:
    op.create_index(
        "ix_search_entries_order",
        "search_entries",
        ["words"],
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
        postgresql_where=sa.text("kind = 'order'"),
    )
    op.execute(NOTED)
