"""The outbox: messages claimed for sending, marked before they leave, and settled with their fate."""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.due import LEASE
from abm.words import GuardAnswer, GuardReason, MessageState, SendReason

BATCH = 200
# Tried for this long, then given up.
PATIENCE = timedelta(days=3)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
PAUSED_PAUSE = timedelta(minutes=10)

# Message → the attempt that is ours. Whoever claims it after our lease counts on, and we have no say any more.
Claims = Mapping[uuid.UUID, int]


@dataclass(frozen=True)
class Outgoing:
    """A claimed message with what its mail says about its contact."""

    id: uuid.UUID
    key: bytes
    message_id: str
    mail_id: uuid.UUID
    account_id: uuid.UUID
    department_id: uuid.UUID | None
    contact_id: uuid.UUID
    enrollment_id: uuid.UUID
    step: str
    reason: str | None
    attempts: int
    # Since when it has been tried without a pause or hold in between.
    tried_since: datetime | None
    sequence: str
    is_paused: bool
    email: str
    full_name: str
    family_name: str
    given_name: str
    title: str
    department: str
    account_name: str
    is_sample: bool
    is_archived: bool
    counts_opens: bool
    priority: int
    # What may go in its place when the guard says so.
    swap_mail_id: uuid.UUID | None
    occurrence: int
    sequence_title: dict[str, str]
    campaign: str
    # What became of its way since it was planned.
    has_left: bool
    waits_for_resuming: bool


OUTGOING = text(
    """
    select m.id, m.key, m.message_id, m.mail_id, m.account_id, m.department_id, m.contact_id, m.enrollment_id, m.step,
        m.reason, m.attempts, cast(m.guard->>'tried_since' as timestamptz), s.name, s.state = 'paused',
        coalesce(c.email, ''), c.full_name,
        coalesce(c.family_name, ''), coalesce(c.given_name, ''), coalesce(c.title, ''), coalesce(d.name, ''),
        a.name, c.is_sample or a.is_sample, c.archived_at is not null,
        coalesce((select o.granted from consents o where o.contact_id = c.id and o.purpose = 'open_tracking'
                  order by o.at desc, o.granted limit 1), false),
        m.priority, m.swap_mail_id, m.occurrence, s.title,
        coalesce((select k.name from campaigns k where k.id = m.campaign_id), ''),
        e.trail ? 'left', exists (select from enrollment_pauses p where p.enrollment_id = e.id)
    from unnest(cast(:ids as uuid[]), cast(:attempts as bigint[])) mine (id, attempts)
    join messages m on m.id = mine.id and m.attempts = mine.attempts
    join contacts c on c.id = m.contact_id
    join accounts a on a.id = c.account_id
    left join departments d on d.id = c.department_id
    join enrollments e on e.id = m.enrollment_id
    join sequence_versions v on v.id = e.sequence_version_id
    join sequences s on s.id = v.sequence_id
    where m.state = 'sending'
    """
)


@dataclass(frozen=True)
class Settled:
    """A message's state from now on; `due_at` is set while it is still under way."""

    id: uuid.UUID
    attempt: int
    state: MessageState
    reason: SendReason | GuardReason | None = None
    due_at: datetime | None = None
    code: int | None = None
    tried_since: datetime | None = None
    answer: GuardAnswer | None = None
    reasons: tuple[GuardReason, ...] = ()


# Only a row that is still being sent by us is settled: a slower worker changes nothing.
SETTLE = text(
    """
    update messages m
    set state = v.state, reason = v.reason, due_at = coalesce(v.due_at, m.due_at), leased_until = null,
        guard = m.guard - 'leaving' || v.guard::jsonb,
        hash = case when v.state = 'planned' then null else m.hash end,
        sent_at = case when v.state = 'sent' then :at else m.sent_at end,
        delivered_at = case when v.state = 'sent' then :at else m.delivered_at end
    from unnest(
        cast(:ids as uuid[]), cast(:attempts as bigint[]), cast(:states as text[]), cast(:reasons as text[]),
        cast(:dues as timestamptz[]), cast(:guards as text[])
    ) v (id, attempts, state, reason, due_at, guard)
    where m.id = v.id and m.attempts = v.attempts and m.state = 'sending'
    returning m.id
    """
)


