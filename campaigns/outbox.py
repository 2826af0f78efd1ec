"""The outbox: messages claimed for sending, marked before they leave, and settled with their fate."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from abm.due import claim_due
from abm.words import GuardAnswer, GuardReason, MessageState, SendReason

# Small, so that little time lies between the last look at the suppressions and the last mail of a batch.
BATCH = 20
# Tried for this long, then given up.
PATIENCE = timedelta(days=3)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
PAUSED_PAUSE = timedelta(minutes=10)


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
    planned_at: datetime
    attempts: int
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


OUTGOING = text(
    """
    select m.id, m.key, m.message_id, m.mail_id, m.account_id, m.department_id, m.contact_id, m.enrollment_id, m.step,
        m.reason, m.planned_at, m.attempts, s.name, s.state = 'paused', coalesce(c.email, ''), c.full_name,
        coalesce(c.family_name, ''), coalesce(c.given_name, ''), coalesce(c.title, ''), coalesce(d.name, ''),
        a.name, c.is_sample or a.is_sample, c.archived_at is not null,
        coalesce((select o.granted from consents o where o.contact_id = c.id and o.purpose = 'open_tracking'
                  order by o.at desc, o.granted limit 1), false)
    from messages m
    join contacts c on c.id = m.contact_id
    join accounts a on a.id = c.account_id
    left join departments d on d.id = c.department_id
    join enrollments e on e.id = m.enrollment_id
    join sequence_versions v on v.id = e.sequence_version_id
    join sequences s on s.id = v.sequence_id
    where m.id = any(:ids) and m.state = 'sending'
    """
)


@dataclass(frozen=True)
class Settled:
    """A message's state from now on; `due_at` is set while it is still under way."""

    id: uuid.UUID
    state: MessageState
    reason: SendReason | GuardReason | None = None
    due_at: datetime | None = None
    code: int | None = None
    answer: GuardAnswer | None = None
    reasons: tuple[GuardReason, ...] = ()


# Only a row that is still being sent is settled: a slower worker changes nothing.
SETTLE = text(
    """
    update messages m
    set state = v.state, reason = v.reason, due_at = coalesce(v.due_at, m.due_at), leased_until = null,
        guard = m.guard || v.guard::jsonb,
        hash = case when v.state = 'planned' then null else m.hash end,
        attempts = case when v.state = 'sent' then 0 else m.attempts end,
        sent_at = case when v.state = 'sent' then :at else m.sent_at end,
        delivered_at = case when v.state = 'sent' then :at else m.delivered_at end
    from unnest(
        cast(:ids as uuid[]), cast(:states as text[]), cast(:reasons as text[]), cast(:dues as timestamptz[]),
        cast(:guards as text[])
    ) v (id, state, reason, due_at, guard)
    where m.id = v.id and m.state = 'sending'
    returning m.id
    """
)


def claim_messages(session: Session, at: datetime, limit: int = BATCH) -> list[uuid.UUID]:
    """The messages this worker may send; others got to the rest first."""
    ids = claim_due(session, "messages", at=at, limit=limit, states=[MessageState.PLANNED])
    session.execute(text("update messages set state = 'sending' where id = any(:ids)"), {"ids": ids})
    return ids


def load_outgoing(session: Session, ids: Collection[uuid.UUID]) -> list[Outgoing]:
    """The claimed messages with everything their mails say."""
    return [Outgoing(*row) for row in session.execute(OUTGOING, {"ids": list(ids)})]


def mark_leaving(session: Session, hashes: Sequence[tuple[uuid.UUID, bytes, bool]]) -> set[uuid.UUID]:
    """Note the bytes that are about to leave: from here on a crash makes a message's fate uncertain.

    The same statement looks at the suppressions again and passes over those that are on it.
    """
    statement = text(
        """
        update messages m set hash = v.hash, is_local = v.is_local,
            leased_until = clock_timestamp() + interval '10 minutes'
        from unnest(cast(:ids as uuid[]), cast(:hashes as bytea[]), cast(:locals as bool[])) v (id, hash, is_local)
        where m.id = v.id and m.state = 'sending'
          and not exists (
            select from contacts c join suppressions s on s.email = c.email where c.id = m.contact_id
          )
        returning m.id
        """
    )
    ids, digests, local = zip(*hashes, strict=True) if hashes else ((), (), ())
    return set(session.scalars(statement, {"ids": list(ids), "hashes": list(digests), "locals": list(local)}))


def is_suppressed(connection: Connection, email: str) -> bool:
    """The last look, right before a mail is handed over."""
    statement = text("select exists (select from suppressions where email = cast(:email as citext))")
    return bool(connection.scalar(statement, {"email": email}))


def settle(session: Session, settled: Sequence[Settled], at: datetime) -> set[uuid.UUID]:
    """Write the fates; answers which were still ours to settle."""
    if not settled:
        return set()
    values = {
        "at": at,
        "ids": [one.id for one in settled],
        "states": [one.state.value for one in settled],
        "reasons": [one.reason and one.reason.value for one in settled],
        "dues": [one.due_at for one in settled],
        "guards": [_guard_column(one) for one in settled],
    }
    return set(session.scalars(SETTLE, values))


def pause_after(attempts: int) -> timedelta:
    """How long to wait after this many tries: doubling, up to an hour."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 10)
    return min(doubled, LONGEST_PAUSE)


@dataclass(frozen=True)
class Stranded:
    """A message whose sender vanished; with a hash its bytes may have left."""

    id: uuid.UUID
    message_id: str
    may_have_left: bool
    is_local: bool


def claim_stranded(session: Session, limit: int = 200) -> list[Stranded]:
    """Messages in sending whose lease ran out, locked for this transaction."""
    statement = text(
        """
        select id, message_id, hash is not null, is_local
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
    parts = []
    if settled.answer:
        codes = ", ".join(f'"{code.value}"' for code in settled.reasons)
        parts.append(f'"answer": "{settled.answer.value}", "reasons": [{codes}]')
    if settled.code:
        parts.append(f'"smtp": {settled.code}')
    return "{" + ", ".join(parts) + "}"
