"""Whoever leaves or is paused while a mail to them is on its way out is not sent it days later."""

import pytest
from sqlalchemy import update

from abm.clock import FOREVER
from abm.models import Enrollment, Task
from abm.words import EnrollmentState, LeaveReason, MessageState, SendReason, TaskKind
from abm.work import Installation, unit_of_work
from campaigns.by_hand import remove_enrollment
from campaigns.exits import Leaving, leave
from campaigns.pauses import pause_enrollment, resume_enrollment
from campaigns.sequences import end_sequence
from tests.campaigns.worlds import (
    enrollments,
    hand_over,
    mailbox,
    messages,
    negotiate,
    planned,
    prepare_claimed,
    rows,
    send_all,
)


def go(why: str) -> None:
    """The only person leaves the sequence."""
    with unit_of_work() as work:
        session, at = work.session, work.at
        if why == "completed":
            session.execute(update(Enrollment).values(state=EnrollmentState.COMPLETED, ended_at=at, due_at=None))
        enrollment = session.query(Enrollment).one()
        if why == "removed":
            remove_enrollment(session, enrollment.id, at=at, by=None)
        elif why == "sequence_ended":
            end_sequence(session, "first_steps", at)
        else:
            assert enrollment.sequence_id
            leave(session, [Leaving(enrollment.sequence_id, enrollment.account_id, LeaveReason.REPLY, at)], at)


@pytest.mark.parametrize("why", ["reply", "completed", "removed", "sequence_ended"])
def test_a_mail_at_the_door_does_not_leave_once_its_way_has_ended(installation: Installation, why: str) -> None:
    planned()
    with mailbox(installation) as post:
        parcels = prepare_claimed(post)
        go(why)
        # What the guard would leave to the owner is not left to anybody either.
        negotiate(parcels[0].outgoing.account_id)

        hand_over(post, parcels)
        (kept,) = messages(installation.engine)
        send_all(post)

    (message,) = messages(installation.engine)
    assert kept.state == MessageState.PLANNED
    assert (message.state, message.reason) == (MessageState.CANCELLED, SendReason.LEFT)
    assert [task for task in rows(installation.engine, Task) if task.kind == TaskKind.STEP] == []


def test_a_mail_at_the_door_waits_while_its_way_is_paused(installation: Installation) -> None:
    planned()
    (enrollment,) = enrollments(installation.engine)
    with mailbox(installation) as post:
        parcels = prepare_claimed(post)
        with unit_of_work() as work:
            pause_enrollment(work.session, enrollment.id, at=work.at)
        hand_over(post, parcels)
        send_all(post)
        (held,) = messages(installation.engine)
        with unit_of_work() as work:
            resume_enrollment(work.session, enrollment.id, at=work.at)
        send_all(post)

    assert (held.state, held.reason, held.due_at) == (MessageState.PLANNED, SendReason.PAUSED, FOREVER)
    assert messages(installation.engine)[0].state == MessageState.SENT
