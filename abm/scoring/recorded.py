"""Reading what was recorded, some accounts at a time: one pass through the events, in memory of one size."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import LiteralString

import numpy as np
from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.scoring.arrays import array
from abm.scoring.fit import RECORD, record_of
from abm.scoring.histories import (
    KINDS,
    NOBODY,
    ROLES,
    SENIORITIES,
    TIERS,
    VERDICTS,
    Answered,
    Array,
    Histories,
    Ids,
)
from abm.words import EventReason, Verdict

# So many acts are walked at once: enough to make a step worth its while, few enough to keep memory flat.
BATCH = 300_000
FETCH = 500
# Sorting ten million rows in the few megabytes of a default would be done in hundreds of pieces.
MORE_MEMORY = text("select set_config('work_mem', '128MB', true)")

# What becomes of an act besides its verdict: struck from the receipt, or called no signal by sales.
FALSE, STRUCK = 1, 2
ACT = np.dtype([("contact", "V16"), ("code", ">i4"), ("at", ">i8"), ("minutes", ">f8")])
HALVES = np.dtype([("high", ">u8"), ("low", ">u8")])
# Each account with its acts in order, as the bytes of ACT; an unknown kind has no place in the list and is left out.
# What was called no signal has the verdict from before; of those called so by older releases nobody kept it.
ACTS: LiteralString = """
    select account_id, string_agg(
        uuid_send(contact_id) || int4send(kind * 32 + verdict * 4 + mark) || timestamptz_send(happened_at)
            || float8send(coalesce(minutes, 'NaN')),
        '' order by happened_at, id
    )
    from (
        select id, account_id, contact_id, happened_at, minutes, array_position(%(kinds)s::text[], kind) as kind,
            array_position(
                %(verdicts)s::text[],
                case when %(false_signal)s = any(reasons) then coalesce(verdict_before, %(likely)s) else verdict end
            ) as verdict,
            case when s.event_id is not null then 2 when %(false_signal)s = any(reasons) then 1 else 0 end as mark
        from events e left join (select event_id from strikes where withdrawn_at is null) s on s.event_id = e.id
        where happened_at >= %(since)s and happened_at < %(until)s and folded_at is not null
    ) e
    where kind is not null and verdict is not null
    group by account_id order by account_id
"""
# Likewise everybody of some accounts, in order; nobody is nobody's department.
PERSON = np.dtype([("id", "V16"), ("code", ">i4"), ("department", "V16")])
PEOPLE = text(
    """
    select string_agg(uuid_send(id) || int4send(
        array_position(cast(:seniorities as text[]), seniority) * 16
            + coalesce(array_position(cast(:roles as text[]), buying_role), 0)
    ) || uuid_send(coalesce(department_id, :nobody)), '' order by id)
    from contacts where account_id = any(cast(:accounts as uuid[]))
    """
)
ACCOUNTS = text(
    f"""
    select id, tier, excluded_reason is not null as is_excluded, {", ".join(RECORD)} from accounts
    where id = any(cast(:accounts as uuid[])) order by id
    """  # noqa: S608 only our own words are put in
)

# The answers of sales to hand-offs of some accounts, and how many of each nobody has answered yet.
AnswersOf = Callable[
    [Session, Sequence[uuid.UUID]], tuple[Mapping[uuid.UUID, Sequence[Answered]], Mapping[uuid.UUID, int]]
]


def read_histories(session: Session, since: datetime, until: datetime, answers_of: AnswersOf) -> Iterator[Histories]:
    """Everything recorded between two moments, whole accounts at a time, in order of their ids."""
    for ids, counts, acts in _read_acts(session, since, until):
        yield _histories(session, ids, counts, acts, answers_of)


def read_ahead(batches: Iterator[Histories]) -> Iterator[Histories]:
    """The same, the next one read while the one before is walked; nobody else uses the session meanwhile."""
    with ThreadPoolExecutor(1, thread_name_prefix="recorded") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _read_acts(session: Session, since: datetime, until: datetime) -> Iterator[tuple[list[uuid.UUID], Array, Array]]:
    """Accounts in order of their ids: their ids, how many acts each has, and those acts one behind the other."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    session.execute(MORE_MEMORY)
    words = {"false_signal": EventReason.FALSE_SIGNAL.value, "likely": Verdict.LIKELY.value}
    values = {"kinds": KINDS, "verdicts": VERDICTS, **words}
    with connection.cursor(name="acts") as cursor:
        cursor.execute(ACTS, {**values, "since": since, "until": until}, binary=True)
        ids: list[uuid.UUID] = []
        pieces: list[bytes] = []
        waiting = 0
        while rows := cursor.fetchmany(FETCH):
            for account_id, acts in rows:
                ids.append(account_id)
                pieces.append(acts)
                waiting += len(acts) // ACT.itemsize
                if waiting >= BATCH:
                    yield _batch(ids, pieces)
                    ids, pieces, waiting = [], [], 0
        if ids:
            yield _batch(ids, pieces)


