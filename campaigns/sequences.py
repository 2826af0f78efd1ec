"""Sequences: a document applied as a draft, published as a version that never changes, paused and resumed."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.errors import Conflict, Invalid, NotFound
from abm.models import (
    AuditEntry,
    Campaign,
    Contact,
    Enrollment,
    EnrollmentPause,
    Import,
    Message,
    Sequence,
    SequenceVersion,
)
from abm.queue import enqueue
from abm.segments.segments import choose_people, get_segment_by_id, people_of
from abm.words import ImportState, LeaveReason, MessageState, SendReason, SequenceState, StartAnswer, StepKind
from campaigns.document import mail_names, read_course, refuse
from campaigns.enrollments import Intake, enroll_segment, pause_enrollments, resume_enrollments
from campaigns.exits import Leaving, leave
from campaigns.library import read_document
from campaigns.links import save_assets, save_mail
from campaigns.listening import listen, stop_listening
from campaigns.mail_checks import check_mails
from campaigns.mails import compile_mails
from campaigns.name_checks import check_names
from campaigns.newest import newest_version
from campaigns.splits import open_tests
from campaigns.triggers import read_terms, starts_by_itself

UTC_ZONE = ZoneInfo("UTC")


def apply_sequence(session: Session, source: str | Mapping[str, Any], at: datetime) -> SequenceVersion:
    """Keep a document (or one of the library, by name) as the sequence's draft; the same one again changes nothing."""
    document = read_document(source) if isinstance(source, str) else source
    read_course(document)
    for name in mail_names(document):
        compile_mails(session, name)
    # Locked: a draft that is being published at this moment must not change under its readers.
    sequence = find_sequence(session, document["name"], lock=True) or create_sequence(session, document, at)
    sequence.title = dict(document["title"])
    newest = newest_version(session, sequence.id)
    if newest is not None and newest.document == document:
        return newest
    if newest is not None and newest.published_at is None:
        newest.document = dict(document)
        session.flush()
        return newest
    return _add_version(session, sequence.id, dict(document), newest)


def publish_sequence(
    session: Session,
    name: str,
    *,
    at: datetime,
    by: uuid.UUID | None = None,
    import_id: uuid.UUID | None = None,
    segment_id: uuid.UUID | None = None,
    contact_ids: Collection[uuid.UUID] | None = None,
    zone: ZoneInfo = UTC_ZONE,
    nobody_yet: bool = False,
) -> SequenceVersion:
    """Compile the draft's mails, take an import, a segment or these contacts on, and listen; all of it or nothing.

    A sequence whose triggers bring people needs nobody to begin with; another one does without only when told
    (`nobody_yet`). `zone` is where a segment's days are counted.
    """
    sequence = get_sequence(session, name, lock=True)
    if sequence.state == SequenceState.PAUSED:
        raise Conflict(f"sequence {name} is paused; resume it first")
    version = _version_to_publish(session, sequence)
    # A draft may be incomplete: whatever is missing is named before anything is made.
    read_course(version.document)
    by_itself = nobody_yet or starts_by_itself(version.document)
    version.segment = _audience(session, import_id, segment_id, contact_ids, by_itself=by_itself)
    _let_out(session, sequence, version, at, by)
    if segment_id is not None:
        choose_people(session, people_of(session, get_segment_by_id(session, segment_id), Moment(at, zone)))
    intake = Intake(version.id, sequence.id, name, read_terms(version.document))
    answers = enroll_segment(session, intake, version.segment, at) if version.segment else {}
    counts = {"version": version.number, "enrolled": answers.get(StartAnswer.TAKEN_ON, 0)}
    _audit(session, "sequence.published", sequence, by, at, counts)
    enqueue(session, "advance_enrollments")
    return version


