"""Reading the steps of a sound document into plain values."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from abm.conditions.fields import CustomRules
from abm.conditions.language import Check
from abm.conditions.parse import read_condition
from abm.words import BuyingRole, Deed, EventKind, Language, NotifyTo, Operator, StepKind, WinnerBy
from campaigns.grammar import ACTS
from campaigns.steps import (
    ActionStep,
    Address,
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
    Way,
    WebhookStep,
    WindowStep,
    Winner,
)
from campaigns.windows import read_window

Raw = Mapping[str, Any]


def read_steps(steps: Iterable[Raw], customs: CustomRules) -> dict[str, Step]:
    """The steps by key; conditions may ask an installation's own fields by these rules."""
    return {step["key"]: READERS[step["kind"]](step, customs) for step in steps}


def _mail(step: Raw, _: CustomRules) -> Step:
    too_late = _time(step["too_late"]) if step.get("too_late") else None
    return MailStep(step["key"], step["mail"], step.get("next"), _address(step.get("to")), step.get("swap"), too_late)


def _address(to: Raw | None) -> Address | None:
    if to is None:
        return None
    return Address(frozenset(BuyingRole(role) for role in to["roles"]), bool(to.get("new_only")), to.get("most"))


def _wait(step: Raw, customs: CustomRules) -> Step:
    key, following, until = step["key"], step.get("next"), step.get("until")
    if step.get("window"):
        return WindowStep(key, read_window(step["window"]), following)
    if not until:
        return WaitStep(key, _time(step["lasts"]), following)
    if until.get("kinds"):
        kinds = frozenset(EventKind(kind) for kind in until["kinds"])
        late = step.get("if_late") or following
        return EventStep(key, kinds, until.get("topic"), until.get("of"), _time(step["lasts"]), following, late)
    if until.get("date"):
        return DayStep(key, date.fromisoformat(until["date"]), None, int(until.get("days") or 0), following)
    asked = read_condition({"field": until["field"], "op": Operator.KNOWN}, customs=customs)
    assert isinstance(asked, Check)
    return DayStep(key, None, asked, int(until.get("days") or 0), following)


def _branch(step: Raw, customs: CustomRules) -> Step:
    ways = step.get("if_yes"), step.get("if_no")
    if step.get("when"):
        return AskStep(step["key"], read_condition(step["when"], f"steps.{step['key']}.when", customs), *ways)
    return BranchStep(step["key"], Deed(step["did"]), step["of"], _time(step["within"]), *ways)


def _split(step: Raw, _: CustomRules) -> Step:
    ways = tuple(Way(way["key"], way["percent"], way.get("next")) for way in step["ways"])
    winner = step.get("winner")
    return SplitStep(step["key"], ways, Winner(WinnerBy(winner["by"]), _time(winner["after"])) if winner else None)


def _action(step: Raw, _: CustomRules) -> Step:
    act = next(act for act in ACTS if step.get(act) is not None)
    return ActionStep(step["key"], act, step[act], step.get("next"))


def _task(step: Raw, _: CustomRules) -> Step:
    due = step.get("due") or {}
    hours, days = due.get("business_hours"), due.get("days")
    return TaskStep(step["key"], step["title"], _said(step.get("body")), hours, days, step.get("next"))


def _notify(step: Raw, _: CustomRules) -> Step:
    return NotifyStep(step["key"], NotifyTo(step["to"]), step.get("channel"), _said(step["text"]), step.get("next"))


def _webhook(step: Raw, _: CustomRules) -> Step:
    return WebhookStep(step["key"], step["channel"], step.get("next"))


def _goal(step: Raw, _: CustomRules) -> Step:
    return GoalStep(step["key"], step["goal"], step.get("next"))


def _jump(step: Raw, _: CustomRules) -> Step:
    return JumpStep(step["key"], step["sequence"])


def _exit(step: Raw, _: CustomRules) -> Step:
    return ExitStep(step["key"])


def _time(value: Raw) -> timedelta:
    return timedelta(**value)


def _said(value: Any) -> Mapping[str, str]:
    """A text by language; one text is said in all of them."""
    if isinstance(value, str):
        return {language.value: value for language in Language}
    return dict(value or {})


READERS: Mapping[str, Callable[[Raw, CustomRules], Step]] = {
    StepKind.MAIL: _mail,
    StepKind.WAIT: _wait,
    StepKind.BRANCH: _branch,
    StepKind.SPLIT: _split,
    StepKind.ACTION: _action,
    StepKind.TASK: _task,
    StepKind.NOTIFY: _notify,
    StepKind.WEBHOOK: _webhook,
    StepKind.GOAL: _goal,
    StepKind.JUMP: _jump,
    StepKind.EXIT: _exit,
}
