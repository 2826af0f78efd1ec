"""Shadow tables: what the engine reads and writes, laid over the real tables for one transaction that is taken back.

PostgreSQL looks among its temporary tables first. So the engine, which names tables plainly, works on copies of some
accounts' rows, and the real ones are neither written nor locked.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from abm.db import Base

# Where rows are read: the real tables, or what was laid into the shadows before.
REAL, LAID = "public.", "pg_temp."
ALWAYS = "cast('-infinity' as timestamptz)"
OF_ACCOUNT = "r.account_id in (select id from simulated_accounts)"
OF_CONTACT = "r.contact_id in (select id from simulated_contacts)"
# When somebody was first heard of: records may be younger than what they tell.
FIRST_HEARD = """least(r.created_at,
    (select min(c.at) from {source}consents c where c.contact_id = r.id),
    (select min(e.happened_at) from {source}events e where e.contact_id = r.id))"""


@dataclass(frozen=True)
class History:
    """A table whose rows became known one by one; `{source}` stands for where its rows are read."""

    mine: str = OF_ACCOUNT
    known_at: str = ALWAYS
    # Empty until their time has come.
    gates: tuple[str, ...] = ()
    # The column that changes told of in another table, which is named with its key: this is what it began with.
    state: str = ""
    changes: tuple[str, str] = ("", "")
    # What the column held before the gate's time, where no table tells of changes.
    before: Mapping[str, str] = field(default_factory=dict)


HISTORIES: Mapping[str, History] = {
    "accounts": History(
        "r.id in (select id from simulated_accounts)",
        gates=("archived_at",),
        state="stage",
        changes=("stage_changes", "account_id"),
    ),
    "departments": History(),
    "contacts": History(
        "r.id in (select id from simulated_contacts)",
        FIRST_HEARD,
        gates=("archived_at", "stale_since", "refused_at", "no_phone_at"),
    ),
    "consents": History(OF_CONTACT, "r.at"),
    "suppressions": History("r.email in (select email from simulated_contacts)", "r.at"),
    "preferences": History(OF_CONTACT, "r.said_at"),
    "events": History(OF_CONTACT, "r.happened_at"),
    "stage_changes": History(known_at="r.at"),
    "timeline_items": History(known_at="r.happened_at"),
    "tickets": History(known_at="r.opened_at", gates=("closed_at", "archived_at"), before={"closed_at": "state"}),
    "deals": History(
        known_at="""least(r.created_at, r.stage_since,
            (select min(c.at) from {source}deal_changes c where c.deal_id = r.id))""",
        gates=("archived_at",),
        state="stage",
        changes=("deal_changes", "deal_id"),
    ),
    "deal_changes": History(
        "r.deal_id in (select d.id from {source}deals d where d.account_id in (select id from simulated_accounts))",
        "r.at",
    ),
    "tasks": History(
        known_at="r.created_at", gates=("accepted_at", "closed_at"), state="state", changes=("task_changes", "task_id")
    ),
    "task_changes": History(
        "r.task_id in (select t.id from {source}tasks t where t.account_id in (select id from simulated_accounts))",
        "r.at",
    ),
    "contracts": History(known_at="least(r.created_at, cast(r.starts_on as timestamptz))", gates=("archived_at",)),
    "ownerships": History(),
    "needs": History(),
    "contact_scores": History(OF_CONTACT),
    "segment_members": History(OF_CONTACT),
    "next_actions": History(),
    # What other sequences did is history; nobody of them moves on here.
    "enrollments": History(f"{OF_ACCOUNT} and not {{own}}", "r.enrolled_at"),
    "messages": History(f"{OF_ACCOUNT} and r.state = 'sent' and not r.is_test and not {{own_message}}", "r.sent_at"),
}
# Tables without people, which are there from the beginning: with what is read instead of a column.
COPIED: Mapping[str, Mapping[str, str]] = {
    "sequences": {},
    "sequence_versions": {},
    # A winner of today is taken from the beginning on: nobody knows what simulated mails would have brought.
    "split_tests": {},
    "mails": {},
    "links": {},
    "campaigns": {},
    "assets": {"content": "''::bytea"},
    "webinars": {},
    # Whoever counts a week's hand-offs makes real ones wait; where nobody has a capacity nobody counts.
    "users": {"weekly_capacity": "cast(null as bigint)"},
}
# Where the engine writes, and nothing of before has a say.
EMPTY = (
    "occasions",
    "sequence_triggers",
    "watched_members",
    "holdouts",
    "enrollment_pauses",
    "business_clock",
    "notices",
    "deliveries",
    "audit_entries",
    "search_changes",
)
# A counter is moved even by what is taken back: shadows have counters of their own, far from the real ones.
COUNTED = (("links", "number"), ("occasions", "number"))
FAR = 1 << 50
# These note what a sequence listens to, and name the sequence of an enrollment.
TRIGGERS = ("occasion_made", "occasion_changed", "sequence_filled")
# The same person taken on at the same moment has the same id in every run: lots are drawn by it.
SAME_ID = """
create function pg_temp.same_id() returns trigger language plpgsql as $$
begin
    new.id := md5(concat_ws(' ', new.sequence_id, coalesce(new.contact_id, new.subject_account_id),
        new.enrolled_at, new.cause_id))::uuid;
    return new;