def _let_out(
    session: Session, sequence: Sequence, version: SequenceVersion, at: datetime, by: uuid.UUID | None
) -> None:
    """From now on the version is the one that runs: its mails are made, it listens, and its tests are open."""
    _compile(session, version)
    version.published_at, version.published_by = at, by
    if version.document.get("campaign"):
        sequence.campaign_id = _campaign_of(session, version.document, at).id
    sequence.state = SequenceState.PUBLISHED
    session.flush()
    listen(session, sequence.id, version.document, at)
    open_tests(session, version, at)


def pause_sequence(
    session: Session, name: str, at: datetime, by: uuid.UUID | None = None, why: dict[str, Any] | None = None
) -> Sequence:
    """Nobody moves and no planned mail leaves until it is resumed."""
    sequence = get_sequence(session, name, lock=True)
    if sequence.state != SequenceState.PUBLISHED:
        raise Conflict(f"sequence {name} is {sequence.state}, not running")
    sequence.state = SequenceState.PAUSED
    pause_enrollments(session, sequence.id)
    _audit(session, "sequence.paused", sequence, by, at, why or {})
    session.flush()
    return sequence


def resume_sequence(session: Session, name: str, at: datetime, by: uuid.UUID | None = None) -> Sequence:
    """Everybody goes on from where they stood."""
    sequence = get_sequence(session, name, lock=True)
    if sequence.state != SequenceState.PAUSED:
        raise Conflict(f"sequence {name} is {sequence.state}, not paused")
    sequence.state = SequenceState.PUBLISHED
    resume_enrollments(session, sequence.id)
    _release_mails(session, sequence.id, at)
    _audit(session, "sequence.resumed", sequence, by, at, {})
    enqueue(session, "advance_enrollments")
    enqueue(session, "send_messages")
    session.flush()
    return sequence


def end_sequence(session: Session, name: str, at: datetime, by: uuid.UUID | None = None) -> Sequence:
    """Everybody leaves, what is planned is cancelled, and nobody begins until it is published again."""
    sequence = get_sequence(session, name, lock=True)
    if sequence.state not in (SequenceState.PUBLISHED, SequenceState.PAUSED):
        raise Conflict(f"sequence {name} is {sequence.state}, not running")
    sequence.state = SequenceState.ENDED
    stop_listening(session, sequence.id)
    accounts = session.scalars(select(Enrollment.account_id).where(Enrollment.sequence_id == sequence.id).distinct())
    leavings = [Leaving(sequence.id, account_id, LeaveReason.SEQUENCE_ENDED, at) for account_id in accounts]
    ended = leave(session, leavings, at)
    _audit(session, "sequence.ended", sequence, by, at, {"enrollments": ended})
    session.flush()
    return sequence


def _release_mails(session: Session, sequence_id: uuid.UUID, at: datetime) -> None:
    """Whatever waited at the door for this sequence only is due at once."""
    of_sequence = select(Enrollment.id).where(Enrollment.sequence_id == sequence_id)
    waiting = update(Message).where(Message.state == MessageState.PLANNED, Message.reason == SendReason.PAUSED)
    waiting = waiting.where(Message.enrollment_id.not_in(select(EnrollmentPause.enrollment_id)))
    session.execute(waiting.where(Message.enrollment_id.in_(of_sequence)).values(due_at=at, reason=None))


def get_sequence(session: Session, name: str, *, lock: bool = False) -> Sequence:
    """The sequence of this name; NotFound tells which there are."""
    sequence = find_sequence(session, name, lock=lock)
    if sequence is None:
        known = ", ".join(session.scalars(select(Sequence.name).order_by(Sequence.name))) or "none yet"
        raise NotFound(f"there is no sequence {name!r}; there are: {known}")
    return sequence


def find_sequence(session: Session, name: str, *, lock: bool = False) -> Sequence | None:
    """The sequence of this name, if there is one."""
    statement = select(Sequence).where(Sequence.name == name)
    return session.scalars(statement.with_for_update() if lock else statement).one_or_none()


