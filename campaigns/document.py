"""Sequence documents: everything that is wrong with one and where, and its steps read out of a sound one."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from abm.conditions.fields import NO_CUSTOM_RULES, CustomRules
from abm.errors import Invalid
from abm.guard.guard import USUAL_PRIORITY
from abm.words import FlawCode, SequenceSubject, StepKind
from campaigns.flaws import Flaw, join
from campaigns.grammar import ASSETS, HEAD, STEP
from campaigns.reading import read_steps
from campaigns.shapes import is_name
from campaigns.steps import Course
from campaigns.ways import check_pointers, check_ways, followed, on_loops, start_of, targets


def read_course(document: Mapping[str, Any], customs: CustomRules = NO_CUSTOM_RULES) -> Course:
    """The steps of a sound document; conditions may ask an installation's own fields by these rules."""
    if flaws := validate_document(document):
        raise refuse(flaws)
    steps = document["steps"]
    loops = on_loops({step["key"]: targets(step) for step in steps})
    return Course(
        start_of(document),
        read_steps(steps, customs),
        subject_of(document),
        loops,
        document.get("priority") or USUAL_PRIORITY,
        timedelta(**document["too_late"]) if document.get("too_late") else None,
    )


def refuse(flaws: list[Flaw]) -> Invalid:
    """The refusal that names the first of these flaws, and how many there are."""
    first, more = flaws[0], len(flaws) - 1
    rest = f" (and {more} more; `abm sequence validate` lists them all)" if more else ""
    return Invalid(f"{first.message}{rest}", field=first.place, code=first.code)


def validate_document(document: Any) -> list[Flaw]:
    """Everything wrong with a document, in the order of its text; nothing wrong: an empty list."""
    if not isinstance(document, Mapping):
        return [Flaw("", FlawCode.NO_TABLE)]
    assets = document.get("assets")
    flaws = [*HEAD.flaws(document, ""), *(ASSETS.flaws(assets, "assets") if assets else ())]
    steps = document.get("steps")
    if not isinstance(steps, list) or not steps:
        return [*flaws, Flaw("steps", FlawCode.NO_LIST, {"least": 1})]
    return [*flaws, *_check_steps(document, steps), *_check_graph(document, steps)]


def subject_of(document: Mapping[str, Any]) -> SequenceSubject:
    """Whom an enrollment of this sequence is about."""
    return SequenceSubject(document.get("subject") or SequenceSubject.CONTACT)


def list_assets(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files a document's mails may lead to."""
    return list(document.get("assets") or [])


def mail_names(document: Mapping[str, Any]) -> list[str]:
    """The mails its steps send, each once, in order; those that stand in for another come with it."""
    sent = (step for step in document["steps"] if step["kind"] == StepKind.MAIL)
    return list(dict.fromkeys(name for step in sent for name in (step["mail"], step.get("swap")) if name))


def _check_steps(document: Mapping[str, Any], steps: list[Any]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for number, step in enumerate(steps):
        key = step.get("key") if isinstance(step, Mapping) else None
        place = f"steps.{key if is_name(key) else number}"
        if isinstance(key, str) and key in seen:
            yield Flaw(place, FlawCode.TWICE)
        elif isinstance(key, str):
            seen.add(key)
        yield from STEP.flaws(step, place)
        if isinstance(step, Mapping) and step.get("kind") == StepKind.MAIL:
            yield from _check_address(document, step, place)


def _check_graph(document: Mapping[str, Any], steps: list[Any]) -> Iterator[Flaw]:
    """What leads where, of the steps that say so; who is reached is known only where every step does."""
    keys = [step["key"] for step in steps if isinstance(step, Mapping) and is_name(step.get("key"))]
    if len(set(keys)) < len(keys):
        return
    known = followed(steps)
    yield from check_pointers(document, known, keys)
    if len(known) == len(steps) and start_of(document) in keys:
        yield from check_ways(document, known)


def _check_address(document: Mapping[str, Any], step: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    """Roles are addressed where the subject is an account, and only there."""
    is_account = document.get("subject") == SequenceSubject.ACCOUNT
    if is_account and step.get("to") is None:
        yield Flaw(join(place, "to"), FlawCode.ROLES_MISSING)
    if not is_account and step.get("to") is not None:
        yield Flaw(join(place, "to"), FlawCode.ROLES_NEED_ACCOUNT)
