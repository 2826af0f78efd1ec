"""One person's way through a sequence: where she is, why she waits, and what is done to her alone."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from abm.models import Enrollment, Message
from abm.words import EnrollmentState, LeaveReason, MessageState, Role
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.drafts import get_draft, save_draft
from campaigns.sequences import pause_sequence, publish_sequence
from tests.abm.web.conftest import LogIn
from tests.campaigns.worlds import hand_off, pass_time, start


@pytest.fixture
def people(installation: Installation) -> list[uuid.UUID]:
    """Two people in the library's sequence, both at their first wait."""
    found = start(2)
    advance_enrollments()
    return found


def enrollment(contact_id: uuid.UUID) -> Enrollment:
    with unit_of_work() as work:
        return work.session.scalars(select(Enrollment).where(Enrollment.contact_id == contact_id)).one()


def page_of(browser: FlaskClient, contact_id: uuid.UUID) -> str:
    return browser.get(f"/enrollments/{enrollment(contact_id).id}").text


def act(browser: FlaskClient, contact_id: uuid.UUID, what: str, **data: Any) -> str:
    return browser.post(f"/enrollments/{enrollment(contact_id).id}/{what}", data=data, follow_redirects=True).text


def test_the_way_is_told_step_by_step_with_what_it_waits_for(people: list[uuid.UUID], log_in: LogIn) -> None:
    browser = log_in(Role.SALES)

    page = page_of(browser, people[0])
    assert "Waits until" in page or "is planned and leaves" in page
    with unit_of_work() as work:
        work.session.execute(update(Message).values(state=MessageState.SENT, sent_at=work.at))
    page = page_of(browser, people[0])
    assert "Waits until" in page
    assert page.index("The guide") < page.index("here now")

    pass_time(timedelta(days=3))
    advance_enrollments()
    path = enrollment(people[0]).trail["path"]
    assert [key for key, _since in path] == ["guide", "wait_after_guide", "costing"]


def test_whoever_is_held_is_told_with_the_reason(people: list[uuid.UUID], log_in: LogIn) -> None:
    hand_off(enrollment(people[0]).account_id)
    pass_time(timedelta(days=3))
    advance_enrollments()

    page = page_of(log_in(Role.VIEWER), people[0])

    assert "The contact guard holds" in page
    assert "Sales is working on it" in page


def test_one_is_paused_resumed_and_taken_out_and_the_other_goes_on(people: list[uuid.UUID], log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)

    assert "waits until it is resumed" in act(browser, people[0], "pause")
    assert "goes on from where it stood" in act(browser, people[0], "resume")
    assert "Taken out by hand" in act(browser, people[0], "remove")
    gone, other = enrollment(people[0]), enrollment(people[1])
    assert (gone.state, gone.reason, gone.due_at) == (EnrollmentState.EXITED, LeaveReason.REMOVED, None)
    assert other.state == EnrollmentState.ACTIVE
    with unit_of_work() as work:
        mails = select(Message.state).where(Message.enrollment_id == gone.id)
        assert set(work.session.scalars(mails)) == {MessageState.CANCELLED}
    assert "this enrollment is exited" in act(browser, people[0], "remove")


def test_one_that_kept_failing_tries_again(people: list[uuid.UUID], log_in: LogIn) -> None:
    with unit_of_work() as work:
        parked = {"state": EnrollmentState.PARKED, "reason": LeaveReason.KEEPS_FAILING, "due_at": None}
        work.session.execute(update(Enrollment).where(Enrollment.contact_id == people[0]).values(**parked))
    browser = log_in(Role.MARKETER)

    assert "it failed several times" in page_of(browser, people[0])
    assert "Set aside" not in act(browser, people[0], "retry")
    assert enrollment(people[0]).state == EnrollmentState.ACTIVE


def test_a_paused_sequence_is_the_reason_for_everybody(people: list[uuid.UUID], log_in: LogIn) -> None:
    with unit_of_work() as work:
        pause_sequence(work.session, "first_steps", work.at)

    assert "The sequence is paused" in page_of(log_in(Role.VIEWER), people[0])


def publish_without_the_wait() -> None:
    """Publish a version in which the step where people stand has another key."""
    with unit_of_work() as work:
        draft = get_draft(work.session, "first_steps")
        steps = [
            {**step, "key": step["key"].replace("wait_after_guide", "pause")}
            | ({"next": "pause"} if step["key"] == "guide" else {})
            for step in draft.document["steps"]
        ]
        document = {**draft.document, "steps": steps, "triggers": [{"on": "new_contact"}]}
        save_draft(work.session, "first_steps", document, etag=draft.etag, at=work.at, by=None)
        publish_sequence(work.session, "first_steps", at=work.at)


def test_a_step_that_is_gone_is_asked_for_once_however_many_versions_had_it(
    people: list[uuid.UUID], log_in: LogIn
) -> None:
    with unit_of_work() as work:
        second = publish_sequence(work.session, "first_steps", at=work.at, nobody_yet=True)
        mine = update(Enrollment).where(Enrollment.contact_id == people[1])
        work.session.execute(mine.values(sequence_version_id=second.id))
    publish_without_the_wait()
    browser = log_in(Role.MARKETER)

    page = browser.get("/sequences/first_steps/move?to.wait_after_guide=pause").text

    assert (page.count('name="to.wait_after_guide"'), page.count("as chosen above")) == (1, 1)
    assert "2 people would be moved" in page
    browser.post("/sequences/first_steps/move", data={"to.wait_after_guide": "pause"})
    assert [enrollment(who).step for who in people] == ["pause", "pause"]


def test_people_are_moved_to_the_newest_version_after_a_look(people: list[uuid.UUID], log_in: LogIn) -> None:
    publish_without_the_wait()
    browser = log_in(Role.MARKETER)

    page = browser.get("/sequences/first_steps/move").text
    assert "Stays in the old version" in page
    assert "0 people would be moved" in page
    assert "Choose the step to go on with" in act(browser, people[0], "move")
    assert "Moved to the newest version" in act(browser, people[0], "move", **{"to.wait_after_guide": "pause"})
    assert (enrollment(people[0]).step, enrollment(people[1]).step) == ("pause", "wait_after_guide")
    moved = browser.post("/sequences/first_steps/move", data={"to.wait_after_guide": "pause"}, follow_redirects=True)
    assert "1 person was moved" in moved.text
    assert enrollment(people[1]).step == "pause"