def create_sequence(session: Session, document: Mapping[str, Any], at: datetime) -> Sequence:
    """A sequence under a document's name, in the campaign it names or one of its own, still without a version."""
    sequence = Sequence(
        name=document["name"],
        title=dict(document["title"]),
        campaign_id=_campaign_of(session, document, at).id,
        state=SequenceState.DRAFT,
        created_at=at,
    )
    session.add(sequence)
    session.flush()
    return sequence


def _campaign_of(session: Session, document: Mapping[str, Any], at: datetime) -> Campaign:
    """The campaign of this name, made when there is none."""
    name = document.get("campaign") or document["name"]
    campaign = session.scalars(select(Campaign).where(Campaign.name == name)).one_or_none()
    if campaign is None:
        campaign = Campaign(name=name, goal=_goal(document), created_at=at)
        session.add(campaign)
        session.flush()
    return campaign


def _goal(document: Mapping[str, Any]) -> str | None:
    goal = document.get("goal")
    # One language is enough: readers are told it from the document.
    return goal.get("ja") if isinstance(goal, Mapping) else goal


def _add_version(
    session: Session, sequence_id: uuid.UUID, document: dict[str, Any], newest: SequenceVersion | None
) -> SequenceVersion:
    number = newest.number + 1 if newest else 1
    version = SequenceVersion(sequence_id=sequence_id, number=number, document=document, segment={})
    session.add(version)
    session.flush()
    return version


def _version_to_publish(session: Session, sequence: Sequence) -> SequenceVersion:
    """The draft, or a new version of the same document when the newest is out already."""
    newest = newest_version(session, sequence.id)
    if newest is None:
        raise Conflict(f"sequence {sequence.name} has no document yet")
    return newest if newest.published_at is None else _add_version(session, sequence.id, newest.document, newest)


def _compile(session: Session, version: SequenceVersion) -> None:
    """Make the mails; Invalid names the first step that cannot work here."""
    mails = {name: compile_mails(session, name) for name in mail_names(version.document)}
    if flaws := [*check_mails(version.document, mails.__getitem__), *check_names(session, version.document)]:
        raise refuse(flaws)
    assets = save_assets(session, version.document)
    topics = _topics(version.document)
    for name, languages in mails.items():
        for mail in languages:
            save_mail(session, version.id, mail, assets, topics[name])


def _topics(document: Mapping[str, Any]) -> defaultdict[str, dict[str, list[str]]]:
    """Topics per mail and link, as the steps name them."""
    found: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for step in document["steps"]:
        if step["kind"] == StepKind.MAIL:
            found[step["mail"]].update(step.get("topics") or {})
    return found


def _audience(
    session: Session,
    import_id: uuid.UUID | None,
    segment_id: uuid.UUID | None,
    contact_ids: Collection[uuid.UUID] | None,
    *,
    by_itself: bool,
) -> dict[str, Any]:
    named = sum(one is not None for one in (import_id, segment_id, contact_ids))
    if by_itself and not named:
        return {}
    if named != 1:
        raise Invalid("name one import, one segment or the contacts to take on", field="segment", code="missing")
    if segment_id is not None:
        chosen = get_segment_by_id(session, segment_id)
        return {"segment": str(segment_id), "name": chosen.name, "condition": chosen.condition}
    if contact_ids is not None:
        return {"contacts": _known_contacts(session, contact_ids)}
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound(f"there is no import {import_id}")
    if found.state != ImportState.APPLIED:
        raise Conflict(f"import {import_id} is {found.state}: only an applied import has people")
    return {"import": str(import_id)}


def _known_contacts(session: Session, contact_ids: Collection[uuid.UUID]) -> list[str]:
    known = session.scalar(select(func.count()).where(Contact.id.in_(contact_ids)))
    if not contact_ids or known != len(set(contact_ids)):
        raise Invalid("some of these contacts do not exist", field="contacts", code="unknown")
    return [str(contact_id) for contact_id in contact_ids]


def _audit(
    session: Session, act: str, sequence: Sequence, by: uuid.UUID | None, at: datetime, detail: dict[str, Any]
) -> None:
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="sequence", subject_id=sequence.id, detail=detail))
