"""Advancing enrollments: claim a batch, decide all of it in memory, write it back in a few statements."""

import json
import secrets
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.due import claim_due
from abm.errors import AbmError
from abm.guard.facts import gather_facts
from abm.guard.guard import Decision, Facts
from abm.guard.guard import decide as ask_guard
from abm.models import Mail, SequenceVersion
from abm.models import Sequence as SequenceRow
from abm.queue import enqueue
from abm.tokens import MESSAGE_KEY_BYTES
from abm.words import Deed, EnrollmentState, EventKind, ItemKind, Language, LeaveReason, MessageState, Verdict
from campaigns.document import read_course
from campaigns.enrollments import cancel_waiting
from campaigns.moves import Move, Planned, Standing, move
from campaigns.steps import Course

BATCH = 1_000
DEEDS = {
    EventKind.CLICK: Deed.CLICK,
    EventKind.DOWNLOAD: Deed.DOWNLOAD,
    EventKind.PREMIUM_DOWNLOAD: Deed.DOWNLOAD,
}
# Without an account of its facts a contact is gone: nothing may be sent.
GONE = Facts(has_address=False)

STANDINGS = text(
    """
    select e.id, e.sequence_version_id, e.account_id, e.department_id, e.contact_id, e.step, e.step_since,
        e.occurrence, e.trail, e.due_at, e.attempts, c.email, c.language, c.archived_at is not null
    from enrollments e join contacts c on c.id = e.contact_id
    where e.id = any(:ids) and e.state = 'active' and e.due_at <= :at
    """
)

# Whoever was slower finds another step or due time, and writes nothing.
WRITE_MOVES = text(
    """
    update enrollments e
    set step = v.step, step_since = v.step_since, due_at = v.due_at, trail = v.trail, state = v.state,
        reason = v.reason, attempts = 0, leased_until = null,
        ended_at = case when v.state = 'active' then null else :at end
    from json_to_recordset(cast(:rows as json)) v (id uuid, old_step text, old_due timestamptz, step text,
        step_since timestamptz, due_at timestamptz, trail jsonb, state text, reason text)
    where e.id = v.id and e.state = 'active' and e.step = v.old_step and e.due_at = v.old_due
    returning e.id
    """
)

# A held message becomes planned or skipped in place; every other state is final for us.
WRITE_MESSAGES = text(
    """
    insert into messages (key, enrollment_id, step, occurrence, contact_id, account_id, department_id, campaign_id,
        mail_id, email, state, reason, guard, message_id, due_at, planned_at)
    select decode(v.key, 'hex'), v.enrollment_id, v.step, v.occurrence, v.contact_id, v.account_id, v.department_id,
        v.campaign_id, v.mail_id, v.email, v.state, v.reason, v.guard, v.message_id, v.due_at, :at
    from json_to_recordset(cast(:rows as json)) v (key text, enrollment_id uuid, step text, occurrence bigint,
        contact_id uuid, account_id uuid, department_id uuid, campaign_id uuid, mail_id uuid, email text, state text,
        reason text, guard jsonb, message_id text, due_at timestamptz)
    on conflict (enrollment_id, step, occurrence, contact_id) do update
    set state = excluded.state, reason = excluded.reason, guard = excluded.guard, email = excluded.email,
        due_at = excluded.due_at
    where messages.state = 'held'
    returning id, enrollment_id, step
    """
)


@dataclass(frozen=True)
class Version:
    """A published version as a batch needs it: its course, and which compiled mail serves which language."""

    course: Course
    sequence: str
    campaign_id: uuid.UUID | None
    mails: Mapping[tuple[str, str], uuid.UUID]

    def mail_for(self, name: str, language: str) -> uuid.UUID:
        """The mail in the contact's language, else in the first one it exists in."""
        for candidate in (language, *Language):
            if found := self.mails.get((name, candidate)):
                return found
        raise AbmError(f"sequence {self.sequence}: mail {name} was not compiled")


@dataclass(frozen=True)
class Sender:
    """What a new message needs of the installation: the domain its Message-ID is made under."""

    domain: str


