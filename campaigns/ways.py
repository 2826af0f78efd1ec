"""The ways through a sequence's steps: what each step leads to, what is never reached, what would run for ever."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from abm.words import FlawCode, StepKind
from campaigns.flaws import Flaw, join, shown
from campaigns.shapes import is_name

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


def followed(steps: Any) -> list[Mapping[str, Any]]:
    """Those of a document's steps that have a key and say where they lead; their other fields may be wrong."""
    given = steps if isinstance(steps, list) else []
    return [step for step in given if isinstance(step, Mapping) and is_name(step.get("key")) and _says_where(step)]


def _says_where(step: Mapping[str, Any]) -> bool:
    if step.get("kind") not in list(POINTERS):
        return False
    ways = step.get("ways") if step["kind"] == StepKind.SPLIT else []
    if not isinstance(ways, list) or not all(isinstance(way, Mapping) for way in ways):
        return False
    return all(target is None or isinstance(target, str) for _, target in pointers(step))


def check_pointers(document: Mapping[str, Any], steps: Steps, keys: Collection[str]) -> Iterator[Flaw]:
    """What points at a step, a mail step or a goal that is not there, and questions without an answer.

    `steps` are those that can be followed, `keys` those of all.
    """
    mails = [step["key"] for step in steps if step["kind"] == StepKind.MAIL]
    given = document.get("goals")
    goals = [goal.get("key") for goal in given if isinstance(goal, Mapping)] if isinstance(given, list) else []
    start = document.get("start")
    if isinstance(start, str) and start not in keys:
        yield Flaw("start", FlawCode.NO_SUCH_STEP, {"given": shown(start)})
    for step in steps:
        place = f"steps.{step['key']}"
        for name, target in pointers(step):
            if target is None and (name in MUST_LEAD or step["kind"] == StepKind.SPLIT):
                yield Flaw(join(place, name), FlawCode.MISSING_WAY)
            elif target is not None and target not in keys:
                yield Flaw(join(place, name), FlawCode.NO_SUCH_STEP, {"given": shown(target)})
        for name, asked in _asked_mails(step):
            if asked not in mails:
                yield Flaw(join(place, name), FlawCode.NO_MAIL_STEP, {"given": shown(asked)})
        goal = step.get("goal")
        if step["kind"] == StepKind.GOAL and isinstance(goal, str) and goal not in goals:
            yield Flaw(join(place, "goal"), FlawCode.NO_SUCH_GOAL, {"given": shown(goal)})


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
    lasts, until = step.get("lasts"), step.get("until")
    if step["kind"] != StepKind.WAIT or step.get("window") or not lasts:
        return False
    # A time that cannot be read is told at its place, and was meant to be one.
    if isinstance(lasts, Mapping) and not any(lasts.values()):
        return False
    return not (isinstance(until, Mapping) and until.get("of"))


def _asked_mails(step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    until = step.get("until")
    if step["kind"] == StepKind.BRANCH and step.get("did"):
        yield "of", step.get("of")
    if step["kind"] == StepKind.WAIT and isinstance(until, Mapping) and until.get("of"):
        yield "until.of", until["of"]


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
    mails = [step for step in steps if step["kind"] == StepKind.MAIL and isinstance(step.get("mail"), str)]
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
