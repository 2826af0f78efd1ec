"""The ways through a sequence's steps: what each step leads to, what is never reached, what would run for ever."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from abm.words import FlawCode, StepKind
from campaigns.flaws import Flaw, join, shown

# What points on, by kind of step; a split points on in each of its ways.
POINTERS: Mapping[str, tuple[str, ...]] = {
    StepKind.MAIL: ("next",),
    StepKind.WAIT: ("next", "if_late"),
    StepKind.BRANCH: ("if_yes", "if_no"),
    StepKind.SPLIT: (),
    StepKind.ACTION: ("next",),
    StepKind.TASK: ("next",),
    StepKind.NOTIFY: ("next",),
    StepKind.WEBHOOK: ("next",),
    StepKind.GOAL: ("next",),
    StepKind.JUMP: (),
    StepKind.EXIT: (),
}
# Without `next` a journey is over; a question that leads nowhere on one answer was forgotten.
MUST_LEAD = ("if_yes", "if_no")

Steps = Sequence[Mapping[str, Any]]
Ways = Mapping[str, Sequence[str]]


def pointers(step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each way on from a step by its place in it, and where it leads; None: nowhere."""
    for name in POINTERS[step["kind"]]:
        yield name, step.get(name)
    if step["kind"] == StepKind.SPLIT:
        for number, way in enumerate(step["ways"]):
            yield f"ways.{number}.next", way.get("next")


def targets(step: Mapping[str, Any]) -> list[str]:
    """The steps that may follow this one."""
    return [target for _, target in pointers(step) if target]


def start_of(document: Mapping[str, Any]) -> str:
    """The step a journey begins with."""
    return str(document.get("start") or document["steps"][0]["key"])


def check_pointers(document: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Everything that points at a step, a mail step or a goal that is not there, and questions without an answer."""
    kinds = {step["key"]: step["kind"] for step in steps}
    goals = [goal["key"] for goal in document.get("goals") or ()]
    start = start_of(document)
    if start not in kinds:
        yield Flaw("start", FlawCode.NO_SUCH_STEP, {"given": shown(start)})
    for step in steps:
        place = f"steps.{step['key']}"
        for name, target in pointers(step):
            if target is None and (name in MUST_LEAD or step["kind"] == StepKind.SPLIT):
                yield Flaw(join(place, name), FlawCode.MISSING_WAY)
            elif target is not None and target not in kinds:
                yield Flaw(join(place, name), FlawCode.NO_SUCH_STEP, {"given": shown(target)})
        for name, asked in _asked_mails(step):
            if kinds.get(asked) != StepKind.MAIL:
                yield Flaw(join(place, name), FlawCode.NO_MAIL_STEP, {"given": shown(asked)})
        if step["kind"] == StepKind.GOAL and step["goal"] not in goals:
            yield Flaw(join(place, "goal"), FlawCode.NO_SUCH_GOAL, {"given": shown(step["goal"])})


def check_ways(document: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Steps nobody comes to, ways back without a wait, and mails that the same person would get twice."""
    ways = {step["key"]: targets(step) for step in steps}
    start = start_of(document)
    reached = {start, *reach(ways, start)}
    for step in steps:
        if step["key"] not in reached:
            yield Flaw(f"steps.{step['key']}", FlawCode.UNREACHABLE)
    yield from _check_loops(steps, ways)
    yield from _check_mails(steps, ways)


def reach(ways: Ways, start: str) -> set[str]:
    """Every step that can follow this one, itself only when a way leads back to it."""
    seen, frontier = set[str](), list(ways.get(start, ()))
    while frontier:
        here = frontier.pop()
        if here in ways and here not in seen:
            seen.add(here)
            frontier += ways[here]
    return seen


def on_loops(ways: Ways) -> frozenset[str]:
    """The steps that can be visited again."""
    return frozenset(key for key in ways if key in reach(ways, key))


def takes_time(step: Mapping[str, Any]) -> bool:
    """Whether nobody passes this step in the moment of coming to it, whenever that is.

    A window may be open, a day gone by, and what is asked of a mail done already.
    """
    if step["kind"] != StepKind.WAIT or step.get("window") or not any((step.get("lasts") or {}).values()):
        return False
    return not (step.get("until") or {}).get("of")


def _asked_mails(step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if step["kind"] == StepKind.BRANCH and step.get("did"):
        yield "of", step.get("of")
    if step["kind"] == StepKind.WAIT and (step.get("until") or {}).get("of"):
        yield "until.of", step["until"]["of"]


def _check_loops(steps: Steps, ways: Ways) -> Iterator[Flaw]:
    """One flaw for each loop, at the first of its steps."""
    timeless = {key: [] if takes_time(step) else ways[key] for key, step in _by_key(steps).items()}
    told: set[str] = set()
    for key in timeless:
        behind = reach(timeless, key)
        if key in behind and key not in told:
            told |= {other for other in behind if key in reach(timeless, other)}
            yield Flaw(f"steps.{key}", FlawCode.LOOP_WITHOUT_WAIT)


def _check_mails(steps: Steps, ways: Ways) -> Iterator[Flaw]:
    mails = [step for step in steps if step["kind"] == StepKind.MAIL]
    behind = {step["key"]: reach(ways, step["key"]) for step in mails}
    for step in mails:
        before = next((one for one in mails if _is_before(one, step, behind) and one["mail"] == step["mail"]), None)
        if before is not None:
            values = {"given": step["mail"], "step": before["key"]}
            yield Flaw(f"steps.{step['key']}.mail", FlawCode.MAIL_TWICE, values)


def _is_before(one: Mapping[str, Any], step: Mapping[str, Any], behind: Mapping[str, set[str]]) -> bool:
    return one["key"] != step["key"] and step["key"] in behind[one["key"]]


def _by_key(steps: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {step["key"]: step for step in steps}
