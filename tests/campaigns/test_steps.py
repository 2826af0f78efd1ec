"""How far somebody may come in one moment: the steps near the one they stand at."""

from datetime import timedelta

import pytest

from abm.words import Deed, EventKind
from campaigns.steps import BranchStep, Course, EventStep, ExitStep, MailStep, Step, WaitStep

DAY = timedelta(days=1)
CLICKS = frozenset((EventKind.CLICK,))


def clicked(of: str | None = "first", lasts: timedelta = DAY) -> EventStep:
    return EventStep("then", CLICKS, None, of, lasts, "mail", "mail")


def near(standing: Step, then: Step) -> list[str]:
    """The keys near whoever stands at this step, where another one and a mail follow."""
    steps = [standing, then, MailStep("mail", "m", "rest"), WaitStep("rest", DAY, "end"), ExitStep("end")]
    return [step.key for step in Course(standing.key, {step.key: step for step in steps}).near(standing.key)]


STANDING = [
    WaitStep("here", DAY, "then"),
    EventStep("here", CLICKS, None, None, DAY, "then", "then"),
    BranchStep("here", Deed.CLICK, "first", DAY, "then", "then"),
]


@pytest.mark.parametrize("standing", STANDING)
@pytest.mark.parametrize("then", [clicked(), clicked(None, timedelta()), WaitStep("then", timedelta(), "mail")])
def test_what_may_be_over_at_once_is_looked_behind(standing: Step, then: Step) -> None:
    assert near(standing, then) == ["here", "then", "mail", "rest"]


@pytest.mark.parametrize("standing", STANDING)
@pytest.mark.parametrize("then", [clicked(None), WaitStep("then", DAY, "mail")])
def test_where_everybody_stands_still_nothing_behind_is_asked(standing: Step, then: Step) -> None:
    assert near(standing, then) == ["here", "then"]
