"""Writing what moves plan: messages, each at most once, and the lines of the timeline that tell of them."""

import json
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.customers.timeline import Item
from abm.errors import AbmError
from abm.guard.facts import JAPAN
from abm.tokens import MESSAGE_KEY_BYTES
from abm.words import EnrollmentState, ItemKind, Language, MessageState, SendReason
from campaigns.endings import ended_item
from campaigns.known import Person
from campaigns.moves import Move, Planned, Standing
from campaigns.steps import Course

# A held message becomes planned or skipped in place; every other state is final for us.
WRITE_MESSAGES = text(
    f"""
    insert into messages (key, enrollment_id, step, occurrence, contact_id, account_id, department_id, campaign_id,
        mail_id, swap_mail_id, priority, email, state, reason, guard, message_id, due_at, planned_at)
    select decode(v.key, 'hex'), v.enrollment_id, v.step, v.occurrence, v.contact_id, v.account_id, v.department_id,
        v.campaign_id, v.mail_id, v.swap_mail_id, v.priority, v.email, v.state, v.reason, v.guard, v.message_id,
        v.due_at, :at
    from json_to_recordset(cast(:rows as json)) v (key text, enrollment_id uuid, step text, occurrence bigint,
        contact_id uuid, account_id uuid, department_id uuid, campaign_id uuid, mail_id uuid, swap_mail_id uuid,
        priority bigint, email text, state text, reason text, guard jsonb, message_id text, due_at timestamptz)
    on conflict (enrollment_id, step, occurrence, contact_id) do update
    set state = excluded.state, reason = excluded.reason, guard = excluded.guard, email = excluded.email,
        mail_id = excluded.mail_id, due_at = excluded.due_at
    where messages.state = '{MessageState.HELD}'
    returning id, enrollment_id, step, contact_id
    """  # noqa: S608 only our own words are put in
)

# What was held for somebody, or at a step, that nobody decides about any more. A mail sent to oneself is no part of it.
CANCEL_HELD = text(
    f"""
    update messages set state = '{MessageState.CANCELLED}', reason = '{SendReason.LEFT}'
    where enrollment_id = any(cast(:enrollments as uuid[])) and state = '{MessageState.HELD}' and not is_test
      and id <> all(cast(:but as uuid[]))
    """  # noqa: S608 only our own words are put in
)

# A message by its enrollment, step and person: of one move there is one visit of each step.
MessageKey = tuple[uuid.UUID, str, uuid.UUID]
Plan = tuple[Move, Planned]


@dataclass(frozen=True)
class Version:
    """A published version as a batch needs it: its course, and which compiled mail serves which language."""

    course: Course
    sequence: str
    campaign_id: uuid.UUID | None
    mails: Mapping[tuple[str, str], uuid.UUID]
    title: Mapping[str, str] = field(default_factory=dict)

    def mail_for(self, name: str, language: str) -> uuid.UUID:
        """The mail in the contact's language, else in the first one it exists in."""
        for candidate in (language, *Language):
            if found := self.mails.get((name, candidate)):
                return found
        raise AbmError(f"sequence {self.sequence}: mail {name} was not compiled")

    def in_all_languages(self, name: str) -> set[uuid.UUID]:
        """The mail of this name in every language it exists in."""
        return {mail_id for (named, _), mail_id in self.mails.items() if named == name}


@dataclass(frozen=True)
class Sender:
    """What advancing needs of the installation: the domain of new Message-IDs, and where days are counted."""

    domain: str
    # For whoever has no zone of their own.
    zone: ZoneInfo = JAPAN
    # As whom we write.
    name: str = ""


def write_messages(
    session: Session, planned: Sequence[Plan], versions: Mapping[uuid.UUID, Version], sender: Sender, at: datetime
) -> dict[MessageKey, uuid.UUID]:
    """Write these messages; answers the ids of those that are new or were held until now."""
    if not planned:
        return {}
    rows = [
        _message_row(made.standing, message, versions[made.standing.version_id], sender) for made, message in planned
    ]
    written = session.execute(WRITE_MESSAGES, {"at": at, "rows": as_json(rows)})
    return {(enrollment, step, contact): id for id, enrollment, step, contact in written}


def cancel_held(session: Session, enrollment_ids: Collection[uuid.UUID], but: Collection[uuid.UUID] = ()) -> None:
    """Cancel what is held for these enrollments, `but` for these messages; after the enrollments, as everywhere."""
    if enrollment_ids:
        session.execute(CANCEL_HELD, {"enrollments": list(enrollment_ids), "but": list(but)})


def tell_withheld(
    planned: Sequence[Plan],
    ids: Mapping[MessageKey, uuid.UUID],
    versions: Mapping[uuid.UUID, Version],
    at: datetime,
) -> list[Item]:
    """One line for each mail left out or swapped, and for each new reason to hold one."""
    return [
        Item(
            kind=ItemKind.MAIL_WITHHELD,
            account_id=made.standing.account_id,
            department_id=(to := _person(made.standing, message)).department_id,
            contact_id=to.contact_id,
            happened_at=at,
            subject_id=ids.get((made.standing.id, message.step, to.contact_id)),
            detail={
                "answer": message.answer,
                "reasons": list(message.reasons),
                "until": message.until and rfc3339(message.until),
                "sequence": versions[made.standing.version_id].sequence,
                "step": message.step,
            },
        )
        for made, message in planned
        if message.is_news
    ]


def tell_ended(moves: Sequence[Move], versions: Mapping[uuid.UUID, Version], at: datetime) -> list[Item]:
    """One line for each enrollment that is over."""
    return [
        ended_item(made.standing, versions[made.standing.version_id].sequence, made.state, made.reason, at)
        for made in moves
        if made.state != EnrollmentState.ACTIVE
    ]


def as_json(rows: list[dict[str, Any]]) -> str:
    """Rows as one value: an array per column costs several times as much to write and to read."""
    return json.dumps(rows, default=str)


def _message_row(standing: Standing, message: Planned, version: Version, sender: Sender) -> dict[str, Any]:
    to = _person(standing, message)
    guard = {"answer": message.answer, "reasons": message.reasons} if message.reasons else {}
    is_swapped = message.mail == message.swap
    return {
        "key": secrets.token_hex(MESSAGE_KEY_BYTES),
        "enrollment_id": standing.id,
        "step": message.step,
        "occurrence": message.occurrence,
        "contact_id": to.contact_id,
        "account_id": standing.account_id,
        "department_id": to.department_id,
        "campaign_id": version.campaign_id,
        "mail_id": version.mail_for(message.mail, to.language),
        "swap_mail_id": version.mail_for(message.swap, to.language) if message.swap and not is_swapped else None,
        "priority": version.course.priority,
        "email": to.email or "",
        "state": message.state,
        "reason": message.reasons[0] if message.reasons else None,
        "guard": guard,
        "message_id": f"<{secrets.token_hex(16)}@{sender.domain}>",
        "due_at": message.due_at,
    }


def _person(standing: Standing, message: Planned) -> Person:
    to = message.to or standing.person
    assert to is not None, "a message of an account's enrollment names its person"
    return to