def claim_messages(session: Session, at: datetime, limit: int = BATCH) -> Claims:
    """The messages this worker may send; others got to the rest first."""
    statement = text(
        """
        update messages
        set state = 'sending', leased_until = clock_timestamp() + :lease, attempts = attempts + 1
        where id = any(array(
            select id from messages
            where due_at <= :at and state = 'planned' and (leased_until is null or leased_until < clock_timestamp())
            order by due_at limit :limit for update skip locked
        )) returning id, attempts
        """
    )
    rows = session.execute(statement, {"lease": LEASE, "at": at, "limit": limit})
    return {row.id: row.attempts for row in rows}


def keep_claims(session: Session, claims: Claims) -> None:
    """Lease these again: whoever holds them is alive, and waits for slow servers."""
    statement = text(
        """
        update messages m set leased_until = greatest(leased_until, clock_timestamp() + :lease)
        from unnest(cast(:ids as uuid[]), cast(:attempts as bigint[])) mine (id, attempts)
        where m.id = mine.id and m.attempts = mine.attempts and m.state = 'sending'
        """
    )
    session.execute(statement, {"lease": LEASE, "ids": list(claims), "attempts": list(claims.values())})


def load_outgoing(session: Session, claims: Claims) -> list[Outgoing]:
    """The claimed messages with everything their mails say; those that somebody else has taken over are left out."""
    values = {"ids": list(claims), "attempts": list(claims.values())}
    return [Outgoing(*row) for row in session.execute(OUTGOING, values)]


def mark_decided(session: Session, messages: Collection[uuid.UUID]) -> None:
    """Note that these are about to leave, for whoever decides about another mail to the same person meanwhile."""
    if messages:
        statement = text("""update messages set guard = guard || '{"leaving": true}' where id = any(:ids)""")
        session.execute(statement, {"ids": list(messages)})


def settle(session: Session, settled: Sequence[Settled], at: datetime) -> set[uuid.UUID]:
    """Write the fates; answers which were still ours to settle."""
    if not settled:
        return set()
    values = {
        "at": at,
        "ids": [one.id for one in settled],
        "attempts": [one.attempt for one in settled],
        "states": [one.state.value for one in settled],
        "reasons": [one.reason and one.reason.value for one in settled],
        "dues": [one.due_at for one in settled],
        "guards": [_guard_column(one) for one in settled],
    }
    return set(session.scalars(SETTLE, values))


def pause_after(trying_for: timedelta, chance: float = 0.5) -> timedelta:
    """How long to wait after trying for this long: as long again, at most an hour; a quarter more or less by chance."""
    return min(max(trying_for, FIRST_PAUSE), LONGEST_PAUSE) * (0.75 + chance / 2)


@dataclass(frozen=True)
class Stranded:
    """A message whose sender vanished; with a hash its bytes may have left."""

    id: uuid.UUID
    attempts: int
    message_id: str
    may_have_left: bool
    is_local: bool


def claim_stranded(session: Session, limit: int = 200) -> list[Stranded]:
    """Messages in sending whose lease ran out, locked for this transaction."""
    statement = text(
        """
        select id, attempts, message_id, hash is not null, is_local
        from messages
        where state = 'sending' and (leased_until is null or leased_until < clock_timestamp())
        order by due_at limit :limit for update skip locked
        """
    )
    return [Stranded(*row) for row in session.execute(statement, {"limit": limit})]


def has_due_messages(session: Session, at: datetime) -> bool:
    """Whether a message waits to be sent or was left behind by a sender."""
    statement = text(
        """
        select exists (
            select from messages
            where state in ('planned', 'sending') and due_at <= :at
              and (leased_until is null or leased_until < clock_timestamp())
        )
        """
    )
    return bool(session.scalar(statement, {"at": at}))


def _guard_column(settled: Settled) -> str:
    """What is added to a message's guard column; a pause or hold ends the time in which it was tried."""
    said: dict[str, object] = {"tried_since": settled.tried_since}
    if settled.answer:
        said |= {"answer": settled.answer, "reasons": settled.reasons}
    if settled.code:
        said["smtp"] = settled.code
    return json.dumps(said, default=str)
