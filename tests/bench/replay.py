"""`scoring.replay`: recorded months walked through the whole model, beside one aggregate with `exp()` over the rows."""

import resource
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.db import make_engine
from abm.scoring.histories import moment
from abm.scoring.live import ensure_model
from abm.scoring.recorded import read_ahead, read_histories
from abm.scoring.replay import replay
from tests.bench import Context, Figure, benchmark, timed

NOW = datetime(2026, 11, 13, 3, tzinfo=UTC)
MONTHS = timedelta(days=365)
TOKYO = ZoneInfo("Asia/Tokyo")
EVENTS_PER_CONTACT = 10
CONTACTS_PER_ACCOUNT = 5

# A year in the order in which it happened: every account's people sit in the stream at random.
FILL = (
    "insert into accounts (name, normalised_name) select n, n from generate_series(1, :accounts) n",
    """
    insert into contacts (account_id, full_name, seniority)
    select a.id, a.name || '.' || n, (array['executive', 'department_head', 'section_head', 'other', 'other'])[n]
    from accounts a, generate_series(1, :people) n
    """,
    # Nothing here looks events up, and to keep nine indexes of ten million rows would take longer than to measure.
    """
    do $$ declare name text; begin
        for name in select indexname from pg_indexes where tablename = 'events' and indexname like 'ix_%' loop
            execute 'drop index ' || name;
        end loop;
    end $$
    """,
    "set local session_replication_role = replica",
    """
    create temporary table numbered on commit drop as
    select id, account_id, row_number() over (order by random()) as number from contacts
    """,
    """
    insert into events (id, kind, happened_at, account_id, contact_id, verdict, minutes, folded_at)
    select uuidv7(make_interval(secs => -1 * (:events - n))), k.kind,
        cast(:now as timestamptz) - cast(:months as interval) * (cast(:events - n as float8) / :events),
        c.account_id, c.id, k.verdict, case when k.kind = 'webinar_attended' then 10 + n % 50 end, :now
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
)
# What everybody's points have come to, if events of a kind were always worth the same: no seniority, no cap, no policy.
AGGREGATE = text(
    """
    select count(*), sum(points) from (
        select e.contact_id, sum(k.points * exp(
            -0.6931471805599453 * extract(epoch from cast(:now as timestamptz) - e.happened_at) / 86400 / k.half_life
        )) as points
        from events e
        join unnest(cast(:kinds as text[]), cast(:points as float8[]), cast(:half_lives as float8[]))
            as k (kind, points, half_life) on k.kind = e.kind
        group by e.contact_id
    ) p
    """
)
ROUNDS = 3


@benchmark("scoring.replay")
def measure_replay(context: Context) -> Iterator[Figure]:
    """A year replayed by the default model, and the aggregate over the same rows, in turn."""
    events = context.rows(500_000, 10_000_000)
    with filled(context.addresses.database_url, events) as engine:
        before = peak_mb()
        handed_over = replay_all(engine)
        seconds = [(timed(lambda: replay_all(engine)), timed(lambda: aggregate(engine))) for _ in range(ROUNDS)]
        more = {"handed_over": handed_over, "grown_mb": peak_mb() - before}
    replaying, adding = (min(column) for column in zip(*seconds, strict=True))
    yield Figure(
        name="scoring.replay",
        value=events / replaying,
        unit="events/s",
        better="higher",
        reference="sql_aggregate",
        reference_value=events / adding,
        rows=events,
        seconds=replaying,
        more=more,
    )


def replay_all(engine: Engine) -> int:
    """Everything recorded, from the first event to the last; answers how many hand-offs there would have been."""
    with Session(engine) as session:
        model = ensure_model(session)
        found = read_ahead(read_histories(session, NOW - MONTHS, NOW, nobody_answered))
        return sum(change.opens for histories in found for change in replay(histories, model, TOKYO, moment(NOW)))


def nobody_answered(session: Session, accounts: Sequence[uuid.UUID]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Sales has not been asked yet."""
    return {}, {}


def aggregate(engine: Engine) -> None:
    """One statement, everything decayed and summed by person."""
    with Session(engine) as session:
        kinds = ensure_model(session).kinds
        values = {
            "now": NOW,
            "kinds": list(kinds),
            "points": [rule.base for rule in kinds.values()],
            "half_lives": [rule.half_life_days for rule in kinds.values()],
        }
        session.execute(AGGREGATE, values).one()


def peak_mb() -> float:
    """The most memory this process has taken so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def filled(database_url: str, events: int) -> Iterator[Engine]:
    """A database with a year of folded events."""
    engine = make_engine(database_url)
    contacts = events // EVENTS_PER_CONTACT
    sizes = {"events": events, "contacts": contacts, "accounts": contacts // CONTACTS_PER_ACCOUNT}
    values = {**sizes, "people": CONTACTS_PER_ACCOUNT, "now": NOW, "months": MONTHS}
    with engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement), values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    yield engine
    engine.dispose()
