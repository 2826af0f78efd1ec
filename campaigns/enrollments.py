"""Enrollments: taking a segment on, pausing, ending, and setting aside rows that keep failing."""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Result, text
from sqlalchemy.orm import Session

from abm.customers.timeline import add_items
from abm.errors import NotFound
from abm.models import AuditEntry, Enrollment
from abm.scoring.arrays import array
from abm.words import (
    SENT_STATES,
    EnrollmentState,
    ItemKind,
    LeaveReason,
    MessageState,
    SendReason,
    SequenceSubject,
    StartAnswer,
    TriggerKind,
)
from campaigns.endings import ended_item
from campaigns.triggers import HOLDOUT_PARTS, Terms

# After this many claims without a result a person has to look at it.
MOST_ATTEMPTS = 5
TRY_AGAIN = timedelta(minutes=5)
# As often as they like.
UNLIMITED = 1_000_000

# A mail in one of these has left the building, or may have.
LEFT = (MessageState.SENDING, *SENT_STATES)

MEMBERS = {
    "import": "c.id in (select r.contact_id from import_rows r where r.import_id = :import_id)",
    "contacts": "c.id = any(cast(:contact_ids as uuid[]))",
    # Filled by whoever asks for it, in the same transaction.
    "segment": "c.id in (select contact_id from chosen_contacts)",
}

SEGMENT = "select c.id as contact_id, null::uuid as cause_id, 0 as turn from contacts c where {members}"
OF_CONTACTS = SEGMENT.format(members=MEMBERS["contacts"])

# Whom of the applicants a sequence takes on, by its terms: everybody is judged by what has been.
JUDGED = """
    applicants as materialized (
        select distinct on ({subject}) {contact} as contact_id, c.account_id, {department} as department_id,
            a.cause_id, c.email
        from ({applicants}) a join contacts c on c.id = a.contact_id
        where c.archived_at is null
        order by {subject}, a.turn, c.id
    ), judged as materialized (
        select a.*, case
            when exists (select from holdouts h where h.sequence_id = :sequence_id and h.account_id = a.account_id)
                then '{held_out}'
            when been.running then '{running}'
            when been.times >= :most then '{been_before}'
            -- Who was archived and came again, as after an undone import, is another contact of the same address.
            when :most = 1 and exists (
                select from messages m join enrollments e on e.id = m.enrollment_id
                where m.email = a.email and e.sequence_id = :sequence_id and m.state in ({sent}) and not m.is_test
            ) then '{been_before}'
            when been.last_at > :not_since then '{too_soon}'
            -- Whom a sequence has taken on already is no part of a later draw.
            when ('x' || left(md5(cast(:sequence_id as text) || a.account_id), 8))::bit(32)::bigint % {parts} < :drawn
                and not exists (
                    select from enrollments e where e.account_id = a.account_id and e.sequence_id = :sequence_id
                ) then '{held_out}'
            else '{taken_on}' end as answer
        from applicants a left join lateral (
            select count(*) as times, bool_or(e.state in ('active', 'parked')) as running,
                max(coalesce(e.ended_at, e.enrolled_at)) as last_at
            from enrollments e where e.sequence_id = :sequence_id and {same}
        ) been on true
    )
"""
# Then the accounts that are drawn are written down, and the others begin. Its callers hold the sequence, so that nobody
# else does meanwhile.
TAKE_ON = """
    with {judged}, drawn as (
        insert into holdouts (sequence_id, account_id, percent, drawn_at)
        select distinct :sequence_id, account_id, :percent, cast(:at as timestamptz)
        from judged where answer = '{held_out}'
        on conflict do nothing
    ), taken as (
        insert into enrollments (sequence_version_id, sequence_id, account_id, department_id, contact_id,
            subject_account_id, state, step, step_since, due_at, trail, enrolled_at, origin, cause_id)
        select :version_id, :sequence_id, account_id, department_id, contact_id, {account}, '{active}', :step, :at,
            -- A paused sequence takes people on, and they begin when it goes on.
            case when :is_paused then null else cast(:at as timestamptz) end,
            case when :is_paused then jsonb_build_object('paused', cast(:at as timestamptz)) else '{{}}' end,
            :at, :origin, cause_id
        from judged where answer = '{taken_on}'
        on conflict do nothing
        returning id, account_id, department_id, contact_id
    ), told as (
        insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, subject_id, detail)
        select account_id, department_id, contact_id, '{kind}', :at, id,
            jsonb_build_object('sequence', cast(:name as text), 'state', '{active}', 'reason', null)
        from taken
    )
    select answer, count(*) from judged where answer <> '{taken_on}' group by answer
    union all select '{taken_on}', count(*) from taken having count(*) > 0
"""
FORESEE = "with {judged} select answer, account_id, contact_id from judged order by account_id, contact_id"
APPLYING = "select * from json_to_recordset(cast(:applying as json)) v (turn int, contact_id uuid, cause_id uuid)"
# What differs with whom an enrollment is about.
SUBJECTS: Mapping[SequenceSubject, Mapping[str, str]] = {
    SequenceSubject.CONTACT: {
        "subject": "c.id",
        "contact": "c.id",
        "department": "c.department_id",
        "account": "null::uuid",
        "same": "e.contact_id = a.contact_id",
    },
    SequenceSubject.ACCOUNT: {
        "subject": "c.account_id",
        "contact": "null::uuid",
        "department": "null::uuid",
        "account": "account_id",
        "same": "e.subject_account_id = a.account_id",
    },
}

