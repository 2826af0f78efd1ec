"""The rule that decides what an enrollment does next: where it stands and what is known in, one decision out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b
from typing import Any

from abm.words import Deed, EventKind, LeaveReason
from campaigns.known import NOTHING, Done, Known
from campaigns.steps import (
    ActionStep,
    AskStep,
    BranchStep,
    DayStep,
    EventStep,
    ExitStep,
    GoalStep,
    JumpStep,
    MailStep,
    NotifyStep,
    SplitStep,
    Step,
    TaskStep,
    WaitStep,
    WebhookStep,
    WindowStep,
)
from campaigns.windows import next_open

DOWNLOADS = frozenset((EventKind.DOWNLOAD, EventKind.PREMIUM_DOWNLOAD))
CLICKS = frozenset((EventKind.CLICK, *DOWNLOADS))
DEEDS: Mapping[Deed, frozenset[EventKind]] = {Deed.CLICK: CLICKS, Deed.DOWNLOAD: DOWNLOADS}
# A download is a click too, and a premium download a download.
ALSO: Mapping[EventKind, frozenset[EventKind]] = {EventKind.CLICK: CLICKS, EventKind.DOWNLOAD: DOWNLOADS}
# A day of the records may move meanwhile: it is looked up again after so long.
LOOK_AGAIN = timedelta(days=7)
DRAWS = 10_000


@dataclass(frozen=True)
class Trail:
    """What an enrollment has done so far: since when it stands here, mails by step, and what is known of it."""

    since: datetime
    mailed: Mapping[str, datetime] = field(default_factory=dict)
    # None: nobody has looked yet.
    deeds: Sequence[Done] | None = ()
    is_archived: bool = False
    known: Known = NOTHING
    # What lots are drawn by: the same for the same enrollment, whoever draws.
    lot: str = ""


@dataclass(frozen=True)
class SendMail:
    """Ask the guard, then send this step's mail."""

    step: MailStep


@dataclass(frozen=True)
class WaitUntil:
    """Nothing to do before this time."""

    until: datetime


@dataclass(frozen=True)
class GoOn:
    """This step is over; `answer` is set when one of several ways was taken."""

    next: str | None
    answer: str | None = None


@dataclass(frozen=True)
class Act:
    """Do what this step is for, then go on."""

    step: "ActionStep | TaskStep | NotifyStep | WebhookStep"


@dataclass(frozen=True)
class Reach:
    """A goal is reached."""

    step: GoalStep


@dataclass(frozen=True)
class Jump:
    """Leave, and go on in another sequence."""

    step: JumpStep


@dataclass(frozen=True)
class Look:
    """The next answer depends on what nobody has looked up yet: come back with it."""


@dataclass(frozen=True)
class Exit:
    """Leave the sequence, with the reason."""

    reason: LeaveReason


JourneyDecision = SendMail | WaitUntil | GoOn | Act | Reach | Jump | Look | Exit


def decide(trail: Trail, step: Step, at: datetime) -> JourneyDecision:
    """What this enrollment does now, standing at this step."""
    if trail.is_archived:
        return Exit(LeaveReason.ARCHIVED)
    return RULES[type(step)](trail, step, at)


def draw(step: SplitStep, lot: str) -> str:
    """The way somebody takes: by a stable hash of enrollment and step, so that drawing again changes nothing."""
    hashed = blake2b(f"{lot}/{step.key}".encode(), digest_size=8).digest()
    drawn = int.from_bytes(hashed, "big") % DRAWS * 100 / DRAWS
    reached = 0.0
    for way in step.ways:
        reached += way.percent
        if drawn < reached:
            return way.key
    return step.ways[-1].key


def kinds_of(step: EventStep | BranchStep) -> frozenset[EventKind]:
    """What counts as having done what is asked."""
    if isinstance(step, BranchStep):
        return DEEDS[step.did]
    return step.kinds.union(*(ALSO.get(kind, ()) for kind in step.kinds))