def claim_enrollments(session: Session, at: datetime, limit: int = BATCH) -> list[uuid.UUID]:
    """Lease the enrollments that are due, oldest first."""
    return claim_due(session, "enrollments", at=at, limit=limit, states=[EnrollmentState.ACTIVE])


def advance(session: Session, ids: Collection[uuid.UUID], sender: Sender, at: datetime) -> int:
    """Decide these enrollments and write what follows; answers how many moved, for others were faster."""
    standings = load_standings(session, ids, at)
    versions = load_versions(session, {standing.version_id for standing in standings})
    guard = _guard(session, standings, at)
    deeds = _deeds(session, standings, versions)

    def decide(standing: Standing) -> Move:
        course = versions[standing.version_id].course
        return move(standing, course, guard[standing.contact_id], deeds(standing), at)

    moves = [decide(standing) for standing in standings]
    return write(session, moves, versions, sender, at)


def load_standings(session: Session, ids: Collection[uuid.UUID], at: datetime) -> list[Standing]:
    """The claimed enrollments as plain values; whom somebody else has moved meanwhile is not due any more."""
    return [Standing(*row) for row in session.execute(STANDINGS, {"ids": list(ids), "at": at})]


def load_versions(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Version]:
    """The versions a batch runs through, a handful at most."""
    rows = session.execute(
        select(SequenceVersion.id, SequenceVersion.document, SequenceRow.name, SequenceRow.campaign_id)
        .join(SequenceRow, SequenceRow.id == SequenceVersion.sequence_id)
        .where(SequenceVersion.id.in_(ids))
    )
    mails = _mail_ids(session, ids)
    return {row.id: Version(read_course(row.document), row.name, row.campaign_id, mails[row.id]) for row in rows}


def _mail_ids(
    session: Session, version_ids: Collection[uuid.UUID]
) -> defaultdict[uuid.UUID, dict[tuple[str, str], uuid.UUID]]:
    found: defaultdict[uuid.UUID, dict[tuple[str, str], uuid.UUID]] = defaultdict(dict)
    statement = select(Mail.sequence_version_id, Mail.name, Mail.language, Mail.id)
    for version_id, name, language, mail_id in session.execute(
        statement.where(Mail.sequence_version_id.in_(version_ids))
    ):
        found[version_id][name, language] = mail_id
    return found


def _guard(session: Session, standings: Sequence[Standing], at: datetime) -> dict[uuid.UUID, Decision]:
    contact_ids = {standing.contact_id for standing in standings}
    facts = gather_facts(session, contact_ids, at)
    return {contact_id: ask_guard(facts.get(contact_id, GONE)) for contact_id in contact_ids}


DeedsOf = Callable[[Standing], Sequence[tuple[Deed, datetime]] | None]


def _deeds(session: Session, standings: Sequence[Standing], versions: Mapping[uuid.UUID, Version]) -> DeedsOf:
    """What people did, read only for those who may be asked about it now; None for the others."""
    asked = {s.contact_id for s in standings if versions[s.version_id].course.asks_for_deeds(s.step)}
    found: defaultdict[uuid.UUID, list[tuple[Deed, datetime]]] = defaultdict(list)
    for contact_id, kind, happened_at in _events(session, asked) if asked else ():
        found[contact_id].append((DEEDS[kind], happened_at))
    return lambda standing: found[standing.contact_id] if standing.contact_id in asked else None


def _events(session: Session, contact_ids: Collection[uuid.UUID]) -> Iterator[tuple[uuid.UUID, EventKind, datetime]]:
    """Human clicks and downloads of these people."""
    statement = text(
        "select contact_id, kind, happened_at from events"
        " where contact_id = any(:ids) and kind = any(:kinds) and verdict = any(:human)"
    )
    human = [Verdict.PROVEN, Verdict.LIKELY]
    for row in session.execute(statement, {"ids": list(contact_ids), "kinds": list(DEEDS), "human": human}):
        yield row[0], EventKind(row[1]), row[2]


