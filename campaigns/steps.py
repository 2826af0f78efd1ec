"""The steps of a sequence as plain values: what a document says, ready to be decided on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from abm.words import Deed


@dataclass(frozen=True)
class MailStep:
    """Send this mail, then go on."""

    key: str
    mail: str
    next: str | None


@dataclass(frozen=True)
class WaitStep:
    """Stand still for a while, then go on."""

    key: str
    lasts: timedelta
    next: str | None


@dataclass(frozen=True)
class BranchStep:
    """Did the contact do this within a time after that mail? The way on depends on it."""

    key: str
    did: Deed
    of: str
    within: timedelta
    if_yes: str | None
    if_no: str | None


@dataclass(frozen=True)
class ExitStep:
    """Leave the sequence here."""

    key: str


Step = MailStep | WaitStep | BranchStep | ExitStep


@dataclass(frozen=True)
class Course:
    """The steps of one sequence version by key, and where it begins."""

    start: str
    steps: Mapping[str, Step]

    def asks_for_deeds(self, key: str) -> bool:
        """Whether someone standing at this step may have to be judged by what they did."""
        step = self.steps.get(key)
        if isinstance(step, WaitStep) and step.next:
            return isinstance(self.steps.get(step.next), BranchStep)
        return isinstance(step, BranchStep)
