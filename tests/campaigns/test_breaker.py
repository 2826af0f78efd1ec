"""A sequence whose mails come back, or are complained about, is paused until a person resumes it."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.models import AuditEntry, Message, Notice, ProviderReport
from abm.models import Sequence as SequenceRow
from abm.words import NoticeKind, ProviderEventKind, Role
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.breaker import Told, break_sequences, pause_broken
from campaigns.sequences import resume_sequence
from tests.campaigns.worlds import start
from tests.worlds import make_user


@pytest.mark.parametrize(
    ("told", "is_too_much"),
    [
        (Told(200, 10, 0), False),
        (Told(200, 11, 0), True),
        (Told(10, 2, 0), False),
        (Told(10, 3, 0), True),
        (Told(200, 0, 1), False),
        (Told(200, 0, 2), True),
    ],
)
def test_a_share_of_bounces_or_any_two_complaints_are_too_much(told: Told, is_too_much: bool) -> None:
    assert told.is_too_much is is_too_much


def tell(session: Session, messages: list[Message], kind: ProviderEventKind, at: datetime) -> None:
    """A provider reports this of them."""
    for message in messages:
        about = {"source": "mail", "event_id": str(uuid.uuid4()), "hit_id": uuid.uuid4(), "hard": True}
        report = ProviderReport(**about, kind=kind, at=at, received_at=at, message_id=message.message_id)
        session.add(report)
    session.flush()


def test_a_sequence_is_paused_with_its_reason_and_judged_anew_once_a_person_resumed_it(
    installation: Installation,
) -> None:
    start(4)
    advance_enrollments()
    with unit_of_work() as work:
        session, at = work.session, work.at
        marketer, viewer = (make_user(session, role=role) for role in (Role.MARKETER, Role.VIEWER))
        session.execute(text("update messages set state = 'sent', attempts = 1, sent_at = :at"), {"at": at})
        messages = list(session.scalars(select(Message)))
        tell(session, messages[:2], ProviderEventKind.BOUNCED, at)
        tell(session, messages[:1], ProviderEventKind.COMPLAINED, at)
        assert pause_broken(session, at) == []
        tell(session, messages[1:3], ProviderEventKind.BOUNCED, at)

    break_sequences()

    with unit_of_work() as work:
        session, at = work.session, work.at
        sequence = session.scalars(select(SequenceRow)).one()
        assert sequence.state == "paused"
        audit = session.scalars(select(AuditEntry).where(AuditEntry.act == "sequence.paused")).one()
        assert (audit.user_id, audit.detail) == (None, {"sent": 4, "bounced": 3, "complaints": 1})
        notices = {one.user_id: one for one in session.scalars(select(Notice))}
        assert notices[marketer.id].kind == NoticeKind.SEQUENCE_BROKEN
        assert viewer.id not in notices
        assert pause_broken(session, at) == []

        resume_sequence(session, sequence.name, at + timedelta(minutes=1), by=marketer.id)

        assert pause_broken(session, at + timedelta(minutes=2)) == []
        session.execute(text("update messages set sent_at = :at"), {"at": at + timedelta(minutes=3)})
        tell(session, messages[:2], ProviderEventKind.COMPLAINED, at + timedelta(minutes=4))
        assert pause_broken(session, at + timedelta(minutes=5)) == [sequence.name]
