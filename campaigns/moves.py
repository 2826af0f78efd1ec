"""One enrollment's move in one moment: journey and guard asked in turn until something has to wait. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

from abm.clock import rfc3339
from abm.guard.guard import Decision
from abm.words import (
    EnrollmentState,
    GuardAnswer,
    GuardReason,
    LeaveReason,
    MessageState,
    SendReason,
    SequenceSubject,
)
from campaigns.journey import Act, Exit, GoOn, Jump, Look, Reach, SendMail, Trail, WaitUntil, decide
from campaigns.known import Known, Person
from campaigns.steps import Course, MailStep, Step

# Until nobody knows when a hold ends, the guard is asked again this often, in business time.
ASK_AGAIN = timedelta(hours=1)
# Where no limit is set; what an administrator lets go as too late after a long silence lies further back.
LATEST = timedelta(days=365)
# Not sent, now or later: what is rerouted is for the owner to say.
LEFT_OUT = (GuardAnswer.SKIP, GuardAnswer.REROUTE)


@dataclass(frozen=True)
class Standing:
    """An enrollment as claimed: where it stands, since when, and whose it is; without a contact it is the account's."""

    id: UUID
    version_id: UUID
    account_id: UUID
    department_id: UUID | None
    contact_id: UUID | None
    step: str
    step_since: datetime
    occurrence: int
    trail: Mapping[str, Any]
    due_at: datetime
    attempts: int
    email: str | None
    language: str
    is_archived: bool

    @cached_property
    def person(self) -> Person | None:
        """Whom its mails are for, where the subject is one person."""
        if self.contact_id is None:
            return None
        return Person(self.contact_id, self.department_id, self.email, self.language)


@dataclass(frozen=True)
class Planned:
    """A message this move makes, holds back or leaves out; `is_news` when the timeline must tell."""

    step: str
    mail: str
    state: MessageState
    reasons: tuple[GuardReason | SendReason, ...]
    answer: GuardAnswer
    due_at: datetime
    is_news: bool
    occurrence: int = 1
    # None: the person whose enrollment it is.
    to: Person | None = None
    # What may go in its place when the guard is asked again at the door.
    swap: str | None = None
    # Until when it is held, where somebody knows.
    until: datetime | None = None


@dataclass(frozen=True)
class Effect:
    """Something to be done for a step, once for each visit of it."""

    step: Step
    occurrence: int
    # A mail that is left to the owner: to whom it would have gone, and why it does not.
    to: Person | None = None
    reasons: tuple[GuardReason | SendReason, ...] = ()


@dataclass(frozen=True)
class Move:
    """Where an enrollment stands afterwards, the messages made on the way, and what else is to be done."""

    standing: Standing
    step: str
    step_since: datetime
    due_at: datetime | None
    trail: Mapping[str, Any]
    state: EnrollmentState = EnrollmentState.ACTIVE
    reason: LeaveReason | None = None
    planned: tuple[Planned, ...] = ()
    effects: tuple[Effect, ...] = ()
    occurrence: int = 1


class Guard(Protocol):
    """Whom a move asks before every mail; what it is told is planned counts for the next one who asks."""

    def ask(self, to: Person, step: MailStep) -> Decision:
        """What is said about this step's mail to this person."""
        ...

    def note(self, to: Person) -> None:
        """A mail to this person is planned."""
        ...


def move(standing: Standing, course: Course, guard: Guard, known: Known, at: datetime) -> Move:
    """As many steps as can be done now; a walk that comes back to where it was in the same moment pauses there."""
    walk = _Walk.of(standing, course)
    while True:
        decision = decide(walk.trail_so_far(known), course.steps[walk.step], at)
        if isinstance(decision, GoOn):
            following = _take(walk, decision)
        elif isinstance(decision, SendMail):
            if held := _mail(walk, decision.step, guard, known, at):
                return held
            following = decision.step.next
        elif isinstance(decision, Act):
            walk.do(decision.step)
            following = decision.step.next
        elif isinstance(decision, Reach):
            walk.kept = {**walk.kept, "goal": decision.step.goal}
            if decision.step.next is None:
                return walk.stop(None, state=EnrollmentState.COMPLETED, reason=LeaveReason.GOAL)
            following = decision.step.next
        else:
            return _stop(walk, decision, at)
        if following is None:
            return walk.stop(None, state=EnrollmentState.COMPLETED)
        if walk.has_been_at(following):
            walk.go_on(following, at)
            return walk.stop(at + ASK_AGAIN)
        walk.go_on(following, at)


