"""People in flight: kept by their version, moved to the newest one as previewed, stopped one by one, and let out."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid
from abm.models import AuditEntry, Enrollment, Message, SequenceTrigger, SequenceVersion, Task
from abm.words import (
    EnrollmentState,
    LeaveReason,
    MessageState,
    SendReason,
    SequenceState,
    StartAnswer,
    TaskKind,
    TaskState,
)
from campaigns.advance import advance
from campaigns.library import read_document
from campaigns.pauses import pause_enrollment, resume_enrollment
from campaigns.plans import Sender
from campaigns.sequences import apply_sequence, end_sequence, pause_sequence, publish_sequence, resume_sequence
from campaigns.starting import start_by_hand
from campaigns.versions import Landing, move_people, preview_move
from tests.campaigns.worlds import make_people
from tests.worlds import NOON

DAY = timedelta(days=1)
SENDER = Sender("firm.example")


def wait(key: str, days: int, following: str | None = None) -> dict[str, Any]:
    return {"key": key, "kind": "wait", "lasts": {"days": days}, **({"next": following} if following else {})}


def publish(session: Session, *steps: dict[str, Any], **over: Any) -> SequenceVersion:
    document = {"name": "waits", "title": {"ja": "x", "en": "x"}, "steps": list(steps), "triggers": [{"on": "import"}]}
    apply_sequence(session, document | over, NOON)
    return publish_sequence(session, "waits", at=NOON)


def begin(session: Session, count: int = 1) -> list[Enrollment]:
    """People at the first step of the newest version."""
    people = make_people(session, count)
    assert start_by_hand(session, "waits", [who.id for who in people], NOON)[StartAnswer.TAKEN_ON] == count
    found = session.scalars(select(Enrollment).order_by(Enrollment.id)).all()
    advance(session, [one.id for one in found], SENDER, NOON)
    return [session.get_one(Enrollment, one.id, populate_existing=True) for one in found]


def again(session: Session, enrollment: Enrollment) -> Enrollment:
    return session.get_one(Enrollment, enrollment.id, populate_existing=True)


def test_people_keep_their_version_until_they_are_moved(session: Session) -> None:
    first = publish(session, wait("rest", 10))
    (anna,) = begin(session)

    second = publish(session, wait("rest", 2))
    assert again(session, anna).sequence_version_id == first.id

    preview = preview_move(session, "waits")
    assert (preview.version, preview.landings, preview.people) == (2, (Landing(1, "rest", 1, "rest"),), 1)
    moved = move_people(session, "waits", {}, at=NOON + DAY)

    assert moved == preview
    anna = again(session, anna)
    assert (anna.sequence_version_id, anna.step, anna.step_since) == (second.id, "rest", NOON)
    advance(session, [anna.id], SENDER, NOON + DAY)
    assert again(session, anna).due_at == NOON + 2 * DAY
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "sequence.people_moved"))
    assert entry.detail["people"] == 1


def test_whose_step_is_gone_stays_unless_told_where_to_go_on(session: Session) -> None:
    first = publish(session, wait("rest", 10))
    anna, bert = begin(session, 2)
    publish(session, wait("pause", 5))
    assert preview_move(session, "waits").landings == (Landing(1, "rest", 2, None),)

    assert move_people(session, "waits", {}, at=NOON).people == 0
    assert again(session, anna).sequence_version_id == first.id
    move_people(session, "waits", {"rest": "pause"}, at=NOON + DAY)

    assert {(one.step, one.step_since) for one in (again(session, anna), again(session, bert))} == {
        ("pause", NOON + DAY)
    }
    with pytest.raises(Invalid) as refused:
        preview_move(session, "waits", {"rest": "nowhere"})
    assert refused.value.field == "targets.rest"
    with pytest.raises(Invalid, match="no version has a step 'rst'; they have pause, rest"):
        preview_move(session, "waits", {"rst": "pause"})


def test_a_mail_held_at_a_step_people_are_moved_off_is_cancelled(session: Session) -> None:
    assets = read_document("first_steps")["assets"]
    publish(session, {"key": "hello", "kind": "mail", "mail": "first_steps_guide"}, assets=assets)
    (anna,) = make_people(session)
    hand_off = {"kind": TaskKind.HAND_OFF, "state": TaskState.WORKING}
    session.add(Task(account_id=anna.account_id, why=[], created_at=NOON, **hand_off))
    start_by_hand(session, "waits", [anna.id], NOON)
    advance(session, session.scalars(select(Enrollment.id)).all(), SENDER, NOON)
    assert session.scalars(select(Message.state)).all() == [MessageState.HELD]
    publish(session, wait("rest", 2))

    move_people(session, "waits", {"hello": "rest"}, at=NOON)

    told = session.execute(select(Message.state, Message.reason)).all()
    assert told == [(MessageState.CANCELLED, SendReason.LEFT)]


def test_whoever_is_moved_is_due_anew_so_that_a_worker_who_decided_by_the_old_version_is_too_slow(
    session: Session,
) -> None:
    publish(session, wait("rest", 1))
    (anna,) = begin(session)
    publish(session, wait("rest", 3))

    move_people(session, "waits", {}, at=NOON + DAY / 2)

    assert again(session, anna).due_at == NOON + DAY / 2


def test_one_enrollment_is_paused_and_goes_on_where_it_stood(session: Session) -> None:
    publish(session, wait("rest", 10))
    anna, bert = begin(session, 2)

    pause_enrollment(session, anna.id, at=NOON)
    assert (again(session, anna).due_at, again(session, bert).due_at) == (None, NOON + 10 * DAY)
    with pytest.raises(Conflict):
        pause_enrollment(session, anna.id, at=NOON)
    resume_enrollment(session, anna.id, at=NOON + DAY)

    assert again(session, anna).due_at == NOON + 10 * DAY
    with pytest.raises(Conflict):
        resume_enrollment(session, anna.id, at=NOON + DAY)


def test_the_pause_of_a_sequence_and_of_a_person_do_not_end_each_other(session: Session) -> None:
    publish(session, wait("rest", 10))
    anna, bert = begin(session, 2)
    pause_sequence(session, "waits", NOON)
    pause_enrollment(session, anna.id, at=NOON)

    resume_sequence(session, "waits", NOON + DAY)
    assert (again(session, anna).due_at, again(session, bert).due_at) == (None, NOON + 10 * DAY)
    pause_sequence(session, "waits", NOON + DAY)
    resume_enrollment(session, anna.id, at=NOON + DAY)
    assert again(session, anna).due_at is None
    resume_sequence(session, "waits", NOON + 2 * DAY)

    assert again(session, anna).due_at == NOON + 10 * DAY


def test_ending_a_sequence_lets_everybody_out_and_listens_no_more(session: Session) -> None:
    publish(session, wait("rest", 10))
    begin(session, 2)

    ended = end_sequence(session, "waits", NOON + DAY)

    assert ended.state == SequenceState.ENDED
    found = session.execute(select(Enrollment.state, Enrollment.reason, Enrollment.due_at)).all()
    assert set(found) == {(EnrollmentState.EXITED, LeaveReason.SEQUENCE_ENDED, None)}
    assert not session.scalars(select(SequenceTrigger.id)).all()
    with pytest.raises(Conflict):
        start_by_hand(session, "waits", [uuid.uuid4()], NOON)
