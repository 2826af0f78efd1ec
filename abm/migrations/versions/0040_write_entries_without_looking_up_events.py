"""Write entries without looking up their events one by one."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The foreign key locked and read one event for each entry written: a third of a fold. Entries are only ever made
    # from events; what is left to see to is that they go when their events go, by whatever way.
    op.drop_constraint("fk_score_entries_event_id", "score_entries", type_="foreignkey")
    op.execute(
        """
        create function drop_entries() returns trigger language plpgsql as $$
        begin
            delete from score_entries using gone where score_entries.event_id = gone.id;
            return null;
        end $$;
        create trigger entries_gone after delete on events
            referencing old table as gone for each statement execute function drop_entries()
        """
    )
    # What it finds, a person's newest entries find as well.
    op.drop_index("ix_score_entries_contact_id", "score_entries")
