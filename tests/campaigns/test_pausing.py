"""Pausing all sending, and closing what a crash left uncertain."""

import uuid

import pytest
from sqlalchemy import select

from abm.errors import Conflict
from abm.models import AuditEntry
from abm.words import ItemKind, MessageState, SendReason
from abm.work import Installation, unit_of_work
from campaigns.pausing import pause_sending, resume_sending, settle_unknown
from tests.campaigns.worlds import (
    hand_over,
    items,
    mailbox,
    messages,
    planned,
    post_to,
    prepare_claimed,
    real_people,
    send_all,
)
from tests.smtp_server import HANG_UP, scripted


def acts() -> list[str]:
    """What was audited of sending."""
    told = select(AuditEntry.act).where(AuditEntry.subject.in_(("sending", "message")))
    with unit_of_work() as work:
        return list(work.session.scalars(told.order_by(AuditEntry.at, AuditEntry.id)))


def test_nothing_leaves_while_all_sending_is_paused_not_even_what_stood_at_the_door(installation: Installation) -> None:
    planned(count=2)
    with mailbox(installation) as post:
        parcels = prepare_claimed(post)
        with unit_of_work() as work:
            pause_sending(work.session, work.at, why="a wrong price")
            with pytest.raises(Conflict):
                pause_sending(work.session, work.at)
        hand_over(post, parcels)
        send_all(post)
        waiting = {message.state for message in messages(installation.engine)}
        with unit_of_work() as work:
            resume_sending(work.session, work.at)
        send_all(post)

    assert waiting == {MessageState.PLANNED}
    assert {message.state for message in messages(installation.engine)} == {MessageState.SENT}
    assert acts() == ["sending.paused", "sending.resumed"]


@pytest.mark.parametrize(("arrived", "state"), [(True, MessageState.SENT), (False, MessageState.FAILED)])
def test_a_person_says_what_became_of_an_unknown_mail_once(
    installation: Installation, arrived: bool, state: MessageState
) -> None:
    real_people()
    with scripted(dot=HANG_UP) as server:
        send_all(post_to(installation, server))
    (message,) = messages(installation.engine)

    with unit_of_work() as work:
        settle_unknown(work.session, message.id, arrived=arrived, at=work.at)
    with unit_of_work() as work, pytest.raises(Conflict):
        settle_unknown(work.session, message.id, arrived=arrived, at=work.at)

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (state, None if arrived else SendReason.BROKEN_OFF)
    assert bool(message.sent_at) is arrived
    assert len(items(installation.engine, ItemKind.MAIL_SENT)) == arrived
    assert acts() == ["message.settled"]


def test_only_unknown_mails_are_settled_by_people(installation: Installation) -> None:
    planned()
    (message,) = messages(installation.engine)

    with unit_of_work() as work, pytest.raises(Conflict):
        settle_unknown(work.session, message.id, arrived=True, at=work.at, by=uuid.uuid4())