def write(
    session: Session, moves: Sequence[Move], versions: Mapping[uuid.UUID, Version], sender: Sender, at: datetime
) -> int:
    """Write the moves that nobody else has made meanwhile, their messages and their lines of the timeline."""
    mine = _write_moves(session, moves, at)
    won = [made for made in moves if made.standing.id in mine]
    cancel_waiting(session, [made.standing.id for made in won if made.reason == LeaveReason.ARCHIVED])
    planned = [(made, message) for made in won for message in made.planned]
    ids = _write_messages(session, planned, versions, sender, at) if planned else {}
    add_items(session, [*_withheld(planned, ids, versions, at), *_ended(won, versions, at)])
    if any(message.state == MessageState.PLANNED for _, message in planned):
        enqueue(session, "send_messages")
    return len(won)


def _write_moves(session: Session, moves: Sequence[Move], at: datetime) -> set[uuid.UUID]:
    if not moves:
        return set()
    rows = [
        {
            "id": made.standing.id,
            "old_step": made.standing.step,
            "old_due": made.standing.due_at,
            "step": made.step,
            "step_since": made.step_since,
            "due_at": made.due_at,
            "trail": made.trail,
            "state": made.state,
            "reason": made.reason,
        }
        for made in moves
    ]
    return set(session.scalars(WRITE_MOVES, {"at": at, "rows": _json(rows)}))


def _write_messages(
    session: Session,
    planned: Sequence[tuple[Move, Planned]],
    versions: Mapping[uuid.UUID, Version],
    sender: Sender,
    at: datetime,
) -> dict[tuple[uuid.UUID, str], uuid.UUID]:
    rows = [
        _message_row(made.standing, message, versions[made.standing.version_id], sender) for made, message in planned
    ]
    written = session.execute(WRITE_MESSAGES, {"at": at, "rows": _json(rows)})
    return {(enrollment, step): id for id, enrollment, step in written}


def _message_row(standing: Standing, message: Planned, version: Version, sender: Sender) -> dict[str, Any]:
    guard = {"answer": message.answer, "reasons": message.reasons} if message.reasons else {}
    return {
        "key": secrets.token_hex(MESSAGE_KEY_BYTES),
        "enrollment_id": standing.id,
        "step": message.step,
        "occurrence": standing.occurrence,
        "contact_id": standing.contact_id,
        "account_id": standing.account_id,
        "department_id": standing.department_id,
        "campaign_id": version.campaign_id,
        "mail_id": version.mail_for(message.mail, standing.language),
        "email": standing.email or "",
        "state": message.state,
        "reason": message.reasons[0] if message.reasons else None,
        "guard": guard,
        "message_id": f"<{secrets.token_hex(16)}@{sender.domain}>",
        "due_at": message.due_at,
    }


def _json(rows: list[dict[str, Any]]) -> str:
    """Rows as one value: an array per column costs several times as much to write and to read."""
    return json.dumps(rows, default=str)


def _withheld(
    planned: Sequence[tuple[Move, Planned]],
    ids: Mapping[tuple[uuid.UUID, str], uuid.UUID],
    versions: Mapping[uuid.UUID, Version],
    at: datetime,
) -> list[Item]:
    """One line for each mail left out, and for each new reason to hold one."""
    return [
        Item(
            kind=ItemKind.MAIL_WITHHELD,
            account_id=made.standing.account_id,
            department_id=made.standing.department_id,
            contact_id=made.standing.contact_id,
            happened_at=at,
            subject_id=ids.get((made.standing.id, message.step)),
            detail={
                "answer": message.answer,
                "reasons": list(message.reasons),
                "until": None,
                "sequence": versions[made.standing.version_id].sequence,
                "step": message.step,
            },
        )
        for made, message in planned
        if message.is_news
    ]


def _ended(moves: Sequence[Move], versions: Mapping[uuid.UUID, Version], at: datetime) -> list[Item]:
    return [
        Item(
            kind=ItemKind.ENROLLMENT_CHANGED,
            account_id=made.standing.account_id,
            department_id=made.standing.department_id,
            contact_id=made.standing.contact_id,
            happened_at=at,
            subject_id=made.standing.id,
            detail={
                "sequence": versions[made.standing.version_id].sequence,
                "state": made.state,
                "reason": made.reason,
            },
        )
        for made in moves
        if made.state != EnrollmentState.ACTIVE
    ]