@dataclass
class _Walk:
    """Where the walk has come to."""

    standing: Standing
    course: Course
    step: str
    since: datetime
    occurrence: int
    mailed: dict[str, str]
    branches: dict[str, str]
    held: tuple[str, ...]
    # By step of a loop how often it was visited; by mail step who was addressed, and in which visit.
    visits: dict[str, int]
    reached: dict[str, dict[str, int]]
    # The steps passed so far, each with the time it was entered, for whoever looks at the trail.
    path: list[Sequence[str]]
    kept: Mapping[str, Any]
    planned: list[Planned] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, standing: Standing, course: Course) -> "_Walk":
        trail = standing.trail
        kept = {name: value for name, value in trail.items() if name not in OWN}
        visits = dict(trail.get("visits", ()))
        if standing.step in course.loops:
            visits.setdefault(standing.step, standing.occurrence)
        return cls(
            standing,
            course,
            standing.step,
            standing.step_since,
            standing.occurrence,
            dict(trail.get("mails", ())),
            dict(trail.get("branches", ())),
            tuple(trail.get("held", ())),
            visits,
            {step: dict(people) for step, people in trail.get("reached", {}).items()},
            list(trail.get("path", ())),
            kept,
        )

    def trail_so_far(self, known: Known) -> Trail:
        mailed = {step: datetime.fromisoformat(when) for step, when in self.mailed.items()}
        return Trail(self.since, mailed, known.deeds, self.standing.is_archived, known, str(self.standing.id))

    def stop(self, due_at: datetime | None, **over: Any) -> Move:
        own = (self.mailed, self.branches, list(self.held), self.visits, self.reached, self.path[-LONGEST_PATH:])
        trail = {**self.kept, **{name: value for name, value in zip(OWN, own, strict=True) if value}}
        return Move(
            self.standing,
            self.step,
            self.since,
            due_at,
            trail,
            planned=tuple(self.planned),
            effects=tuple(self.effects),
            occurrence=self.occurrence,
            **over,
        )

    def go_on(self, step: str, at: datetime) -> None:
        self.passed.append(self.step)
        self.path.append((self.step, rfc3339(self.since)))
        self.step, self.since, self.held, self.occurrence = step, at, (), 1
        if step in self.course.loops:
            self.occurrence = self.visits[step] = self.visits.get(step, 0) + 1

    def has_been_at(self, step: str) -> bool:
        return step in self.course.loops and (step == self.step or step in self.passed)

    def do(self, step: Step) -> None:
        self.effects.append(Effect(step, self.occurrence))


# What a walk writes into the trail; the rest of it is somebody else's and stays.
OWN = ("mails", "branches", "held", "visits", "reached", "path")
# Of a way that goes in loops the newest part is kept.
LONGEST_PATH = 100


def _take(walk: _Walk, decision: GoOn) -> str | None:
    if decision.answer:
        walk.branches[walk.step] = decision.answer
    return decision.next


def _stop(walk: _Walk, decision: WaitUntil | Look | Jump | Exit, at: datetime) -> Move:
    if isinstance(decision, WaitUntil):
        return walk.stop(decision.until)
    if isinstance(decision, Look):
        return walk.stop(at)
    if isinstance(decision, Jump):
        walk.do(decision.step)
        return walk.stop(None, state=EnrollmentState.EXITED, reason=LeaveReason.JUMPED)
    return walk.stop(None, state=EnrollmentState.EXITED, reason=decision.reason)