def _wait(trail: Trail, step: WaitStep, at: datetime) -> JourneyDecision:
    over = trail.since + step.lasts
    return GoOn(step.next) if over <= at else WaitUntil(over)


def _event(trail: Trail, step: EventStep, at: datetime) -> JourneyDecision:
    """On as soon as it happens, or when the time is over; without a mail that is asked about it counts from here."""
    if trail.deeds is None:
        return Look()
    begin = trail.mailed.get(step.of, trail.since) if step.of else trail.since
    end = trail.since + step.lasts
    kinds = kinds_of(step)
    if any(
        done.kind in kinds
        # What brought somebody here is not what we wait for.
        and (begin < done.at if begin == trail.since else begin <= done.at)
        and done.at <= min(at, end)
        and (step.topic is None or step.topic in done.topics)
        for done in trail.deeds
    ):
        return GoOn(step.next, "yes")
    return GoOn(step.if_late, "no") if end <= at else WaitUntil(end)


def _branch(trail: Trail, step: BranchStep, at: datetime) -> JourneyDecision:
    """Yes as soon as it happened, no once the time is over; a mail that was never planned counts from here."""
    if trail.deeds is None:
        return Look()
    begin = trail.mailed.get(step.of, trail.since)
    end = begin + step.within
    kinds = DEEDS[step.did]
    if any(done.kind in kinds and begin <= done.at <= end for done in trail.deeds):
        return GoOn(step.if_yes, "yes")
    return GoOn(step.if_no, "no") if end <= at else WaitUntil(end)


def _ask(trail: Trail, step: AskStep, at: datetime) -> JourneyDecision:
    holds = trail.known.answers.get(step.key)
    if holds is None:
        return Look()
    return GoOn(step.if_yes, "yes") if holds else GoOn(step.if_no, "no")


def _day(trail: Trail, step: DayStep, at: datetime) -> JourneyDecision:
    """Until the day begins; of several days of the records the next one, and on at once where there is none."""
    days = [step.on] if step.on else trail.known.days.get(step.key)
    if days is None or trail.known.where is None:
        return Look()
    zone = trail.known.where.zone
    since = trail.since.astimezone(zone).date()
    shifted = sorted(day + timedelta(days=step.days) for day in days)
    coming = next((day for day in shifted if day >= since), None)
    if coming is None:
        return GoOn(step.next)
    opens = datetime.combine(coming, time(), zone).astimezone(UTC)
    if opens <= at:
        return GoOn(step.next)
    return WaitUntil(opens if step.on else min(opens, at + LOOK_AGAIN))


def _window(trail: Trail, step: WindowStep, at: datetime) -> JourneyDecision:
    where = trail.known.where
    if where is None:
        return Look()
    opens = next_open(step.window, at, where.zone, where.calendar, where.closing_month, where.usual_hour)
    return GoOn(step.next) if opens <= at else WaitUntil(opens)


def _split(trail: Trail, step: SplitStep, at: datetime) -> JourneyDecision:
    taken = draw(step, trail.lot)
    return GoOn(next(way.next for way in step.ways if way.key == taken), taken)


# One rule for each kind of step; a step nobody has a rule for is an error, and parks whoever stands at it.
RULES: Mapping[type, Callable[[Trail, Any, datetime], JourneyDecision]] = {
    MailStep: lambda trail, step, at: SendMail(step),
    WaitStep: _wait,
    EventStep: _event,
    DayStep: _day,
    WindowStep: _window,
    BranchStep: _branch,
    AskStep: _ask,
    SplitStep: _split,
    ActionStep: lambda trail, step, at: Act(step),
    TaskStep: lambda trail, step, at: Act(step),
    NotifyStep: lambda trail, step, at: Act(step),
    WebhookStep: lambda trail, step, at: Act(step),
    GoalStep: lambda trail, step, at: Reach(step),
    JumpStep: lambda trail, step, at: Jump(step),
    ExitStep: lambda trail, step, at: Exit(LeaveReason.EXIT_STEP),
}
