"""`segment.count`: a segment with a behaviour condition counted, beside the statement a person would write for it."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.db import make_engine
from abm.segments.compile import members
from abm.segments.segments import Count, count_people
from tests.bench import Context, Figure, benchmark, timed

NOW = datetime(2026, 11, 13, 3, tzinfo=UTC)
ROUNDS = 9
CONTACTS_PER_ACCOUNT = 5
EVENTS_PER_CONTACT = 5

# Half a year of events: most of them opens and machines, as in life.
FILL = (
    """
    insert into accounts (name, normalised_name, tier, industry)
    select n, n, (array['1:1', '1:few', '1:many', '1:many'])[1 + n % 4], (array['製造業', '商社', '物流'])[1 + n % 3]
    from generate_series(1, :accounts) n
    """,
    """
    insert into contacts (account_id, full_name, email, seniority)
    select a.id, a.name || '.' || n, a.name || '.' || n || '@firm.example',
        (array['executive', 'department_head', 'section_head', 'other', 'other'])[n]
    from accounts a, generate_series(1, :people) n
    """,
    """
    insert into events (id, kind, happened_at, account_id, contact_id, verdict, folded_at)
    select uuidv7(), (array['open', 'open', 'click', 'click', 'download', 'key_page'])[1 + floor(random() * 6)],
        cast(:now as timestamptz) - random() * interval '180 days', c.account_id, c.id,
        (array['proven', 'likely', 'unknown', 'machine', 'machine'])[1 + floor(random() * 5)], :now
    from contacts c, generate_series(1, :events) n
    """,
)
CONDITION = {
    "all": [
        {"field": "account.tier", "op": "in", "value": ["1:1", "1:few"]},
        {"field": "contact.seniority", "op": "in", "value": ["executive", "department_head"]},
        {"did": ["click", "download"], "at_least": 2, "within": 90},
    ]
}
BY_HAND = text(
    """
    select count(distinct c.account_id), count(*)
    from contacts c
    join accounts a on a.id = c.account_id
    where c.archived_at is null and a.tier in ('1:1', '1:few') and c.seniority in ('executive', 'department_head')
      and c.id in (
        select e.contact_id from events e
        where e.kind in ('click', 'download') and e.verdict in ('proven', 'likely')
          and e.happened_at > cast(:now as timestamptz) - interval '90 days' and e.happened_at <= :now
        group by e.contact_id having count(*) >= 2
      )
    """
)


@benchmark("segment.count")
def measure_count(context: Context) -> Iterator[Figure]:
    """Both ways in turn, each from the document or the text to the two numbers."""
    contacts = context.rows(100_000, 1_000_000)
    engine = filled(context.addresses.database_url, contacts)
    with Session(engine) as session:
        found = count_segment(session)
        assert (found.accounts, found.contacts) == count_by_hand(session), "the two ways do not count the same people"
        rounds = [(timed(lambda: count_segment(session)), timed(lambda: count_by_hand(session))) for _ in range(ROUNDS)]
    engine.dispose()
    ours, by_hand = (statistics.median(column) for column in zip(*rounds, strict=True))
    yield Figure(
        name="segment.count",
        value=1 / ours,
        unit="counts/s",
        better="higher",
        reference="hand_written",
        reference_value=1 / by_hand,
        rows=contacts,
        seconds=ours,
    )


def filled(database_url: str, contacts: int) -> Engine:
    """A database with accounts, people and half a year of what they did."""
    engine = make_engine(database_url)
    sizes = {"accounts": contacts // CONTACTS_PER_ACCOUNT, "people": CONTACTS_PER_ACCOUNT}
    with engine.begin() as connection:
        for statement in FILL:
            values = {**sizes, "events": EVENTS_PER_CONTACT, "now": NOW}
            connection.execute(text(statement), {name: one for name, one in values.items() if f":{name}" in statement})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    return engine


def count_segment(session: Session) -> Count:
    """As `abm segment count` does it."""
    moment = Moment(NOW, ZoneInfo("Asia/Tokyo"))
    return count_people(session, members(read_condition(CONDITION), moment), NOW)


def count_by_hand(session: Session) -> tuple[int, int]:
    """The reference."""
    accounts, contacts = session.execute(BY_HAND, {"now": NOW}).one()
    return accounts, contacts