def _mail(walk: _Walk, step: MailStep, guard: Guard, known: Known, at: datetime) -> Move | None:
    """Plan, leave out, or hold for everybody it is for; as long as somebody's is held the walk stands here."""
    people = _addressed(walk, step, known)
    if people is None:
        return walk.stop(at)
    is_late = _is_too_late(walk, step, at)
    holds = [held for to in people if (held := _mail_to(walk, step, to, None if is_late else guard, at))]
    if not holds:
        return None
    walk.held = tuple(dict.fromkeys(reason for held in holds for reason in held.reasons))
    return walk.stop(min(held.due_at for held in holds))


def _addressed(walk: _Walk, step: MailStep, known: Known) -> Sequence[Person] | None:
    """Whom this visit of the step still has to decide about; None: nobody has looked yet."""
    if person := walk.standing.person:
        return (person,)
    if walk.course.subject is not SequenceSubject.ACCOUNT or step.to is None:
        return ()
    people = known.people.get(step.key)
    if people is None:
        return None
    had = walk.reached.get(step.key, {})
    waiting = [to for to in people if _is_waiting(had.get(str(to.contact_id)), step, walk.occurrence)]
    if step.to.most is None:
        return waiting
    return waiting[: step.to.most - sum(visit == walk.occurrence for visit in had.values())]


def _is_waiting(visit: int | None, step: MailStep, occurrence: int) -> bool:
    is_new_only = step.to is not None and step.to.new_only
    return visit is None or (visit != occurrence and not is_new_only)


def _is_too_late(walk: _Walk, step: MailStep, at: datetime) -> bool:
    limit = step.too_late or walk.course.too_late or LATEST
    return at - walk.standing.due_at > limit


def _mail_to(walk: _Walk, step: MailStep, to: Person, guard: Guard | None, at: datetime) -> Planned | None:
    """Note what becomes of the mail to one person; answers the message when it is held. No guard: it is too late."""
    planned = _planned(walk, step, to, guard.ask(to, step), at) if guard else _late(walk, step, to, at)
    walk.planned.append(planned)
    if planned.state is MessageState.HELD:
        return planned
    if walk.standing.contact_id is None:
        walk.reached.setdefault(step.key, {})[str(to.contact_id)] = walk.occurrence
    if planned.state is MessageState.PLANNED:
        walk.mailed[step.key] = rfc3339(at)
        assert guard is not None
        guard.note(to)
    elif planned.answer is GuardAnswer.REROUTE:
        walk.effects.append(Effect(step, walk.occurrence, to, planned.reasons))
    return None


def _planned(walk: _Walk, step: MailStep, to: Person, decision: Decision, at: datetime) -> Planned:
    """The message as the decision makes it."""
    answer, reasons = decision.answer, decision.reasons
    planned = Planned(
        step.key,
        step.mail,
        MessageState.PLANNED,
        reasons,
        answer,
        at,
        is_news=bool(reasons),
        occurrence=walk.occurrence,
        to=to if walk.standing.contact_id is None else None,
        swap=step.swap,
    )
    if answer is GuardAnswer.SEND:
        return planned
    if answer is GuardAnswer.SWAP and step.swap:
        return replace(planned, mail=step.swap)
    if answer is GuardAnswer.HOLD:
        until = decision.until or at + ASK_AGAIN
        return replace(planned, state=MessageState.HELD, due_at=until, is_news=walk.held != reasons)
    return replace(planned, state=skipped_as(reasons))


def _late(walk: _Walk, step: MailStep, to: Person, at: datetime) -> Planned:
    planned = _planned(walk, step, to, Decision(GuardAnswer.SKIP), at)
    return replace(planned, reasons=(SendReason.TOO_LATE,), is_news=True)


def skipped_as(reasons: Collection[GuardReason | SendReason]) -> MessageState:
    """The fate of a mail that is left out for these reasons."""
    is_stopped = GuardReason.SUPPRESSED in reasons or GuardReason.BOUNCED in reasons
    return MessageState.SUPPRESSED if is_stopped else MessageState.SKIPPED
