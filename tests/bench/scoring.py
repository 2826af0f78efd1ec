"""`scoring.fold`: events folded with the whole model, beside one UPDATE of a counter per batch without any rule."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.db import make_engine
from abm.scoring.fold import BATCH, fold_next_batch
from tests.bench import Context, Figure, benchmark, timed

# The stream covers two months and ends now; each batch is folded right after it has happened.
STREAM = timedelta(days=60)
NOW = datetime(2026, 11, 13, 3, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
EVENTS_PER_CONTACT = 10
CONTACTS_PER_ACCOUNT = 10

# A mixed stream in the order in which it happened; every account's people sit in it at random.
FILL = (
    "insert into accounts (name, normalised_name) select n, n from generate_series(1, :accounts) n",
    """
    insert into contacts (account_id, full_name, seniority)
    select a.id, a.name || '.' || n,
        (array['executive', 'department_head', 'section_head', 'other', 'other'])[1 + n % 5]
    from accounts a, generate_series(1, :people) n
    """,
    """
    create temporary table numbered on commit drop as
    select id, account_id, row_number() over (order by random()) as number from contacts
    """,
    """
    insert into events (id, kind, happened_at, account_id, contact_id, verdict, minutes)
    select uuidv7(make_interval(secs => -1 * (:events - n))), k.kind,
        cast(:now as timestamptz) - cast(:stream as interval) * (:events - n) / :events,
        c.account_id, c.id, k.verdict, case when k.kind = 'webinar_attended' then 10 + n % 50 end
    from (
        select n, 1 + cast(floor(random() * :contacts) as int) as who from generate_series(1, :events) n offset 0
    ) stream
    join numbered c on c.number = stream.who
    cross join lateral (values (n % 10)) r (r)
    cross join lateral (
        select (array['open', 'open', 'click', 'click', 'click', 'download', 'key_page', 'webinar_registered',
                'webinar_attended', 'premium_download'])[r + 1],
            (array['unknown', 'unknown', 'likely', 'likely', 'machine', 'likely', 'likely', 'proven',
                'proven', 'proven'])[r + 1]
    ) k (kind, verdict)
    """,
    # The reference works on a stream and a counter of its own, with the same keys.
    "create table plain_events (like events including all)",
    "insert into plain_events select * from events",
    "create table plain_counters (contact_id uuid primary key, counted bigint not null default 0)",
    "insert into plain_counters (contact_id) select id from contacts",
)
UPDATE_BATCH = text(
    """
    with batch as (
        update plain_events set folded_at = :at
        where id in (
            select id from plain_events where folded_at is null order by id limit :limit for update skip locked
        ) returning contact_id
    )
    update plain_counters c set counted = c.counted + b.counted
    from (select contact_id, count(*) as counted from batch group by contact_id) b
    where c.contact_id = b.contact_id
    """
)


@benchmark("scoring.fold")
def measure_fold(context: Context) -> Iterator[Figure]:
    """Batches of both kinds in turn, each its own transaction, until the stream is folded."""
    events = context.rows(100_000, 1_000_000)
    with filled(context.addresses.database_url, events) as engine:
        moments = [NOW - STREAM * (1 - done / events) for done in range(BATCH, events + 1, BATCH)]
        seconds = [
            (timed(lambda at=at: fold_one(engine, at)), timed(lambda at=at: count_one(engine, at))) for at in moments
        ][1:]
    rows = len(seconds) * BATCH
    folding, counting = (sum(column) for column in zip(*seconds, strict=True))
    yield Figure(
        name="scoring.fold",
        value=rows / folding,
        unit="events/s",
        better="higher",
        reference="update_batch",
        reference_value=rows / counting,
        rows=rows,
        seconds=folding,
    )


@contextmanager
def filled(database_url: str, events: int) -> Iterator[Engine]:
    """A database with a stream of unfolded events, twice."""
    engine = make_engine(database_url)
    contacts = events // EVENTS_PER_CONTACT
    sizes = {"events": events, "contacts": contacts, "accounts": contacts // CONTACTS_PER_ACCOUNT}
    values = {**sizes, "people": CONTACTS_PER_ACCOUNT, "now": NOW, "stream": STREAM}
    with engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement), values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    yield engine
    engine.dispose()


def fold_one(engine: Engine, at: datetime) -> None:
    """One batch with the whole model, as soon as its last event has happened."""
    with Session(engine) as session:
        folded = fold_next_batch(session, at, TOKYO)
        assert folded == BATCH, f"a batch of {folded} is no batch"
        session.commit()


def count_one(engine: Engine, at: datetime) -> None:
    """One batch without any rule."""
    with Session(engine) as session:
        session.execute(UPDATE_BATCH, {"at": at, "limit": BATCH})
        session.commit()
