"""What ends enrollments of a whole account: a reply, a meeting, a deal, a goal; the first since somebody began."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import (
    Account,
    Contact,
    Deal,
    Enrollment,
    Mail,
    Message,
    Task,
    TimelineItem,
)
from abm.words import (
    DealStage,
    EnrollmentState,
    EventKind,
    ItemKind,
    LeaveReason,
    MessageState,
    SendReason,
    TaskKind,
    TaskState,
    Verdict,
)
from campaigns.starting import start_by_hand
from campaigns.status import sequence_status
from tests.campaigns.test_occasions import fold, listening
from tests.worlds import NOON, make_account, make_contact, make_event

DAY = timedelta(days=1)


@pytest.fixture
def anna(session: Session) -> Contact:
    return make_contact(session, make_account(session))


def reply(session: Session, who: Contact) -> None:
    make_event(session, who, EventKind.REPLY, NOON + DAY, verdict=Verdict.PROVEN)


def meet(session: Session, who: Contact) -> None:
    item = TimelineItem(account_id=who.account_id, kind=ItemKind.MEETING, happened_at=NOON + DAY, detail={})
    session.add(item)


def arrange(session: Session, who: Contact) -> None:
    task = Task(kind=TaskKind.HAND_OFF, state=TaskState.WORKING, account_id=who.account_id, why=[], created_at=NOON)
    session.add(task)
    session.flush()
    task.state = TaskState.MEETING


def negotiate(session: Session, who: Contact) -> None:
    deal = Deal(account_id=who.account_id, name="更改", stage=DealStage.LOST, stage_since=NOON)
    session.add(deal)
    session.flush()
    deal.stage = DealStage.DISCOVERY


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (reply, LeaveReason.REPLY),
        (meet, LeaveReason.MEETING),
        (arrange, LeaveReason.MEETING),
        (negotiate, LeaveReason.OPEN_DEAL),
    ],
)
def test_what_one_person_does_ends_it_for_the_whole_account(
    session: Session, anna: Contact, act: Any, reason: LeaveReason
) -> None:
    account = session.get_one(Account, anna.account_id)
    bert = make_contact(session, account, email="bert@acme.example")
    zeta = make_contact(session, make_account(session, "ゼータ"), email="zeta@zeta.example")
    name = listening(session, {"on": "import"}).name
    start_by_hand(session, name, [anna.id, bert.id, zeta.id], NOON)

    act(session, anna)
    session.flush()
    fold(session)

    ended = dict(session.execute(select(Enrollment.contact_id, Enrollment.reason)).all())
    assert ended == {anna.id: reason, bert.id: reason, zeta.id: None}
    told = session.scalars(select(TimelineItem).where(TimelineItem.detail["reason"].astext == reason)).all()
    assert {item.contact_id for item in told} == {anna.id, bert.id}


def test_a_goal_completes_the_account_and_cancels_what_waits(session: Session, anna: Contact) -> None:
    name = listening(session, {"on": "import"}, goals=[{"key": "asked", "kinds": ["inquiry"]}], exits=[]).name
    start_by_hand(session, name, [anna.id], NOON)
    (enrollment,) = session.scalars(select(Enrollment))
    mail_id = _mail(session, enrollment)
    make_event(session, anna, EventKind.INQUIRY, NOON + DAY, verdict=Verdict.PROVEN)

    fold(session)

    session.refresh(enrollment)
    assert (enrollment.state, enrollment.reason, enrollment.due_at) == (
        EnrollmentState.COMPLETED,
        LeaveReason.GOAL,
        None,
    )
    assert enrollment.trail["goal"] == "asked"
    status = sequence_status(session, name)
    assert (status["goals"], status["reasons"], status["held_out"]) == ({"asked": 1}, {"goal": 1}, 0)
    message = session.get_one(Message, mail_id, populate_existing=True)
    assert (message.state, message.reason) == (MessageState.CANCELLED, SendReason.LEFT)


def test_what_happened_before_somebody_began_does_not_end_it(session: Session, anna: Contact) -> None:
    name = listening(session, {"on": "import"}).name
    reply(session, anna)
    start_by_hand(session, name, [anna.id], NOON + 2 * DAY)

    fold(session, NOON + 3 * DAY)

    assert session.scalars(select(Enrollment.state)).all() == [EnrollmentState.ACTIVE]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_of_several_reasons_the_first_since_somebody_began_ends_it_in_whatever_order_they_are_told(
    session: Session, anna: Contact, order: tuple[int, ...]
) -> None:
    name = listening(session, {"on": "import"}, goals=[{"key": "asked", "kinds": ["inquiry"]}]).name
    start_by_hand(session, name, [anna.id], NOON + DAY)
    told = [(EventKind.REPLY, NOON), (EventKind.INQUIRY, NOON + DAY), (EventKind.REPLY, NOON + 2 * DAY)]
    for number in order:
        kind, at = told[number]
        make_event(session, anna, kind, at, verdict=Verdict.PROVEN)

    fold(session)

    assert session.scalars(select(Enrollment.reason)).all() == [LeaveReason.GOAL]


def _mail(session: Session, enrollment: Enrollment) -> uuid.UUID:
    """A message that waits for this enrollment."""
    mail = Mail(sequence_version_id=enrollment.sequence_version_id, name="m", language="ja", compiled={})
    session.add(mail)
    session.flush()
    message = Message(
        key=uuid.uuid4().bytes[:8],
        enrollment_id=enrollment.id,
        step="hello",
        contact_id=enrollment.contact_id,
        account_id=enrollment.account_id,
        mail_id=mail.id,
        email="anna@acme.example",
        message_id=uuid.uuid4().hex,
        due_at=NOON,
        planned_at=NOON,
    )
    session.add(message)
    session.flush()
    return message.id
