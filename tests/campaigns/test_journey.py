"""What an enrollment does next, decided from plain values."""

from datetime import datetime, timedelta

from abm.words import Deed, EventKind, LeaveReason
from campaigns.journey import Exit, GoOn, Look, SendMail, Trail, WaitUntil, decide
from campaigns.known import Done
from campaigns.steps import BranchStep, ExitStep, MailStep, WaitStep
from tests.worlds import NOON

DAY = timedelta(days=1)
MAIL = MailStep("guide", "some_mail", "rest")
WAIT = WaitStep("rest", 3 * DAY, "asked")
BRANCH = BranchStep("asked", Deed.DOWNLOAD, "guide", 4 * DAY, "talk", "summary")
CLICK_BRANCH = BranchStep("asked", Deed.CLICK, "guide", 4 * DAY, "talk", "summary")


def downloaded(at: datetime) -> Done:
    return Done(EventKind.DOWNLOAD, at)


def test_a_mail_step_sends_its_mail() -> None:
    assert decide(Trail(NOON), MAIL, NOON) == SendMail(MAIL)


def test_a_wait_ends_exactly_when_its_time_is_over() -> None:
    over = NOON + 3 * DAY

    assert decide(Trail(NOON), WAIT, over - timedelta(microseconds=1)) == WaitUntil(over)
    assert decide(Trail(NOON), WAIT, over) == GoOn("asked")


def test_who_did_it_takes_the_yes_way_at_once() -> None:
    trail = Trail(NOON + DAY, {"guide": NOON}, [downloaded(NOON + DAY)])

    assert decide(trail, BRANCH, NOON + DAY) == GoOn("talk", "yes")


def test_who_did_not_takes_the_no_way_only_when_the_time_is_over() -> None:
    trail = Trail(NOON + DAY, {"guide": NOON}, [])

    assert decide(trail, BRANCH, NOON + 2 * DAY) == WaitUntil(NOON + 4 * DAY)
    assert decide(trail, BRANCH, NOON + 4 * DAY) == GoOn("summary", "no")


def test_what_happened_before_the_mail_or_after_the_time_does_not_count() -> None:
    early, late = downloaded(NOON - DAY), downloaded(NOON + 5 * DAY)
    trail = Trail(NOON, {"guide": NOON}, [early, late])

    assert decide(trail, BRANCH, NOON + 6 * DAY) == GoOn("summary", "no")


def test_a_download_is_a_click_but_a_click_is_no_download() -> None:
    clicked = Trail(NOON, {"guide": NOON}, [Done(EventKind.CLICK, NOON + DAY)])
    fetched = Trail(NOON, {"guide": NOON}, [downloaded(NOON + DAY)])

    assert decide(clicked, BRANCH, NOON + 4 * DAY) == GoOn("summary", "no")
    assert decide(fetched, CLICK_BRANCH, NOON + DAY) == GoOn("talk", "yes")


def test_a_branch_that_nobody_looked_for_asks_to_look() -> None:
    assert decide(Trail(NOON, deeds=None), BRANCH, NOON) == Look()


def test_without_its_mail_the_time_of_a_branch_runs_from_the_step_itself() -> None:
    assert decide(Trail(NOON), BRANCH, NOON) == WaitUntil(NOON + 4 * DAY)


def test_an_archived_contact_leaves_whatever_the_step() -> None:
    assert decide(Trail(NOON, is_archived=True), MAIL, NOON) == Exit(LeaveReason.ARCHIVED)


def test_an_exit_step_ends_the_journey() -> None:
    assert decide(Trail(NOON), ExitStep("end"), NOON) == Exit(LeaveReason.EXIT_STEP)
