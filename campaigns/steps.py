"""The steps of a sequence as plain values: what a document says, ready to be decided on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from abm.conditions.language import Check, Condition
from abm.guard.guard import USUAL_PRIORITY
from abm.words import BuyingRole, Deed, EventKind, NotifyTo, SequenceSubject, WinnerBy
from campaigns.windows import Window

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Address:
    """Whom of an account a mail is for."""

    roles: frozenset[BuyingRole]
    # Only who has not had this step's mail yet.
    new_only: bool = False
    most: int | None = None


@dataclass(frozen=True)
class MailStep:
    """Send this mail, then go on."""

    key: str
    mail: str
    next: str | None
    to: Address | None = None
    # Sent in its place when the contact guard says so.
    swap: str | None = None
    # Later than this after its time it is not worth sending.
    too_late: timedelta | None = None


@dataclass(frozen=True)
class WaitStep:
    """Stand still for a while, then go on."""

    key: str
    lasts: timedelta
    next: str | None


@dataclass(frozen=True)
class EventStep:
    """Stand still until this happens, at most for a time; what happens afterwards depends on which came first."""

    key: str
    kinds: frozenset[EventKind]
    topic: str | None
    # What must have happened on the mail of this step; without one, anywhere.
    of: str | None
    lasts: timedelta
    next: str | None
    if_late: str | None


@dataclass(frozen=True)
class DayStep:
    """Stand still until a day: one of the calendar, or so many days from one of the records."""

    key: str
    on: date | None
    # Asks for the field of the records; holds whatever that is.
    field: Check | None
    days: int
    next: str | None


@dataclass(frozen=True)
class WindowStep:
    """Stand still until a window is open."""

    key: str
    window: Window
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
class AskStep:
    """Does this condition hold now? The way on depends on it."""

    key: str
    when: Condition
    if_yes: str | None
    if_no: str | None


@dataclass(frozen=True)
class Way:
    """One way of a split."""

    key: str
    percent: float
    next: str | None


@dataclass(frozen=True)
class Winner:
    """By what the ways of a split are compared, and when."""

    by: WinnerBy
    after: timedelta


@dataclass(frozen=True)
class SplitStep:
    """Take one of these ways by lot."""

    key: str
    ways: tuple[Way, ...]
    winner: Winner | None = None


@dataclass(frozen=True)
class ActionStep:
    """Change a record: exactly one thing, named as in the document."""

    key: str
    act: str
    value: Any
    next: str | None


@dataclass(frozen=True)
class TaskStep:
    """Give the owner something to do."""

    key: str
    title: Mapping[str, str]
    body: Mapping[str, str]
    business_hours: int | None
    days: int | None
    next: str | None


@dataclass(frozen=True)
class NotifyStep:
    """Tell somebody of the firm."""

    key: str
    to: NotifyTo
    channel: str | None
    text: Mapping[str, str]
    next: str | None


@dataclass(frozen=True)
class WebhookStep:
    """Tell another system."""

    key: str
    channel: str
    next: str | None


@dataclass(frozen=True)
class GoalStep:
    """A goal is reached by coming here."""

    key: str
    goal: str
    next: str | None


@dataclass(frozen=True)
class JumpStep:
    """Go on in another sequence."""

    key: str
    sequence: str


@dataclass(frozen=True)
class ExitStep:
    """Leave the sequence here."""

    key: str


Step = (
    MailStep
    | WaitStep
    | EventStep
    | DayStep
    | WindowStep
    | BranchStep
    | AskStep
    | SplitStep
    | ActionStep
    | TaskStep
    | NotifyStep
    | WebhookStep
    | GoalStep
    | JumpStep
    | ExitStep
)


@dataclass(frozen=True)
class Course:
    """The steps of one sequence version by key, where it begins, and which of them can be visited again."""

    start: str
    steps: Mapping[str, Step]
    subject: SequenceSubject = SequenceSubject.CONTACT
    loops: frozenset[str] = frozenset()
    # The lower number goes first when caps bite.
    priority: int = USUAL_PRIORITY
    too_late: timedelta | None = None

    def near(self, key: str) -> list[Step]:
        """The steps that somebody standing at this one may have to be judged by now: this one and all behind it, up to
        where whoever comes stands still. A step that some pass in the same moment is never the last."""
        found, frontier = dict[str, Step](), [key]
        while frontier:
            here = frontier.pop()
            step = self.steps.get(here)
            if step is not None and here not in found:
                found[here] = step
                if here == key or not stops_everybody(step):
                    frontier += followers(step)
        return list(found.values())


def by_step(pairs: Iterable[tuple[S, T]]) -> list[tuple[S, list[T]]]:
    """Each step with what belongs to it; of one version the steps are the same objects, and need not be compared."""
    found: dict[int, tuple[S, list[T]]] = {}
    for step, one in pairs:
        found.setdefault(id(step), (step, []))[1].append(one)
    return list(found.values())


def stops_everybody(step: Step) -> bool:
    """Whether nobody passes this step in the moment they come to it, whatever they did and whatever day it is."""
    if isinstance(step, WaitStep):
        return step.lasts > timedelta()
    # What is asked of a mail may have happened on the way here.
    return isinstance(step, EventStep) and step.of is None and step.lasts > timedelta()


def followers(step: Step) -> list[str]:
    """The steps that may follow this one."""
    if isinstance(step, SplitStep):
        return [way.next for way in step.ways if way.next]
    ways = (getattr(step, name, None) for name in ("next", "if_late", "if_yes", "if_no"))
    return [way for way in ways if way]
