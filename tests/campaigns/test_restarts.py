"""A restored database, or one that was silent for long, asks before it sends what is overdue."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from abm.canary import beat
from abm.errors import Conflict
from abm.models import AuditEntry, Enrollment, Heartbeat, Message, Restart
from abm.words import ItemKind, MessageState, RestartAnswer, SendReason
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.outbox import claim_messages
from campaigns.pauses import pause_enrollment, resume_enrollment
from campaigns.restarts import LONG_AGO, answer_restart, notice_restart, open_restart
from tests.campaigns.worlds import (
    enrollments,
    items,
    let_leases_run_out,
    mailbox,
    messages,
    pass_time,
    planned,
    send_all,
    start,
)
from tests.worlds import NOON, make_user

HOUR = timedelta(hours=1)


def be_silent(session: Session, hours: float) -> None:
    """As if the scheduler had last been heard of so long ago."""
    beat(session, "scheduler")
    session.execute(
        update(Heartbeat).values(at=text(f"clock_timestamp() - interval '{hours} hours'"), silent_from=None)
    )


def overdue(hours: float) -> None:
    """Somebody was due so long ago, and a mail that was planned before that has not left."""
    start(1)
    advance_enrollments()
    with unit_of_work() as work:
        work.session.execute(update(Message).values(due_at=work.at - hours * HOUR))
    with unit_of_work() as work:
        work.session.execute(update(Enrollment).values(due_at=work.at - hours * HOUR, step="guide"))
        work.session.execute(text("delete from messages where step <> 'guide'"))


def silent_with_overdue(hours: float) -> bool:
    overdue(hours)
    with unit_of_work() as work:
        be_silent(work.session, hours)
    with unit_of_work() as work:
        return notice_restart(work.session, work.at)


def test_a_short_silence_and_a_new_database_ask_nothing(session: Session) -> None:
    assert not notice_restart(session, NOON)

    be_silent(session, 0.9)

    assert not notice_restart(session, NOON)
    assert open_restart(session) is None


def test_a_long_silence_with_nothing_overdue_is_noted_and_asks_nothing(session: Session) -> None:
    be_silent(session, 5)

    assert not notice_restart(session, NOON)

    assert session.scalars(select(Restart.answer)).all() == [RestartAnswer.SEND]


def test_the_first_sign_of_life_after_a_silence_says_since_when(session: Session) -> None:
    be_silent(session, 5)
    last = session.scalar(select(Heartbeat.at))

    beat(session, "scheduler")
    beat(session, "scheduler")

    assert session.scalar(select(Heartbeat.silent_from)) == last


def test_what_is_overdue_waits_and_what_falls_due_later_goes_on(installation: Installation) -> None:
    assert silent_with_overdue(5)
    with unit_of_work() as work:
        assert not notice_restart(work.session, work.at)
        asked = open_restart(work.session)
        assert asked is not None
        assert (asked.enrollments, asked.messages) == (1, 1)

    advance_enrollments()

    (enrollment,), (message,) = enrollments(installation.engine), messages(installation.engine)
    assert enrollment.due_at is None
    assert (message.state, message.reason) == (MessageState.PLANNED, SendReason.OVERDUE)
    assert message.due_at.year == 9999


@pytest.mark.parametrize(
    ("answer", "state", "due"),
    [
        (RestartAnswer.SEND, MessageState.PLANNED, timedelta()),
        (RestartAnswer.SPREAD, MessageState.PLANNED, timedelta()),
        (RestartAnswer.SKIP, MessageState.SKIPPED, -LONG_AGO),
    ],
)
def test_an_administrator_decides_what_becomes_of_it(
    installation: Installation, answer: RestartAnswer, state: MessageState, due: timedelta
) -> None:
    silent_with_overdue(5)

    with unit_of_work() as work:
        by = make_user(work.session).id
        answer_restart(work.session, answer, at=work.at, by=by)
        at = work.at

    (enrollment,), (message,) = enrollments(installation.engine), messages(installation.engine)
    assert enrollment.due_at == at + due
    assert "overdue" not in enrollment.trail
    assert (message.state, message.due_at) == (state, at)
    told = items(installation.engine, ItemKind.MAIL_WITHHELD)
    assert len(told) == (answer is RestartAnswer.SKIP)
    with unit_of_work() as work:
        assert open_restart(work.session) is None
        acts = set(work.session.scalars(select(AuditEntry.act).where(AuditEntry.subject == "restart")))
        assert acts == {"sending.asks_after_restart", "sending.restart_answered"}
        with pytest.raises(Conflict):
            answer_restart(work.session, answer, at=work.at)


def test_what_is_skipped_leaves_its_mail_out_and_goes_on(installation: Installation) -> None:
    start(1)
    pass_time(5 * HOUR)
    with unit_of_work() as work:
        be_silent(work.session, 5)
    with unit_of_work() as work:
        assert notice_restart(work.session, work.at)
        answer_restart(work.session, RestartAnswer.SKIP, at=work.at)

    advance_enrollments()

    (message,), (enrollment,) = messages(installation.engine), enrollments(installation.engine)
    assert (message.state, message.reason) == (MessageState.SKIPPED, SendReason.TOO_LATE)
    assert enrollment.step == "wait_after_guide"


def test_what_is_spread_leaves_over_a_day(installation: Installation) -> None:
    start(4)
    pass_time(5 * HOUR)
    with unit_of_work() as work:
        be_silent(work.session, 5)
    with unit_of_work() as work:
        notice_restart(work.session, work.at)
        answer_restart(work.session, RestartAnswer.SPREAD, at=work.at)
        at = work.at

    due = sorted(one.due_at - at for one in enrollments(installation.engine) if one.due_at)

    assert due == [number * 6 * HOUR for number in range(4)]


def test_mail_that_was_about_to_leave_when_the_copy_was_made_waits_too(installation: Installation) -> None:
    planned()
    with unit_of_work() as work:
        assert len(claim_messages(work.session, work.at)) == 1
    pass_time(5 * HOUR)
    let_leases_run_out("messages")
    with unit_of_work() as work:
        be_silent(work.session, 5)
    with unit_of_work() as work:
        assert notice_restart(work.session, work.at)
        asked = open_restart(work.session)
        assert asked is not None
        assert asked.messages == 1

    with mailbox(installation) as post:
        send_all(post)

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.PLANNED, SendReason.OVERDUE)


@pytest.mark.parametrize("resumed", ["before the answer", "after the answer"])
def test_whoever_is_paused_while_the_question_is_open_gets_the_answer_and_stays_paused(
    installation: Installation, resumed: str
) -> None:
    silent_with_overdue(5)
    (enrollment,) = enrollments(installation.engine)
    with unit_of_work() as work:
        pause_enrollment(work.session, enrollment.id, at=work.at)
        if resumed == "before the answer":
            resume_enrollment(work.session, enrollment.id, at=work.at)
    (before,) = enrollments(installation.engine)
    with unit_of_work() as work:
        answer_restart(work.session, RestartAnswer.SKIP, at=work.at)
        at = work.at
    (answered,) = enrollments(installation.engine)
    if resumed == "after the answer":
        with unit_of_work() as work:
            resume_enrollment(work.session, enrollment.id, at=work.at)

    (after,), (message,) = enrollments(installation.engine), messages(installation.engine)
    assert before.due_at is None
    assert (answered.due_at is None) == (resumed == "after the answer")
    assert (after.due_at, "overdue" in after.trail) == (at - LONG_AGO, False)
    assert message.state == MessageState.SKIPPED