def _batch(ids: list[uuid.UUID], pieces: list[bytes]) -> tuple[list[uuid.UUID], Array, Array]:
    counts = np.array([len(piece) // ACT.itemsize for piece in pieces])
    return ids, counts, np.frombuffer(b"".join(pieces), dtype=ACT)


def _histories(
    session: Session, ids: Sequence[uuid.UUID], counts: Array, acts: Array, answers_of: AnswersOf
) -> Histories:
    accounts = session.execute(ACCOUNTS, {"accounts": array(ids)}).all()
    people = _people(session, ids)
    answers, unanswered = answers_of(session, ids)
    place = {account_id: number for number, account_id in enumerate(ids)}
    # Whom sales turned away was handed over before.
    turned_away = {account_id for account_id, given in answers.items() if any(one.excludes for one in given)}
    person = _places(acts["contact"], people["id"])
    known = person >= 0
    code = acts["code"][known].astype(np.int64)
    return Histories(
        account_ids=ids,
        tier=np.array([TIERS.index(row.tier) for row in accounts]),
        excluded=np.array([row.is_excluded and row.id not in turned_away for row in accounts], dtype=bool),
        person_ids=Ids(people["id"]),
        seniority=people["code"].astype(np.int64) // 16 - 1,
        role=people["code"].astype(np.int64) % 16 - 1,
        departments=Ids(people["department"]),
        account=np.repeat(np.arange(len(ids)), counts)[known],
        person=person[known],
        kind=code // 32 - 1,
        verdict=code % 32 // 4 - 1,
        at=acts["at"][known].astype(np.int64),
        minutes=acts["minutes"][known].astype(np.float64),
        struck=code % 4 == STRUCK,
        is_false=code % 4 == FALSE,
        records=[record_of(row) for row in accounts],
        answers={place[account_id]: given for account_id, given in answers.items()},
        unanswered={place[account_id]: number for account_id, number in unanswered.items()},
    )


def _people(session: Session, ids: Sequence[uuid.UUID]) -> Array:
    values = {"accounts": array(ids), "seniorities": SENIORITIES, "roles": ROLES, "nobody": NOBODY}
    return np.frombuffer(session.scalar(PEOPLE, values) or b"", dtype=PERSON)


def _places(contacts: Array, people: Array) -> Array:
    """Where each of these contacts stands among the people; -1 for one that does not."""
    if not len(people):
        return np.full(len(contacts), -1)
    listed, wanted = (np.frombuffer(ids.tobytes(), dtype=HALVES) for ids in (people, contacts))
    # Both halves mixed into one number can be looked up fast; that it is the right one is checked on both.
    mixed = _mixed(listed)
    order = np.argsort(mixed)
    found = order[np.searchsorted(mixed, _mixed(wanted), sorter=order).clip(max=len(people) - 1)]
    same = (listed["high"][found] == wanted["high"]) & (listed["low"][found] == wanted["low"])
    return np.where(same, found, -1)


def _mixed(halves: Array) -> Array:
    return halves["high"].astype(np.uint64) ^ (halves["low"].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
