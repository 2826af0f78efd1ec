"""What a published sequence listens to, and on which terms it takes people on: read from its document. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from abm.conditions.fields import NO_CUSTOM_RULES
from abm.words import EventKind, ExitCause, ListenRole, SequenceSubject, StepKind, TriggerKind, WebinarPart
from campaigns.journey import kinds_of
from campaigns.reading import read_steps
from campaigns.steps import BranchStep, EventStep

DEFAULT_EXITS = (ExitCause.REPLY, ExitCause.MEETING, ExitCause.OPEN_DEAL)
# A report of a webinar often comes days later, and the sequence that follows it up is made in between.
REPORTED_WITHIN = timedelta(days=30)
FORM_EVENTS = (EventKind.INQUIRY, EventKind.DEMO_REQUEST, EventKind.DOWNLOAD, EventKind.PREMIUM_DOWNLOAD)
WEBINAR_EVENTS: Mapping[WebinarPart, tuple[EventKind, ...]] = {
    WebinarPart.ATTENDED: (EventKind.WEBINAR_ATTENDED, EventKind.WEBINAR_ON_DEMAND),
    WebinarPart.REGISTERED: (EventKind.WEBINAR_REGISTERED,),
    WebinarPart.REGISTERED_ONLY: (EventKind.WEBINAR_REGISTERED,),
}
# A goal that is no event but a state of the records.
CONDITION = "condition"
# Steps that do something for whoever may not be mailed.
BESIDE_MAIL = (StepKind.TASK, StepKind.NOTIFY, StepKind.WEBHOOK, StepKind.ACTION)
HOLDOUT_PARTS = 10_000


@dataclass(frozen=True)
class Trigger:
    """One thing to listen to; `words` are kinds of events or stages, `asked` what else must be so."""

    role: ListenRole
    kind: str
    words: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    # What happened so long before the sequence was published still counts.
    reach: timedelta = timedelta()


@dataclass(frozen=True)
class Terms:
    """Whom a sequence takes on, how often, and how many accounts it leaves out."""

    start: str
    subject: SequenceSubject = SequenceSubject.CONTACT
    most: int | None = 1
    after: timedelta = timedelta()
    holdout: float = 0.0
    only_mails: bool = False
    # Whether other systems may take people on.
    by_api: bool = False


def read_terms(document: Mapping[str, Any]) -> Terms:
    """The terms of a sound document; without rules for re-entry nobody comes a second time."""
    reentry, kinds = document.get("reentry"), {step["kind"] for step in document["steps"]}
    return Terms(
        start=document.get("start") or document["steps"][0]["key"],
        subject=SequenceSubject(document.get("subject") or SequenceSubject.CONTACT),
        most=reentry.get("most") if reentry else 1,
        after=timedelta(**reentry["after"]) if reentry else timedelta(),
        holdout=float((document.get("holdout") or {}).get("percent", 0)),
        only_mails=StepKind.MAIL in kinds and not kinds & set(BESIDE_MAIL),
        by_api=any(asked["on"] == TriggerKind.API for asked in document.get("triggers") or ()),
    )


def read_triggers(document: Mapping[str, Any]) -> list[Trigger]:
    """Everything a sound document listens to: what starts it, ends it, what it is for, and what its people wait for."""
    starts = (made for asked in document.get("triggers") or () for made in _starts(asked))
    exits = document.get("exits")
    leaving = (_exit(ExitCause(cause)) for cause in (DEFAULT_EXITS if exits is None else exits))
    return [*starts, *leaving, *(_goal(goal) for goal in document.get("goals") or ()), *_waits(document["steps"])]


def starts_by_itself(document: Mapping[str, Any]) -> bool:
    """Whether people come without being named when it is published."""
    return any(trigger.role is ListenRole.START for trigger in read_triggers(document))


def _starts(asked: Mapping[str, Any]) -> Iterator[Trigger]:
    kind, rest = TriggerKind(asked["on"]), {name: value for name, value in asked.items() if name != "on"}
    if kind is TriggerKind.EVENT:
        yield Trigger(ListenRole.START, kind, tuple(rest.pop("kinds")), rest)
    elif kind is TriggerKind.FORM:
        yield Trigger(ListenRole.START, kind, FORM_EVENTS, rest)
    elif kind is TriggerKind.WEBINAR:
        for part in rest.pop("as"):
            told = {**rest, "part": part}
            yield Trigger(ListenRole.START, kind, WEBINAR_EVENTS[WebinarPart(part)], told, REPORTED_WITHIN)
    elif kind is TriggerKind.STAGE:
        yield Trigger(ListenRole.START, kind, tuple(rest.pop("to")), rest)
    elif kind not in (TriggerKind.HAND, TriggerKind.API):
        yield Trigger(ListenRole.START, kind, (), rest)


def _exit(cause: ExitCause) -> Trigger:
    return Trigger(ListenRole.EXIT, cause, (EventKind.REPLY,) if cause is ExitCause.REPLY else ())


def _goal(goal: Mapping[str, Any]) -> Trigger:
    if goal.get("when"):
        return Trigger(ListenRole.GOAL, CONDITION, (), {"key": goal["key"], "when": goal["when"]})
    asked = {name: goal[name] for name in ("key", "topic") if goal.get(name)}
    return Trigger(ListenRole.GOAL, TriggerKind.EVENT, tuple(goal["kinds"]), asked)


def _waits(steps: Sequence[Mapping[str, Any]]) -> Iterator[Trigger]:
    """What people stand still for at waits and branches: of all steps together, for whoever does it is looked at."""
    asking = [step for step in steps if _asks_what_people_do(step)]
    read = [step for step in read_steps(asking, NO_CUSTOM_RULES).values() if isinstance(step, EventStep | BranchStep)]
    kinds = frozenset[EventKind]().union(*map(kinds_of, read))
    if kinds:
        yield Trigger(ListenRole.WAIT, TriggerKind.EVENT, tuple(sorted(kinds)), {"steps": [step.key for step in read]})


def _asks_what_people_do(step: Mapping[str, Any]) -> bool:
    """Keys that a step's kind does not know mean nothing, whatever they hold."""
    if step["kind"] == StepKind.WAIT:
        return bool((step.get("until") or {}).get("kinds"))
    return step["kind"] == StepKind.BRANCH and bool(step.get("did"))