CANCEL = f"""
    update messages set state = '{MessageState.CANCELLED}', reason = :reason
    where enrollment_id = any(cast(:enrollments as uuid[]))
      and state in ('{MessageState.PLANNED}', '{MessageState.HELD}')
"""  # noqa: S608 only our own words are put in


@dataclass(frozen=True)
class Intake:
    """A published version that takes people on: its sequence is held by whoever asks."""

    version_id: uuid.UUID
    sequence_id: uuid.UUID
    name: str
    terms: Terms
    is_paused: bool = False


@dataclass(frozen=True)
class Foreseen:
    """What would become of an applicant: a contact, or the account where that is the subject."""

    answer: StartAnswer
    account_id: uuid.UUID
    contact_id: uuid.UUID | None


def foresee(
    session: Session, sequence_id: uuid.UUID | None, terms: Terms, contact_ids: Collection[uuid.UUID], at: datetime
) -> list[Foreseen]:
    """What taking these people on would answer now, with nothing written.

    The lot goes by the sequence's id: while a sequence is not kept there is none, and nobody is held out.
    """
    values = {**_values(sequence_id, terms, at), "contact_ids": array(contact_ids)}
    return [
        Foreseen(StartAnswer(answer), *whom) for answer, *whom in _ask(session, FORESEE, terms, OF_CONTACTS, values)
    ]


def enroll_segment(session: Session, intake: Intake, segment: dict[str, Any], at: datetime) -> dict[StartAnswer, int]:
    """Take everybody of a segment on, in one statement; answers how many came, and why others did not."""
    kind = next(kind for kind in MEMBERS if kind in segment)
    applicants = SEGMENT.format(members=MEMBERS[kind])
    values = {"import_id": segment.get("import"), "contact_ids": segment.get("contacts")}
    origin = TriggerKind.IMPORT if kind == "import" else TriggerKind.HAND
    return _take_on(session, intake, applicants, values, origin, at)


def take_on(
    session: Session,
    intake: Intake,
    applying: Collection[tuple[uuid.UUID, uuid.UUID | None]],
    origin: TriggerKind,
    at: datetime,
) -> dict[StartAnswer, int]:
    """The same for these people, each with what brought them; of several causes the first is written down."""
    rows = json.dumps(
        [
            {"turn": turn, "contact_id": str(who), "cause_id": cause and str(cause)}
            for turn, (who, cause) in enumerate(applying)
        ]
    )
    return _take_on(session, intake, APPLYING, {"applying": rows}, origin, at)


