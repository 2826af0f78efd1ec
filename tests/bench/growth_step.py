"""`growth.step`, `growth.waiting`: what a batch, and asking whether one is due, cost when ten times as many wait."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.db import make_engine, migrate
from campaigns.advance import advance, claim_enrollments
from campaigns.enrollments import has_due_enrollments
from campaigns.plans import Sender
from campaigns.sequences import apply_sequence, publish_sequence
from tests.bench import Context, Figure, benchmark, timed
from tests.conftest import new_database
from tests.worlds import make_account, make_contact

AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
BATCH = 1_000
ROUNDS = 6
LOOKS = 50
SENDER = Sender("sender.example")
# Everybody waits for days before a mail; accounts have twenty people, so that a batch is of as many accounts in both.
FILL = (
    """
    insert into accounts (name, normalised_name)
    select '株式会社' || n, 'n' || n from generate_series(1, :people / 20) n
    """,
    """
    insert into contacts (account_id, full_name, family_name, email)
    select a.id, '安奈 ' || n, '安奈', n || '@' || a.normalised_name || '.example'
    from accounts a, generate_series(1, 20) n where a.normalised_name like 'n%'
    """,
    """
    insert into consents (contact_id, purpose, granted, basis, evidence, at)
    select id, 'mail', true, 'business_card', 'fair', cast(:at as timestamptz) - interval '1 year' from contacts
    """,
    """
    insert into enrollments (sequence_version_id, sequence_id, account_id, contact_id, step, step_since, due_at,
        enrolled_at)
    select v.id, v.sequence_id, c.account_id, c.id, 'wait_after_guide', :at,
        cast(:at as timestamptz) + interval '1 day' + random() * interval '90 days', :at
    from contacts c, sequence_versions v where c.email like '%@n%'
    """,
)
# The same people in both databases, spread over it as chance has it.
CHOOSE = """
    create table batch as select id from (select id from enrollments order by md5(id::text) limit :batch) chosen
"""
RESET = (
    "truncate messages, timeline_items cascade",
    """
    update enrollments set step = 'wait_after_guide', step_since = cast(:at as timestamptz) - interval '4 days',
        due_at = :at, state = 'active', ended_at = null, leased_until = null, trail = '{}'
    where id in (select id from batch)
    """,
    "vacuum analyze enrollments",
)


@benchmark("growth.step", "growth.waiting")
def measure_step(context: Context) -> Iterator[Figure]:
    """Both sizes in turn: a batch of the same size is claimed, decided and written among those that wait."""
    waiting = context.rows(20_000, 100_000)
    grown = [grow(context, f"step_{times}x", waiting * times) for times in (1, 10)]
    for name, way, many in (("growth.waiting", _look, LOOKS), ("growth.step", _step, BATCH)):
        rounds = [tuple(way(one) for one in grown) for _ in range(ROUNDS)]
        # The first of each only warms up.
        reference, ours = (statistics.median(column) / many for column in zip(*rounds[1:], strict=True))
        yield Figure(name, ours, "s", "lower", "tenth_waiting", reference, 10 * waiting, ours * many * ROUNDS)
    for engine in grown:
        engine.dispose()


def grow(context: Context, name: str, people: int) -> Engine:
    """A database of its own in which so many wait, and nobody is due."""
    url = new_database(context.addresses, name)
    migrate(url)
    engine = make_engine(url)
    with Session(engine) as session:
        first = make_contact(session, make_account(session))
        apply_sequence(session, "first_steps", AT)
        publish_sequence(session, "first_steps", contact_ids=[first.id], at=AT - timedelta(days=9))
        session.execute(text("delete from enrollments"))
        session.commit()
    _run(engine, *FILL, CHOOSE, "vacuum analyze", people=people, batch=BATCH)
    return engine


def _look(engine: Engine) -> float:
    """As the scheduler asks every second, over one connection."""
    with Session(engine) as session:
        return timed(lambda: [has_due_enrollments(session, AT) for _ in range(LOOKS)])


def _step(engine: Engine) -> float:
    """As the actor does it; what came of the round before is taken back first."""
    _run(engine, *RESET)
    return timed(lambda: _advance_batch(engine))


def _advance_batch(engine: Engine) -> None:
    with Session(engine) as session:
        ids = claim_enrollments(session, AT)
        session.commit()
    assert len(ids) == BATCH
    with Session(engine) as session:
        advance(session, ids, SENDER, AT)
        session.commit()


def _run(engine: Engine, *statements: str, **values: object) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            used = {name: value for name, value in {**values, "at": AT}.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
