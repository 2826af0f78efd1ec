"""Changing a sequence document step by step, as an editor does: a document in, a new one out. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abm.errors import Conflict, Invalid, NotFound
from abm.words import StepKind
from campaigns.ways import POINTERS

Document = Mapping[str, Any]
Step = Mapping[str, Any]
MOST_STEPS = 300
# What a new step holds, so that it can be read at once.
FRESH: Mapping[str, Mapping[str, Any]] = {
    StepKind.WAIT: {"lasts": {"days": 3}},
    StepKind.BRANCH: {"did": "click", "within": {"days": 3}},
    StepKind.SPLIT: {"ways": [{"key": "a", "percent": 50}, {"key": "b", "percent": 50}]},
    StepKind.TASK: {"title": {}},
    StepKind.NOTIFY: {"to": "owner"},
}


@dataclass(frozen=True)
class Way:
    """One way on from a step: its place in it (next, if_yes, ways.0.next …) and where it leads; nothing is the end."""

    name: str
    target: str | None


def ways_of(step: Step) -> list[Way]:
    """Every way a step has, also those that lead nowhere yet."""
    kind = step.get("kind")
    if kind == StepKind.SPLIT:
        return [Way(f"ways.{number}.next", one.get("next")) for number, one in enumerate(_variants(step))]
    until = step.get("until")
    # Only what people do can come too late; without a way of its own that goes on where the rest does.
    is_in_time = kind == StepKind.WAIT and not (isinstance(until, Mapping) and "kinds" in until)
    names = ("next",) if is_in_time else POINTERS.get(str(kind), ("next",))
    return [Way(name, step.get(name)) for name in names]


def steps_of(document: Document) -> list[Step]:
    """The steps of a document whose shape is sound."""
    return list(document.get("steps") or [])


def find_step(document: Document, key: str) -> Step:
    """The step of this key, or NotFound."""
    for step in steps_of(document):
        if step["key"] == key:
            return step
    raise NotFound(f"there is no step {key!r} in this draft")


def start_of(document: Document) -> str | None:
    """The step everybody begins with; nothing while there is none."""
    first = next((step["key"] for step in steps_of(document)), None)
    return document.get("start") or first


def add_step(document: Document, kind: StepKind, after: tuple[str, str] | None = None) -> tuple[dict[str, Any], str]:
    """A new step on this way of a step, before whatever came there; with `after` empty it stands alone, or first.

    Answers the document and the key of the new step.
    """
    if len(steps_of(document)) >= MOST_STEPS:
        raise Conflict(f"a sequence has {MOST_STEPS} steps at most; split it and jump", "too_many")
    key = _free_key(document, kind)
    fresh: dict[str, Any] = {"key": key, "kind": str(kind), **FRESH.get(kind, {})}
    if after is None:
        return _with_steps(document, [*steps_of(document), fresh]), key
    step, way = after
    following = _target(find_step(document, step), way)
    if ways := ways_of(fresh):
        fresh = _lead(fresh, ways[0].name, following)
    grown = _with_steps(document, [*steps_of(document), fresh])
    return connect(grown, step, way, key), key


def connect(document: Document, key: str, way: str, target: str | None) -> dict[str, Any]:
    """Let a way of a step lead to another step, or to the end."""
    if target is not None:
        find_step(document, target)
    _target(find_step(document, key), way)
    return _with_steps(document, [_lead(one, way, target) if one["key"] == key else one for one in steps_of(document)])


def remove_step(document: Document, key: str) -> dict[str, Any]:
    """Take a step out; whatever led to it leads on to where its first way led."""
    gone = find_step(document, key)
    ways = ways_of(gone)
    following = ways[0].target if ways and ways[0].target != key else None
    left = [_past(step, key, following) for step in steps_of(document) if step["key"] != key]
    changed = _with_steps(document, left)
    if start_of(document) == key and following is not None:
        changed["start"] = following
    elif changed.get("start") == key:
        changed.pop("start")
    return changed


def replace_step(document: Document, step: Step) -> dict[str, Any]:
    """The same document with this step in place of the one of its key."""
    find_step(document, step["key"])
    return _with_steps(document, [dict(step) if one["key"] == step["key"] else one for one in steps_of(document)])


def replace_head(document: Document, head: Mapping[str, Any]) -> dict[str, Any]:
    """The same steps under another head; what the head says nothing of (None) is taken out."""
    kept = {key: value for key, value in document.items() if key not in head}
    given = {key: value for key, value in head.items() if value is not None}
    return _with_steps({**kept, **given}, steps_of(document))


def ensure_shape(document: Any) -> dict[str, Any]:
    """What an editor can show: a mapping with steps of known kinds under names of their own; Invalid names the place.

    It may be far from complete: what is missing is said where it is checked.
    """
    if not isinstance(document, Mapping):
        raise Invalid("a sequence is a mapping with name, title and steps", field="document", code="not_a_document")
    steps = document.get("steps") or []
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise Invalid(f"steps is a list of at most {MOST_STEPS} steps", field="steps", code="wrong")
    seen: set[str] = set()
    for number, step in enumerate(steps):
        _ensure_step(step, number, seen)
    return {**document, "steps": [dict(step) for step in steps]}


def _ensure_step(step: Any, number: int, seen: set[str]) -> None:
    key = step.get("key") if isinstance(step, Mapping) else None
    place = f"steps.{key or number}"
    if not isinstance(key, str) or not key:
        raise Invalid("a step is a mapping with a key", field=place, code="missing")
    if key in seen:
        raise Invalid(f"two steps are called {key!r}", field=place, code="twice")
    if step.get("kind") not in tuple(StepKind):
        raise Invalid(f"kind is one of {', '.join(StepKind)}", field=f"{place}.kind", code="unknown")
    seen.add(key)


def _with_steps(document: Document, steps: Sequence[Step]) -> dict[str, Any]:
    head = {key: value for key, value in document.items() if key != "steps"}
    return {**head, "steps": [dict(step) for step in steps]}


def _variants(step: Step) -> Iterator[Mapping[str, Any]]:
    ways = step.get("ways")
    return (one for one in (ways if isinstance(ways, list) else []) if isinstance(one, Mapping))


def _target(step: Step, way: str) -> str | None:
    for one in ways_of(step):
        if one.name == way:
            return one.target
    raise NotFound(f"step {step['key']!r} has no way {way!r}")


def _lead(step: Step, way: str, target: str | None) -> dict[str, Any]:
    if way.startswith("ways."):
        number = int(way.split(".")[1])
        ways = [_lead(one, "next", target) if place == number else one for place, one in enumerate(_variants(step))]
        return {**step, "ways": ways}
    kept = {name: value for name, value in step.items() if name != way}
    return kept if target is None else {**kept, way: target}


def _past(step: Step, gone: str, following: str | None) -> Step:
    for way in ways_of(step):
        if way.target == gone:
            step = _lead(step, way.name, following if following != step["key"] else None)
    return step


def _free_key(document: Document, kind: StepKind) -> str:
    taken = {step["key"] for step in steps_of(document)}
    return next(key for number in range(1, MOST_STEPS + 2) if (key := f"{kind}_{number}") not in taken)
