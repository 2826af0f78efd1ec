"""One enrollment's move in one moment: journey and guard asked in turn until something has to wait. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from abm.clock import rfc3339
from abm.guard.guard import Decision
from abm.words import Deed, EnrollmentState, GuardAnswer, GuardReason, LeaveReason, MessageState
from campaigns.journey import Exit, GoOn, Look, SendMail, Trail, WaitUntil, decide
from campaigns.steps import Course, MailStep

# Until nobody knows when a hold ends, the guard is asked again this often, in business time.
ASK_AGAIN = timedelta(hours=1)
# Not sent, now or later: what is rerouted is for the owner to say.
LEFT_OUT = (GuardAnswer.SKIP, GuardAnswer.REROUTE)


@dataclass(frozen=True)
class Standing:
    """An enrollment as claimed: where it stands, since when, and whose it is."""

    id: UUID
    version_id: UUID
    account_id: UUID
    department_id: UUID | None
    contact_id: UUID
    step: str
    step_since: datetime
    occurrence: int
    trail: Mapping[str, Any]
    due_at: datetime
    attempts: int
    email: str | None
    language: str
    is_archived: bool


@dataclass(frozen=True)
class Planned:
    """A message this move makes, holds back or leaves out; `is_news` when the timeline must tell."""

    step: str
    mail: str
    state: MessageState
    reasons: tuple[GuardReason, ...]
    answer: GuardAnswer
    due_at: datetime
    is_news: bool


@dataclass(frozen=True)
class Move:
    """Where an enrollment stands afterwards, and the messages made on the way."""

    standing: Standing
    step: str
    step_since: datetime
    due_at: datetime | None
    trail: Mapping[str, Any]
    state: EnrollmentState = EnrollmentState.ACTIVE
    reason: LeaveReason | None = None
    planned: tuple[Planned, ...] = ()


@dataclass
class _Walk:
    """Where the walk has come to."""

    standing: Standing
    step: str
    since: datetime
    mailed: dict[str, str]
    branches: dict[str, str]
    held: tuple[str, ...]
    planned: list[Planned] = field(default_factory=list)

    def stop(self, due_at: datetime | None, **over: Any) -> Move:
        trail = {"mails": self.mailed, "branches": self.branches, "held": list(self.held)}
        known = {name: value for name, value in trail.items() if value}
        return Move(self.standing, self.step, self.since, due_at, known, planned=tuple(self.planned), **over)

    def go_on(self, step: str, at: datetime) -> None:
        self.step, self.since, self.held = step, at, ()


def move(
    standing: Standing,
    course: Course,
    guard: Decision,
    deeds: Sequence[tuple[Deed, datetime]] | None,
    at: datetime,
) -> Move:
    """As many steps as can be done now; a document without loops cannot keep this going."""
    walk = _start(standing)
    while True:
        step = course.steps[walk.step]
        decision = decide(_trail(walk, deeds), step, at)
        if isinstance(decision, WaitUntil):
            return walk.stop(decision.until)
        if isinstance(decision, Look):
            return walk.stop(at)
        if isinstance(decision, Exit):
            return walk.stop(None, state=EnrollmentState.EXITED, reason=decision.reason)
        if isinstance(decision, SendMail):
            if held := _mail(walk, decision.step, guard, at):
                return held
            following = decision.step.next
        else:
            following = _branch(walk, decision)
        if following is None:
            return walk.stop(None, state=EnrollmentState.COMPLETED)
        walk.go_on(following, at)


def _start(standing: Standing) -> _Walk:
    trail = standing.trail
    return _Walk(
        standing,
        standing.step,
        standing.step_since,
        dict(trail.get("mails", {})),
        dict(trail.get("branches", {})),
        tuple(trail.get("held", ())),
    )


def _trail(walk: _Walk, deeds: Sequence[tuple[Deed, datetime]] | None) -> Trail:
    mailed = {step: datetime.fromisoformat(when) for step, when in walk.mailed.items()}
    return Trail(walk.since, mailed, deeds, walk.standing.is_archived)


def _mail(walk: _Walk, step: MailStep, guard: Decision, at: datetime) -> Move | None:
    """Plan, leave out, or hold; a hold ends the walk and is told once for each reason."""
    if guard.answer == GuardAnswer.SEND:
        walk.planned.append(Planned(step.key, step.mail, MessageState.PLANNED, (), guard.answer, at, False))
        walk.mailed[step.key] = rfc3339(at)
        return None
    if guard.answer in LEFT_OUT:
        state = skipped_as(guard.reasons)
        walk.planned.append(Planned(step.key, step.mail, state, guard.reasons, guard.answer, at, True))
        return None
    until = guard.until or at + ASK_AGAIN
    is_news = walk.held != guard.reasons
    walk.held = tuple(guard.reasons)
    walk.planned.append(Planned(step.key, step.mail, MessageState.HELD, guard.reasons, guard.answer, until, is_news))
    return walk.stop(until)


def skipped_as(reasons: Collection[GuardReason]) -> MessageState:
    """The fate of a mail that is left out for these reasons."""
    return MessageState.SUPPRESSED if GuardReason.SUPPRESSED in reasons else MessageState.SKIPPED


def _branch(walk: _Walk, decision: GoOn) -> str | None:
    if decision.answer:
        walk.branches[walk.step] = decision.answer
    return decision.next
