"""Sequence documents: reading the steps out of one, and telling what is wrong with it and where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from abm.errors import Invalid
from abm.words import Deed, Language, StepKind
from campaigns.steps import BranchStep, Course, ExitStep, MailStep, Step, WaitStep

UNITS = ("minutes", "hours", "days", "weeks")
# What points on, by kind of step.
POINTERS = {
    StepKind.MAIL: ("next",),
    StepKind.WAIT: ("next",),
    StepKind.BRANCH: ("if_yes", "if_no"),
    StepKind.EXIT: (),
}


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a document from being published; `place` is like steps.guide.next."""

    place: str
    code: str
    message: str


def read_course(document: Mapping[str, Any]) -> Course:
    """The steps of a sound document."""
    if problems := validate_document(document):
        first = problems[0]
        raise Invalid(f"{first.place}: {first.message}", field=first.place, code=first.code)
    steps = {step["key"]: _read_step(step) for step in document["steps"]}
    return Course(document.get("start") or document["steps"][0]["key"], steps)


def validate_document(document: Any) -> list[Problem]:
    """Everything wrong with a document, in the order of its text; nothing wrong: an empty list."""
    if not isinstance(document, Mapping):
        return [Problem("", "not_a_document", "a sequence is a mapping with name, title and steps")]
    problems = list(_check_head(document))
    steps = document.get("steps")
    if not isinstance(steps, list) or not steps:
        return [*problems, Problem("steps", "missing", "give a list of at least one step")]
    problems += _check_shapes(steps)
    # Each check may rely on what the one before found sound.
    problems = problems or list(_check_pointers(document, steps))
    return problems or [*_check_ways(document, steps), *_check_loops(document, steps)]


def list_assets(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files a document's mails may lead to."""
    return list(document.get("assets") or [])


def mail_names(document: Mapping[str, Any]) -> list[str]:
    """The mails its steps send, each once, in order."""
    return list(dict.fromkeys(step["mail"] for step in document["steps"] if step["kind"] == StepKind.MAIL))


def _check_head(document: Mapping[str, Any]) -> Iterator[Problem]:
    name = document.get("name")
    if not _is_name(name):
        yield Problem("name", "missing", "give a name of letters, digits, - and _")
    title = document.get("title")
    for language in Language:
        if not isinstance(title, Mapping) or not title.get(language):
            yield Problem(f"title.{language}", "missing", f"give the title in {language}")
    assets = document.get("assets") or []
    for number, asset in enumerate(assets if isinstance(assets, list) else [assets]):
        if not isinstance(asset, Mapping) or not asset.get("name") or not isinstance(asset.get("file"), Mapping):
            yield Problem(f"assets.{number}", "incomplete", "an asset has a name and one file per language")


def _is_name(value: Any) -> bool:
    """Names become folders and addresses: nothing in them may lead elsewhere."""
    return isinstance(value, str) and value.replace("_", "").replace("-", "").isalnum()


def _check_shapes(steps: list[Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, step in enumerate(steps):
        key = step.get("key") if isinstance(step, Mapping) else None
        place = f"steps.{key or number}"
        if not isinstance(step, Mapping) or not isinstance(key, str):
            yield Problem(place, "missing", "a step is a mapping with a key")
        elif key in seen:
            yield Problem(place, "twice", f"two steps are called {key!r}")
        else:
            seen.add(key)
            yield from _check_step(place, step)


def _check_step(place: str, step: Mapping[str, Any]) -> Iterator[Problem]:
    kind = step.get("kind")
    if kind not in tuple(StepKind):
        yield Problem(f"{place}.kind", "unknown", f"kind is one of {', '.join(StepKind)}, not {kind!r}")
    elif kind == StepKind.MAIL and not _is_name(step.get("mail")):
        yield Problem(f"{place}.mail", "missing", "name the mail to send with letters, digits, - and _")
    elif kind == StepKind.WAIT:
        yield from _check_duration(f"{place}.lasts", step.get("lasts"))
    elif kind == StepKind.BRANCH:
        if step.get("did") not in tuple(Deed):
            yield Problem(f"{place}.did", "unknown", f"did is one of {', '.join(Deed)}")
        yield from _check_duration(f"{place}.within", step.get("within"))


def _check_duration(place: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping) or not value or not set(value) <= set(UNITS):
        yield Problem(place, "no_duration", f"give a time such as {{days: 3}}; units are {', '.join(UNITS)}")
    elif not all(isinstance(n, int | float) and 0 <= n <= 10_000 for n in value.values()):
        yield Problem(place, "no_duration", "the time must be a number from 0 to 10000")


def _check_pointers(document: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> Iterator[Problem]:
    kinds = {step["key"]: step["kind"] for step in steps}
    mails = [key for key, kind in kinds.items() if kind == StepKind.MAIL]
    start = document.get("start") or steps[0]["key"]
    if start not in tuple(kinds):
        yield Problem("start", "no_such_step", f"there is no step {start!r}")
    for step in steps:
        for pointer in POINTERS[step["kind"]]:
            target = step.get(pointer)
            if target is not None and target not in tuple(kinds):
                yield Problem(f"steps.{step['key']}.{pointer}", "no_such_step", f"there is no step {target!r}")
        if step["kind"] == StepKind.BRANCH and step.get("of") not in mails:
            yield Problem(f"steps.{step['key']}.of", "no_such_step", "of names the mail step that is asked about")


def _check_ways(document: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> Iterator[Problem]:
    reached = _reachable(document.get("start") or steps[0]["key"], steps)
    for step in steps:
        if step["key"] not in reached:
            yield Problem(f"steps.{step['key']}", "unreachable", "no step leads here")


def _check_loops(document: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """A way back to a step without a wait would run for ever in one moment; a mail is sent once per step anyway."""
    ways = {step["key"]: _targets(step) for step in steps}
    for key in ways:
        frontier, seen = list(ways[key]), set[str]()
        while frontier:
            here = frontier.pop()
            if here == key:
                yield Problem(f"steps.{key}", "loop", "steps lead back here; a sequence of this release has no loops")
                return
            if here in ways and here not in seen:
                seen.add(here)
                frontier += ways[here]


def _reachable(start: str, steps: list[Mapping[str, Any]]) -> set[str]:
    ways = {step["key"]: _targets(step) for step in steps}
    seen, frontier = set[str](), [start]
    while frontier:
        here = frontier.pop()
        if here in ways and here not in seen:
            seen.add(here)
            frontier += ways[here]
    return seen


def _targets(step: Mapping[str, Any]) -> list[str]:
    return [step[pointer] for pointer in POINTERS[step["kind"]] if step.get(pointer)]


def _read_step(step: Mapping[str, Any]) -> Step:
    key, kind = step["key"], step["kind"]
    if kind == StepKind.MAIL:
        return MailStep(key, step["mail"], step.get("next"))
    if kind == StepKind.WAIT:
        return WaitStep(key, timedelta(**step["lasts"]), step.get("next"))
    if kind == StepKind.BRANCH:
        within = timedelta(**step["within"])
        return BranchStep(key, Deed(step["did"]), step["of"], within, step.get("if_yes"), step.get("if_no"))
    return ExitStep(key)
