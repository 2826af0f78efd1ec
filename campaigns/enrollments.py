"""Enrollments: taking a segment on, pausing, ending, and setting aside rows that keep failing."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.words import EnrollmentState, ItemKind, LeaveReason, MessageState, SendReason

# After this many claims without a result a person has to look at it.
MOST_ATTEMPTS = 5
TRY_AGAIN = timedelta(minutes=5)

# A mail in one of these has left the building, or may have.
LEFT = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)

MEMBERS = {
    "import": "c.id in (select r.contact_id from import_rows r where r.import_id = :import_id)",
    "contacts": "c.id = any(cast(:contact_ids as uuid[]))",
    # Filled by whoever asks for it, in the same transaction.
    "segment": "c.id in (select contact_id from chosen_contacts)",
}

# Nobody is taken on twice by one sequence, whatever its version: people in flight keep theirs.
ENROLL = """
    with taken as (
        insert into enrollments (sequence_version_id, account_id, department_id, contact_id, state, step, step_since,
            due_at, enrolled_at)
        select :version_id, c.account_id, c.department_id, c.id, '{active}', :step, :at, :at, :at
        from contacts c
        where {members} and c.archived_at is null
          and not exists (
            select from enrollments e join sequence_versions v on v.id = e.sequence_version_id
            where e.contact_id = c.id and v.sequence_id = :sequence_id
          )
          -- Who was archived and came again, as after an undone import, is another contact of the same address.
          and not exists (
            select from messages m join enrollments e on e.id = m.enrollment_id
            join sequence_versions v on v.id = e.sequence_version_id
            where m.email = c.email and v.sequence_id = :sequence_id and m.state in ({sent}) and not m.is_test
          )
        on conflict (sequence_version_id, contact_id) do nothing
        returning id, account_id, department_id, contact_id
    ), told as (
        insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, subject_id, detail)
        select account_id, department_id, contact_id, '{kind}', :at, id,
            jsonb_build_object('sequence', cast(:name as text), 'state', '{active}', 'reason', null)
        from taken
    )
    select count(*) from taken
"""

CANCEL = f"""
    update messages set state = '{MessageState.CANCELLED}', reason = '{SendReason.ARCHIVED}'
    where enrollment_id = any(cast(:enrollments as uuid[]))
      and state in ('{MessageState.PLANNED}', '{MessageState.HELD}')
"""  # noqa: S608 only our own words are put in


def enroll_segment(
    session: Session,
    version_id: uuid.UUID,
    segment: dict[str, Any],
    *,
    sequence_id: uuid.UUID,
    name: str,
    step: str,
    at: datetime,
) -> int:
    """Take everybody of a segment on at this step, in one statement; answers how many came."""
    kind = next(kind for kind in MEMBERS if kind in segment)
    sent = ", ".join(f"'{state}'" for state in LEFT)
    words = {"active": EnrollmentState.ACTIVE, "kind": ItemKind.ENROLLMENT_CHANGED, "sent": sent}
    statement = ENROLL.format(members=MEMBERS[kind], **words)
    values = {
        "version_id": version_id,
        "sequence_id": sequence_id,
        "name": name,
        "step": step,
        "at": at,
        "import_id": segment.get("import"),
        "contact_ids": segment.get("contacts"),
    }
    needed = {key: value for key, value in values.items() if f":{key}" in statement}
    return session.scalar(text(statement), needed) or 0


def end_of_archived(session: Session, contact_ids: Collection[uuid.UUID], at: datetime) -> int:
    """Take people who were archived out of every sequence, with what was planned for them; answers how many were in."""
    ending = text(
        """
        update enrollments e set state = :exited, reason = :archived, due_at = null, leased_until = null, ended_at = :at
        from sequence_versions v join sequences s on s.id = v.sequence_id
        where e.contact_id = any(cast(:contacts as uuid[])) and e.state = any(:running) and v.id = e.sequence_version_id
        returning e.id, e.account_id, e.department_id, e.contact_id, s.name
        """
    )
    values = {
        "at": at,
        "contacts": list(contact_ids),
        "exited": EnrollmentState.EXITED,
        "archived": LeaveReason.ARCHIVED,
        "running": [EnrollmentState.ACTIVE, EnrollmentState.PARKED],
    }
    ended = session.execute(ending, values).all()
    cancel_waiting(session, [row.id for row in ended])
    add_items(
        session,
        [
            Item(
                ItemKind.ENROLLMENT_CHANGED,
                row.account_id,
                at,
                department_id=row.department_id,
                contact_id=row.contact_id,
                subject_id=row.id,
                detail={"sequence": row.name, "state": EnrollmentState.EXITED, "reason": LeaveReason.ARCHIVED},
            )
            for row in ended
        ],
    )
    return len(ended)


def cancel_waiting(session: Session, enrollment_ids: Collection[uuid.UUID]) -> None:
    """Cancel what these enrollments of archived people have planned or held; after the enrollments, as everywhere."""
    if enrollment_ids:
        session.execute(text(CANCEL), {"enrollments": list(enrollment_ids)})


def set_aside(session: Session, enrollment_id: uuid.UUID, at: datetime) -> None:
    """An enrollment that could not be advanced: tried again later, parked when it keeps failing; paused, it stays."""
    statement = text(
        """
        update enrollments e
        set due_at = case when attempts < :most then cast(:later as timestamptz) end,
            state = case when attempts < :most then state else :parked end,
            reason = case when attempts < :most then reason else :keeps_failing end,
            leased_until = null
        where id = :id and state = 'active' and due_at is not null
        """
    )
    values = {
        "id": enrollment_id,
        "most": MOST_ATTEMPTS,
        "later": at + TRY_AGAIN,
        "parked": EnrollmentState.PARKED,
        "keeps_failing": LeaveReason.KEEPS_FAILING,
    }
    session.execute(statement, values)


def has_due_enrollments(session: Session, at: datetime) -> bool:
    """Whether someone waits to be advanced."""
    return _is_there(
        session,
        "select from enrollments where state = 'active' and due_at <= :at"
        " and (leased_until is null or leased_until < clock_timestamp())",
        at,
    )


def _is_there(session: Session, query: str, at: datetime) -> bool:
    return bool(session.scalar(text(f"select exists ({query})"), {"at": at}))


def pause_enrollments(session: Session, sequence_id: uuid.UUID) -> None:
    """Let nobody of this sequence fall due; when each would have been is kept in its trail."""
    statement = text(
        """
        update enrollments set due_at = null, leased_until = null,
            trail = jsonb_set(trail, '{paused}', to_jsonb(due_at))
        where state = 'active' and due_at is not null
          and sequence_version_id in (select id from sequence_versions where sequence_id = :sequence_id)
        """
    )
    session.execute(statement, {"sequence_id": sequence_id})


def resume_enrollments(session: Session, sequence_id: uuid.UUID) -> None:
    """Give everybody the due time back."""
    statement = text(
        """
        update enrollments set due_at = cast(trail->>'paused' as timestamptz), trail = trail - 'paused'
        where state = 'active' and due_at is null and trail ? 'paused'
          and sequence_version_id in (select id from sequence_versions where sequence_id = :sequence_id)
        """
    )
    session.execute(statement, {"sequence_id": sequence_id})