end $$;
create trigger same_id before insert on pg_temp.enrollments for each row
    when (new.due_at is not null) execute function pg_temp.same_id();
"""


def columns_of(table: str) -> list[str]:
    """The columns of a table, in order."""
    return [column.name for column in Base.metadata.tables[table].columns]


@contextmanager
def shadowed(connection: Connection) -> Iterator[Session]:
    """A session over shadows of all these tables, still empty; whatever it does is taken back at the end."""
    taken_back = connection.begin_nested()
    try:
        for table in (*HISTORIES, *COPIED, *EMPTY):
            connection.execute(text(f"create temp table {table} (like public.{table} including all) on commit drop"))
        for table, column in COUNTED:
            _count_apart(connection, table, column)
        _forget_plans(connection)
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
    finally:
        taken_back.rollback()
        _forget_plans(connection)


def _count_apart(connection: Connection, table: str, column: str) -> None:
    counter = f"simulated_{table}"
    connection.execute(text(f"create temp sequence {counter} start {FAR}"))
    default = f"nextval('pg_temp.{counter}')"
    connection.execute(text(f"alter table pg_temp.{table} alter column {column} set default {default}"))


def _forget_plans(connection: Connection) -> None:
    """A statement prepared before must not go on reading the table it was planned for."""
    connection.execute(text("discard plans"))


def copy_sequences(session: Session, name: str, new_id: uuid.UUID) -> str:
    """The sequences there are, none of which moves; answers what tells the one of this name's enrollments.

    A new one gets this id, so that its lots are the same in every run.
    """
    for table, instead in COPIED.items():
        names = columns_of(table)
        read = ", ".join(instead.get(column, column) for column in names)
        session.execute(text(f"insert into {table} ({', '.join(names)}) select {read} from public.{table}"))  # noqa: S608
    session.execute(text(f"alter table pg_temp.sequences alter column id set default '{new_id}'"))
    restarted = text("update sequences set state = 'draft' where name = :name returning id")
    return f"(r.sequence_id = '{session.scalar(restarted, {'name': name}) or new_id}')"


def look_again(session: Session) -> None:
    """Let everything that is looked at be due for it."""
    session.execute(text("update sequence_triggers set look_at = clock_timestamp() where look_at is not null"))


def let_listen(session: Session) -> None:
    """From here on the shadows note what happens, as the real tables do."""
    statement = text(
        """
        select c.relname, pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where t.tgname = any(:names) and c.relnamespace = 'public'::regnamespace and c.relname = any(:tables)
        order by c.relname, t.tgname
        """
    )
    values = {"names": list(TRIGGERS), "tables": [*HISTORIES, *COPIED, *EMPTY]}
    for table, made in session.execute(statement, values).all():
        session.connection().exec_driver_sql(made.replace(f" ON public.{table} ", f" ON pg_temp.{table} "))
    session.connection().exec_driver_sql(SAME_ID)


def set_clock(session: Session, at: datetime) -> None:
    """Let business time be this, for whoever asks the database."""
    statement = text(
        "insert into business_clock (id, clock_offset) values (1, :at - now())"
        " on conflict (id) do update set clock_offset = excluded.clock_offset"
    )
    session.execute(statement, {"at": at})


def choose_accounts(session: Session, contact_ids: Collection[uuid.UUID] | None, source: str) -> tuple[int, int]:
    """Note whose records are simulated: the accounts of these contacts, or all; answers how many they and people are.

    Whoever has been merged into another is that one by now.
    """
    mine = "merged_into_id is null"
    if contact_ids is not None:
        mine += f" and id in (select account_id from {source}contacts where id = any(:ids))"  # noqa: S608
    values = {} if contact_ids is None else {"ids": list(contact_ids)}
    session.execute(
        text(f"create temp table simulated_accounts on commit drop as select id from {source}accounts where {mine}"),  # noqa: S608
        values,
    )
    session.execute(
        text(
            "create temp table simulated_contacts on commit drop as select id, account_id, email from"  # noqa: S608
            f" {source}contacts where account_id in (select id from simulated_accounts)"
        )
    )
    accounts = session.scalar(text("select count(*) from simulated_accounts")) or 0
    people = session.scalar(text("select count(*) from simulated_contacts")) or 0
    return accounts, people
