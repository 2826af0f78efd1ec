"""The outbox: messages claimed for sending, marked before they leave, and settled with their fate."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from abm.due import claim_due
from abm.words import (
    ConsentBasis,
    ConsentPurpose,
    GuardAnswer,
    GuardReason,
    MessageState,
    SendReason,
    SequenceState,
)

# Small: whatever of a batch was marked as leaving when its sender is killed has an unknown fate.
BATCH = 50
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


OUTGOING = text(
    """
    select m.id, m.key, m.message_id, m.mail_id, m.account_id, m.department_id, m.contact_id, m.enrollment_id, m.step,
        m.reason, m.attempts, cast(m.guard->>'tried_since' as timestamptz), s.name, s.state = 'paused',
        coalesce(c.email, ''), c.full_name,
        coalesce(c.family_name, ''), coalesce(c.given_name, ''), coalesce(c.title, ''), coalesce(d.name, ''),
        a.name, c.is_sample or a.is_sample, c.archived_at is not null,
        coalesce((select o.granted from consents o where o.contact_id = c.id and o.purpose = 'open_tracking'
                  order by o.at desc, o.granted limit 1), false)
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
        guard = m.guard || v.guard::jsonb,
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
    ids = claim_due(session, "messages", at=at, limit=limit, states=[MessageState.PLANNED])
    sending = text("update messages set state = 'sending' where id = any(:ids) returning id, attempts")
    return {row.id: row.attempts for row in session.execute(sending, {"ids": ids})}


def load_outgoing(session: Session, claims: Claims) -> list[Outgoing]:
    """The claimed messages with everything their mails say; those that somebody else has taken over are left out."""
    values = {"ids": list(claims), "attempts": list(claims.values())}
    return [Outgoing(*row) for row in session.execute(OUTGOING, values)]


def mark_leaving(session: Session, leaving: Sequence[tuple[Outgoing, bytes, bool]]) -> set[uuid.UUID]:
    """Note the bytes that are about to leave: from here on a crash makes a message's fate uncertain."""
    statement = text(
        """
        update messages m set hash = v.hash, is_local = v.is_local, guard = m.guard - 'answer' - 'reasons',
            leased_until = clock_timestamp() + interval '10 minutes'
        from unnest(
            cast(:ids as uuid[]), cast(:attempts as bigint[]), cast(:hashes as bytea[]), cast(:locals as bool[])
        ) v (id, attempts, hash, is_local)
        where m.id = v.id and m.attempts = v.attempts and m.state = 'sending'
        returning m.id
        """
    )
    values = {
        "ids": [one.id for one, _, _ in leaving],
        "attempts": [one.attempts for one, _, _ in leaving],
        "hashes": [digest for _, digest, _ in leaving],
        "locals": [is_local for _, _, is_local in leaving],
    }
    return set(session.scalars(statement, values)) if leaving else set()


# As the guard has it: after a refusal only a newer opt-in counts.
MAY_LEAVE = text(
    f"""
    select not exists (select from suppressions where email = cast(:email as citext)) and exists (
        select from messages m
        join contacts c on c.id = m.contact_id
        join enrollments e on e.id = m.enrollment_id
        join sequence_versions v on v.id = e.sequence_version_id
        join sequences s on s.id = v.sequence_id
        where m.id = :id and m.attempts = :attempts and m.state = '{MessageState.SENDING}'
          and c.archived_at is null and s.state <> '{SequenceState.PAUSED}'
          and not exists (
            select from consents refused
            where refused.contact_id = c.id and refused.purpose = '{ConsentPurpose.MAIL}' and not refused.granted
              and not exists (
                select from consents g
                where g.contact_id = c.id and g.purpose = refused.purpose and g.granted
                  and g.basis = '{ConsentBasis.OPT_IN}' and g.at > refused.at
              )
          )
    )
    """  # noqa: S608 only our own words are put in
)


def may_leave(connection: Connection, one: Outgoing) -> bool:
    """The last look, right before a mail is handed over: still ours, wanted, and not stopped meanwhile."""
    return bool(connection.scalar(MAY_LEAVE, {"id": one.id, "attempts": one.attempts, "email": one.email}))


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


def pause_after(trying_for: timedelta) -> timedelta:
    """How long to wait after trying for this long: as long again, at most an hour."""
    return min(max(trying_for, FIRST_PAUSE), LONGEST_PAUSE)


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
