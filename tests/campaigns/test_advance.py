"""Advancing enrollments on real rows: once, whoever and how often; held, released, parked."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from abm.models import Consent, Contact, Enrollment, Event, Message, Task
from abm.words import (
    ConsentPurpose,
    EnrollmentState,
    EventKind,
    GuardAnswer,
    GuardReason,
    ItemKind,
    LeaveReason,
    MessageState,
    SendReason,
    TaskState,
    Verdict,
)
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments, advance_next_batch, enrollments_wait
from campaigns.advance import Sender, advance, claim_enrollments
from campaigns.library import read_document
from campaigns.sequences import pause_sequence, resume_sequence
from campaigns.starting import start_by_hand
from tests.campaigns.worlds import (
    DAY,
    enrollments,
    hand_off,
    items,
    let_leases_run_out,
    make_people,
    messages,
    negotiate,
    pass_time,
    publish,
    start,
)
from tests.worlds import make_account, make_contact

SENDER = Sender("sender.example")


def test_the_first_mail_is_planned_at_once_and_the_wait_begins(installation: Installation) -> None:
    start()

    advance_enrollments()

    (message,), (enrollment,) = messages(installation.engine), enrollments(installation.engine)
    assert (message.step, message.state) == ("guide", MessageState.PLANNED)
    assert enrollment.step == "wait_after_guide"
    assert enrollment.due_at - enrollment.step_since == timedelta(days=3)


def test_nobody_moves_before_the_wait_is_over(installation: Installation) -> None:
    start()
    advance_enrollments()
    pass_time(3 * DAY - timedelta(minutes=5))

    assert not advance_next_batch()
    assert len(messages(installation.engine)) == 1


def test_advancing_twice_is_advancing_once(installation: Installation) -> None:
    start(count=3)
    with unit_of_work() as work:
        ids = claim_enrollments(work.session, work.at)

    for _ in range(2):
        with unit_of_work() as work:
            advance(work.session, ids, SENDER, work.at)
    advance_enrollments()

    assert len(messages(installation.engine)) == 3
    assert [e.step for e in enrollments(installation.engine)] == ["wait_after_guide"] * 3


def test_two_workers_at_once_plan_no_mail_twice(installation: Installation) -> None:
    start(count=40)
    with unit_of_work() as work:
        ids = claim_enrollments(work.session, work.at)

    def work_on(_: int) -> int:
        with unit_of_work() as work:
            return advance(work.session, ids, SENDER, work.at)

    with ThreadPoolExecutor(4) as workers:
        moved = list(workers.map(work_on, range(4)))

    assert sum(moved) == 40
    assert len(messages(installation.engine)) == 40


def test_two_workers_claim_different_people(installation: Installation) -> None:
    start(count=6)
    with unit_of_work() as one, unit_of_work() as other:
        first = claim_enrollments(one.session, one.at, limit=3)
        second = claim_enrollments(other.session, other.at, limit=6)

    assert len(first) == len(second) == 3
    assert not set(first) & set(second)


def test_people_of_a_dead_worker_are_found_again(installation: Installation) -> None:
    start()
    with unit_of_work() as work:
        claim_enrollments(work.session, work.at)
    with unit_of_work() as work:
        assert not enrollments_wait(work.session, work.at)

    let_leases_run_out("enrollments")

    with unit_of_work() as work:
        assert enrollments_wait(work.session, work.at)
    advance_enrollments()
    assert len(messages(installation.engine)) == 1


def test_a_mail_is_held_while_sales_works_and_told_once(installation: Installation) -> None:
    start()
    hand_off(enrollments(installation.engine)[0].account_id)

    for _ in range(3):
        advance_enrollments()
        pass_time(timedelta(hours=1))

    (message,), (enrollment,) = messages(installation.engine), enrollments(installation.engine)
    assert (message.state, message.reason) == (MessageState.HELD, GuardReason.SALES_ACTIVE)
    assert enrollment.step == "guide"
    (item,) = items(installation.engine, ItemKind.MAIL_WITHHELD)
    assert item.detail["reasons"] == [GuardReason.SALES_ACTIVE]
    assert item.subject_id == message.id


def test_a_held_mail_goes_on_within_an_hour_after_sales_is_done(installation: Installation) -> None:
    start()
    hand_off(enrollments(installation.engine)[0].account_id)
    advance_enrollments()
    with unit_of_work() as work:
        work.session.execute(update(Task).values(state=TaskState.RECYCLED))

    pass_time(timedelta(hours=1))
    advance_enrollments()

    (message,), (enrollment,) = messages(installation.engine), enrollments(installation.engine)
    assert (message.state, message.reason, message.guard) == (MessageState.PLANNED, None, {})
    assert enrollment.step == "wait_after_guide"


def test_a_new_reason_is_told_again(installation: Installation) -> None:
    (contact_id,) = start()
    hand_off(enrollments(installation.engine)[0].account_id)
    advance_enrollments()
    with unit_of_work() as work:
        refuse(work.session, contact_id, work.at)

    pass_time(timedelta(hours=1))
    advance_enrollments()

    told = [item.detail["reasons"] for item in items(installation.engine, ItemKind.MAIL_WITHHELD)]
    assert told == [[GuardReason.SALES_ACTIVE], [GuardReason.CONSENT_MISSING, GuardReason.SALES_ACTIVE]]
    assert messages(installation.engine)[0].state == MessageState.SKIPPED


def test_without_consent_a_mail_is_left_out_and_the_journey_goes_on(installation: Installation) -> None:
    start(consent=False)

    advance_enrollments()

    (message,), (enrollment,) = messages(installation.engine), enrollments(installation.engine)
    assert (message.state, message.reason) == (MessageState.SKIPPED, GuardReason.CONSENT_MISSING)
    assert enrollment.step == "wait_after_guide"


def test_while_a_deal_is_negotiated_a_mail_is_left_to_the_owner_and_the_journey_goes_on(
    installation: Installation,
) -> None:
    start()
    negotiate(enrollments(installation.engine)[0].account_id)

    advance_enrollments()

    (message,), (told,) = messages(installation.engine), items(installation.engine, ItemKind.MAIL_WITHHELD)
    assert (message.state, message.reason) == (MessageState.SKIPPED, GuardReason.OPEN_DEAL)
    assert told.detail["answer"] == GuardAnswer.REROUTE
    assert enrollments(installation.engine)[0].step == "wait_after_guide"


def test_without_address_a_mail_is_left_out(installation: Installation) -> None:
    (contact_id,) = start()
    with unit_of_work() as work:
        work.session.execute(update(Contact).where(Contact.id == contact_id).values(email=None))

    advance_enrollments()

    assert messages(installation.engine)[0].reason == GuardReason.NO_ADDRESS


def deliver() -> None:
    """What is planned has been sent."""
    with unit_of_work() as work:
        planned = update(Message).where(Message.state == MessageState.PLANNED)
        work.session.execute(planned.values(state=MessageState.SENT, sent_at=work.at))


def test_who_downloads_takes_the_other_way(installation: Installation) -> None:
    reader, other = start(count=2)
    for wait in (3 * DAY, 4 * DAY):
        advance_enrollments()
        deliver()
        if wait == 4 * DAY:
            download(reader)
        pass_time(wait)
    advance_enrollments()

    last = {message.contact_id: message.step for message in messages(installation.engine)}
    assert last == {reader: "talk", other: "summary"}
    assert {e.state for e in enrollments(installation.engine)} == {EnrollmentState.EXITED}
    assert {e.reason for e in enrollments(installation.engine)} == {LeaveReason.EXIT_STEP}


def test_a_download_by_a_machine_does_not_count(installation: Installation) -> None:
    (contact_id,) = start()
    advance_enrollments()
    deliver()
    pass_time(3 * DAY)
    advance_enrollments()
    deliver()
    download(contact_id, Verdict.MACHINE)
    pass_time(4 * DAY)
    advance_enrollments()

    assert messages(installation.engine)[-1].step == "summary"


def test_an_archived_contact_leaves(installation: Installation) -> None:
    (contact_id,) = start()
    with unit_of_work() as work:
        work.session.execute(update(Contact).where(Contact.id == contact_id).values(archived_at=work.at))

    advance_enrollments()

    (enrollment,) = enrollments(installation.engine)
    assert (enrollment.state, enrollment.reason) == (EnrollmentState.EXITED, LeaveReason.ARCHIVED)
    assert messages(installation.engine) == []


def test_a_row_that_keeps_failing_is_parked_and_the_others_go_on(installation: Installation) -> None:
    bad, good = start(count=2)
    with unit_of_work() as work:
        work.session.execute(update(Enrollment).where(Enrollment.contact_id == bad).values(step="vanished"))

    for _ in range(6):
        advance_enrollments()
        pass_time(timedelta(minutes=6))

    states = {e.contact_id: (e.state, e.reason) for e in enrollments(installation.engine)}
    assert states[bad] == (EnrollmentState.PARKED, LeaveReason.KEEPS_FAILING)
    assert states[good] == (EnrollmentState.ACTIVE, None)


def test_nobody_moves_while_a_sequence_is_paused(installation: Installation) -> None:
    start()
    with unit_of_work() as work:
        pause_sequence(work.session, "first_steps", work.at)
    pass_time(DAY)
    assert not advance_next_batch()

    with unit_of_work() as work:
        resume_sequence(work.session, "first_steps", work.at)

    assert advance_next_batch()
    assert len(messages(installation.engine)) == 1


def asked_after_a_rest(*between: dict[str, Any]) -> dict[str, Any]:
    """A mail, three days of rest, what stands between, and a second mail."""
    steps = [
        {"key": "guide", "kind": "mail", "mail": "first_steps_guide", "next": "rest"},
        {"key": "rest", "kind": "wait", "lasts": {"days": 3}, "next": between[0]["key"]},
        *between,
        {"key": "summary", "kind": "mail", "mail": "first_steps_summary"},
    ]
    assets = read_document("first_steps")["assets"]
    return {"name": "rests", "title": {"ja": "x", "en": "x"}, "steps": steps, "assets": assets}


CLICKED = {"key": "clicked", "kind": "wait", "until": {"kinds": ["click"], "of": "guide"}, "lasts": {"days": 2}}
READ_ON = asked_after_a_rest({**CLICKED, "next": "summary"})


def test_who_has_clicked_while_resting_goes_on_to_the_mail_behind_at_once(installation: Installation) -> None:
    with unit_of_work() as work:
        (anna,) = make_people(work.session)
        publish(work.session, [anna], work.at, READ_ON)
    advance_enrollments()
    deliver()
    pass_time(DAY)
    download(anna.id)
    pass_time(2 * DAY)

    advance_enrollments()

    (enrollment,) = enrollments(installation.engine)
    assert (enrollment.state, enrollment.reason) == (EnrollmentState.COMPLETED, None)
    assert [m.state for m in messages(installation.engine)] == [MessageState.SENT, MessageState.PLANNED]


def test_who_has_clicked_while_resting_is_known_to_the_guard_beside_others(installation: Installation) -> None:
    with unit_of_work() as work:
        (late,) = make_people(work.session)
        anna = make_contact(work.session, make_account(work.session, "ゼータ"), email="anna@zeta.example")
        publish(work.session, [late], work.at, READ_ON)
    advance_enrollments()
    pass_time(2 * DAY)
    with unit_of_work() as work:
        start_by_hand(work.session, "rests", [anna.id], work.at)
    advance_enrollments()
    deliver()
    pass_time(DAY)
    advance_enrollments()
    download(anna.id)
    pass_time(2 * DAY)

    advance_enrollments()

    told = {m.contact_id: (m.state, m.reason) for m in messages(installation.engine) if m.step == "summary"}
    assert told == dict.fromkeys((late.id, anna.id), (MessageState.PLANNED, None))


def test_who_comes_back_after_months_is_too_late_behind_an_answered_question_too(installation: Installation) -> None:
    asked = {"key": "asked", "kind": "branch", "when": {"did": "click"}, "if_yes": "summary", "if_no": "summary"}
    with unit_of_work() as work:
        (anna,) = make_people(work.session)
        document = asked_after_a_rest({**CLICKED, "next": "asked"}, asked)
        publish(work.session, [anna], work.at, {**document, "too_late": {"days": 3}})
    advance_enrollments()
    deliver()
    download(anna.id)
    pass_time(100 * DAY)

    advance_enrollments()

    (_, message) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.SKIPPED, SendReason.TOO_LATE)


def refuse(session: Session, contact_id: uuid.UUID, at: datetime) -> None:
    """The contact says no on the phone."""
    refusal = Consent(
        contact_id=contact_id, purpose=ConsentPurpose.MAIL, granted=False, basis=None, evidence="phone", at=at
    )
    session.add(refusal)


def download(contact_id: uuid.UUID, verdict: Verdict = Verdict.LIKELY) -> None:
    """The contact takes a file."""
    with unit_of_work() as work:
        contact = work.session.get_one(Contact, contact_id)
        work.session.add(
            Event(
                id=uuid.uuid4(),
                kind=EventKind.PREMIUM_DOWNLOAD,
                happened_at=work.at,
                account_id=contact.account_id,
                contact_id=contact.id,
                verdict=verdict,
            )
        )
