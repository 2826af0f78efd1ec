"""Let sequences listen to what happens, know what started an enrollment, and ask after a long silence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


# Code of the release before does not name the sequence when it takes people on.
FILL = """
update enrollments e set sequence_id = v.sequence_id from sequence_versions v where v.id = e.sequence_version_id;
create function fill_enrollment_sequence() returns trigger language plpgsql as $$
begin
    select sequence_id into new.sequence_id from sequence_versions where id = new.sequence_version_id;
    return new;
end $$;
create trigger sequence_filled before insert on enrollments
    for each row when (new.sequence_id is null) execute function fill_enrollment_sequence();
"""

# In the commit of what happened, so that it is noted once or not at all, and only what a published sequence listens
# to. New rows are noted for a whole statement at a time: while nothing listens that costs a look into an empty table.
# Only events are dated: one that is still to come waits for its time.
AT_ONCE = "'-infinity'"
NOTE = """
create function note_occasion_of_{table}() returns trigger language plpgsql as $$
begin
    if exists (select from sequence_triggers where {listens}) then
        insert into occasions (kind, source_id, due_at) select '{kind}', n.id, {due_at} from fresh n where {worth};
    end if;
    return null;
end $$;
create trigger occasion_made after insert on {table}
    referencing new table as fresh for each statement execute function note_occasion_of_{table}();
"""
HEARD = "exists (select from sequence_triggers t where n.{column} = any(t.words))"
HUMAN = "('proven', 'likely')"
OPEN_DEAL = "{row}.stage not in ('won', 'lost') and {row}.archived_at is null"
RUNNING_CONTRACT = "{row}.state = 'running' and {row}.archived_at is null"
MADE = (
    # kind, table, what must be listened to, since when it is due, which rows are worth noting
    ("event", "events", "words <> '{}'", "n.happened_at", f"n.verdict in {HUMAN} and {HEARD.format(column='kind')}"),
    ("stage", "stage_changes", "kind = 'stage'", AT_ONCE, HEARD.format(column="new")),
    (
        *("contact", "contacts", "kind = 'new_contact'", AT_ONCE),
        # Somebody at an account that was there before.
        "exists (select from accounts a where a.id = n.account_id and a.created_at < n.created_at)",
    ),
    ("deal", "deals", "kind = 'open_deal'", AT_ONCE, OPEN_DEAL.format(row="n")),
    ("contract", "contracts", "kind = 'contract'", AT_ONCE, RUNNING_CONTRACT.format(row="n")),
    ("meeting", "timeline_items", "kind = 'meeting'", AT_ONCE, "n.kind = 'meeting'"),
)
# A row that has become what is listened to; few do at a time.
CHANGE = """
create function change_occasion_of_{table}() returns trigger language plpgsql as $$
begin
    if exists (select from sequence_triggers where {listens}) then
        insert into occasions (kind, source_id, due_at) values ('{kind}', new.id, {due_at});
    end if;
    return null;
end $$;
create trigger occasion_changed after update of {columns} on {table}
    for each row when (({new}) and not ({old})) execute function change_occasion_of_{table}();
"""
CHANGED = (
    # kind, table, columns, what must be listened to, since when it is due, what it has become
    ("event", "events", "verdict", "new.kind = any(words)", "new.happened_at", f"{{row}}.verdict in {HUMAN}"),
    ("import", "imports", "state", "kind = 'import'", AT_ONCE, "{row}.state = 'applied'"),
    ("deal", "deals", "stage, archived_at", "kind = 'open_deal'", AT_ONCE, OPEN_DEAL),
    ("contract", "contracts", "state, archived_at", "kind = 'contract'", AT_ONCE, RUNNING_CONTRACT),
    ("task", "tasks", "state", "kind = 'meeting'", AT_ONCE, "{row}.state = 'meeting'"),
)


def upgrade() -> None:
    op.create_table(
        "occasions",
        sa.Column("number", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_occasions")),
    )
    op.create_index(op.f("ix_occasions_due_at"), "occasions", ["due_at"], unique=False)
    op.create_table(
        "restarts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("silent_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrollments", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name=op.f("fk_restarts_answered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restarts")),
        sa.UniqueConstraint("silent_from", name=op.f("uq_restarts_silent_from")),
    )
    op.create_table(
        "holdouts",
        sa.Column("sequence_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.Double(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_holdouts_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequences.id"], name=op.f("fk_holdouts_sequence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sequence_id", "account_id", name=op.f("pk_holdouts")),
    )
    op.create_index(op.f("ix_holdouts_account_id"), "holdouts", ["account_id"], unique=False)
    op.create_table(
        "sequence_triggers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("sequence_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequences.id"], name=op.f("fk_sequence_triggers_sequence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_triggers")),
    )
    op.create_index(op.f("ix_sequence_triggers_sequence_id"), "sequence_triggers", ["sequence_id"], unique=False)
    op.create_table(
        "watched_members",
        sa.Column("sequence_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_watched_members_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_watched_members_segment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequences.id"], name=op.f("fk_watched_members_sequence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sequence_id", "segment_id", "contact_id", name=op.f("pk_watched_members")),
    )
    op.create_index(op.f("ix_watched_members_contact_id"), "watched_members", ["contact_id"], unique=False)
    op.create_table(
        "enrollment_pauses",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_enrollment_pauses_by_user_id")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_pauses_enrollment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_enrollment_pauses")),
    )
    op.add_column("enrollments", sa.Column("sequence_id", sa.Uuid(), nullable=True))
    op.add_column("enrollments", sa.Column("subject_account_id", sa.Uuid(), nullable=True))
    op.add_column("enrollments", sa.Column("origin", sa.Text(), nullable=True))
    op.add_column("enrollments", sa.Column("cause_id", sa.Uuid(), nullable=True))
    op.execute(FILL)
    op.drop_index(op.f("uq_enrollments_subject"), table_name="enrollments")
    op.create_index(
        "uq_enrollments_account",
        "enrollments",
        ["sequence_id", "subject_account_id"],
        unique=True,
        postgresql_where=sa.text("state in ('active', 'parked')"),
    )
    op.create_index(
        "uq_enrollments_cause",
        "enrollments",
        ["sequence_id", "cause_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("cause_id is not null"),
    )
    op.create_index(
        "uq_enrollments_running",
        "enrollments",
        ["sequence_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("state in ('active', 'parked')"),
    )
    op.create_foreign_key(op.f("fk_enrollments_sequence_id"), "enrollments", "sequences", ["sequence_id"], ["id"])
    op.add_column("heartbeats", sa.Column("silent_from", sa.DateTime(timezone=True), nullable=True))
    for kind, table, listens, due_at, worth in MADE:
        op.execute(NOTE.format(kind=kind, table=table, listens=listens, due_at=due_at, worth=worth))
    for kind, table, columns, listens, due_at, become in CHANGED:
        rows = {row: become.format(row=row) for row in ("new", "old")}
        op.execute(CHANGE.format(kind=kind, table=table, columns=columns, listens=listens, due_at=due_at, **rows))