def _take_on(
    session: Session, intake: Intake, applicants: str, values: Mapping[str, Any], origin: TriggerKind, at: datetime
) -> dict[StartAnswer, int]:
    asked = {
        **_values(intake.sequence_id, intake.terms, at),
        "version_id": intake.version_id,
        "name": intake.name,
        "is_paused": intake.is_paused,
        "step": intake.terms.start,
        "percent": intake.terms.holdout,
        "origin": origin,
        "at": at,
    }
    found = _ask(session, TAKE_ON, intake.terms, applicants, {**asked, **values})
    return {StartAnswer(answer): count for answer, count in found}


def _values(sequence_id: uuid.UUID | None, terms: Terms, at: datetime) -> dict[str, Any]:
    """By what applicants are judged."""
    return {
        "sequence_id": sequence_id,
        "most": terms.most if terms.most is not None else UNLIMITED,
        "not_since": at - terms.after,
        "drawn": terms.holdout * HOLDOUT_PARTS / 100,
    }


def _ask(
    session: Session, asking: str, terms: Terms, applicants: str, values: Mapping[str, Any]
) -> Result[*tuple[Any, ...]]:
    """The answers of a statement that begins by judging these applicants."""
    subject, answers = SUBJECTS[terms.subject], {answer.value: answer.value for answer in StartAnswer}
    sent = ", ".join(f"'{state}'" for state in LEFT)
    judged = JUDGED.format(applicants=applicants, **subject, **answers, sent=sent, parts=HOLDOUT_PARTS)
    told = {"active": EnrollmentState.ACTIVE, "kind": ItemKind.ENROLLMENT_CHANGED}
    statement = asking.format(judged=judged, **subject, **answers, **told)
    needed = {key: value for key, value in values.items() if f":{key}" in statement}
    return session.execute(text(statement), needed)


def end_of_archived(session: Session, contact_ids: Collection[uuid.UUID], at: datetime) -> int:
    """Take people who were archived out of every sequence, with what was planned for them; answers how many were in."""
    ending = text(
        """
        with leaving as materialized (
            -- In one order, as whoever waits for some of them holds others.
            select id from enrollments where contact_id = any(cast(:contacts as uuid[])) and state = any(:running)
            order by id for update
        )
        update enrollments e set state = :exited, reason = :archived, due_at = null, leased_until = null,
            ended_at = :at, trail = e.trail || '{"left": true}'
        from leaving l, sequences s
        where e.id = l.id and s.id = e.sequence_id
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
    told = (EnrollmentState.EXITED, LeaveReason.ARCHIVED, at)
    add_items(session, [ended_item(row, row.name, *told) for row in ended])
    return len(ended)


def hold_enrollment(session: Session, enrollment_id: uuid.UUID) -> Enrollment:
    """This enrollment as it is now, locked; NotFound when there is none."""
    enrollment = session.get(Enrollment, enrollment_id, with_for_update=True, populate_existing=True)
    if enrollment is None:
        raise NotFound("no such enrollment")
    return enrollment


def note_act(session: Session, act: str, enrollment_id: uuid.UUID, at: datetime, by: uuid.UUID | None) -> None:
    """Write down what somebody did with this one enrollment."""
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="enrollment", subject_id=enrollment_id, detail={}))
    session.flush()


def cancel_waiting(
    session: Session, enrollment_ids: Collection[uuid.UUID], reason: SendReason = SendReason.ARCHIVED
) -> None:
    """Cancel what these enrollments that ended have planned or held; after the enrollments, as everywhere."""
    if enrollment_ids:
        session.execute(text(CANCEL), {"enrollments": list(enrollment_ids), "reason": reason})


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


# The first by the index, not `exists`: asked every second it is planned for any moment, and would read everybody who
# waits in the hope of soon finding one.
HAS_DUE = text(
    """
    select (
        select true from enrollments
        where state = 'active' and due_at <= :at and (leased_until is null or leased_until < clock_timestamp())
        order by due_at limit 1
    )
    """
)


def has_due_enrollments(session: Session, at: datetime) -> bool:
    """Whether someone waits to be advanced."""
    return bool(session.scalar(HAS_DUE, {"at": at}))


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
