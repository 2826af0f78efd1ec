"""The rule that decides what an enrollment does next: where it stands and what it knows in, one decision out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from abm.words import Deed, LeaveReason
from campaigns.steps import BranchStep, MailStep, Step, WaitStep


@dataclass(frozen=True)
class Trail:
    """What an enrollment has done so far: since when it stands here, mails by step, and what its contact did."""

    since: datetime
    mailed: Mapping[str, datetime] = field(default_factory=dict)
    # None: nobody has looked yet.
    deeds: Sequence[tuple[Deed, datetime]] | None = ()
    is_archived: bool = False


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
    """This step is over; `answer` is set when a branch was taken."""

    next: str | None
    answer: str | None = None


@dataclass(frozen=True)
class Look:
    """The next answer depends on what the contact did: come back with it."""


@dataclass(frozen=True)
class Exit:
    """Leave the sequence, with the reason."""

    reason: LeaveReason


JourneyDecision = SendMail | WaitUntil | GoOn | Look | Exit


def decide(trail: Trail, step: Step, at: datetime) -> JourneyDecision:
    """What this enrollment does now, standing at this step."""
    if trail.is_archived:
        return Exit(LeaveReason.ARCHIVED)
    if isinstance(step, MailStep):
        return SendMail(step)
    if isinstance(step, WaitStep):
        over = trail.since + step.lasts
        return GoOn(step.next) if over <= at else WaitUntil(over)
    if isinstance(step, BranchStep):
        return _branch(trail, step, at)
    return Exit(LeaveReason.EXIT_STEP)


def _branch(trail: Trail, step: BranchStep, at: datetime) -> JourneyDecision:
    """Yes as soon as it happened, no once the time is over; a mail that was never planned counts from here."""
    if trail.deeds is None:
        return Look()
    begin = trail.mailed.get(step.of, trail.since)
    end = begin + step.within
    if any(_counts(deed, step.did) and begin <= happened_at <= end for deed, happened_at in trail.deeds):
        return GoOn(step.if_yes, "yes")
    return GoOn(step.if_no, "no") if end <= at else WaitUntil(end)


def _counts(deed: Deed, asked: Deed) -> bool:
    return deed == asked or asked == Deed.CLICK
