"""Checking the names a sequence gives to things of the installation: lists, channels, users, sequences and fields."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.conditions.fields import CustomRules
from abm.conditions.parse import read_condition
from abm.errors import Invalid
from abm.models import Channel, Segment, User
from abm.models import Sequence as SequenceRow
from abm.segments.customs import custom_rules
from abm.words import FlawCode, NotifyTo, SegmentKind, StepKind, TriggerKind
from campaigns.flaws import Flaw, shown
from campaigns.ways import followed

# Of long lists the flaw names the first.
MOST_NAMED = 20


def check_names(session: Session, document: Mapping[str, Any]) -> list[Flaw]:
    """Every name in a document that nothing here is called by; what cannot be read is told elsewhere."""
    # Each list is read when first asked for, and once.
    known = cache(lambda named: _READ[named](session))
    flaws = [*_check_triggers(document, known)]
    customs = custom_rules(session)
    for step in followed(document.get("steps")):
        flaws += _check_step(step, known)
        flaws += _check_conditions(step, customs)
    return flaws


def _names(column: Any, *conditions: Any) -> Callable[[Session], list[str]]:
    return lambda session: list(session.scalars(select(column).where(*conditions).order_by(column)))


_READ: Mapping[str, Callable[[Session], list[str]]] = {
    "segment": _names(Segment.name),
    "list": _names(Segment.name, Segment.kind == SegmentKind.STATIC),
    "owner": _names(User.email, User.disabled_at.is_(None)),
    "channel": _names(Channel.title, Channel.archived_at.is_(None)),
    "sequence": _names(SequenceRow.name),
}
Known = Callable[[str], list[str]]


def _check_triggers(document: Mapping[str, Any], known: Known) -> Iterator[Flaw]:
    given = document.get("triggers")
    for number, trigger in enumerate(given if isinstance(given, list) else ()):
        if isinstance(trigger, Mapping) and trigger.get("on") == TriggerKind.SEGMENT:
            yield from _check(f"triggers.{number}.segment", trigger.get("segment"), known("segment"))


def _check_step(step: Mapping[str, Any], known: Known) -> Iterator[Flaw]:
    place = f"steps.{step['key']}"
    if step["kind"] == StepKind.ACTION:
        for act in ("add_to", "remove_from"):
            yield from _check(f"{place}.{act}", step.get(act), known("list"))
        yield from _check(f"{place}.owner", step.get("owner"), known("owner"))
    if step["kind"] == StepKind.WEBHOOK or step.get("to") == NotifyTo.CHANNEL:
        yield from _check(f"{place}.channel", step.get("channel"), known("channel"))
    if step["kind"] == StepKind.JUMP:
        yield from _check(f"{place}.sequence", step.get("sequence"), known("sequence"))


def _check_conditions(step: Mapping[str, Any], customs: CustomRules) -> Iterator[Flaw]:
    if step["kind"] == StepKind.BRANCH and isinstance(step.get("when"), Mapping):
        try:
            read_condition(step["when"], customs=customs)
        except Invalid as error:
            yield Flaw(f"steps.{step['key']}.when", FlawCode.CONDITION, {"problem": str(error)})
    until, fields = step.get("until"), step.get("set")
    name = str(until.get("field", "")) if isinstance(until, Mapping) else ""
    if step["kind"] == StepKind.WAIT and ".custom." in name:
        yield from _check(f"steps.{step['key']}.until.field", name, list(customs))
    for field in fields if step["kind"] == StepKind.ACTION and isinstance(fields, Mapping) else ():
        if ".custom." in str(field):
            yield from _check(f"steps.{step['key']}.set", field, list(customs))


def _check(place: str, given: Any, known: list[str]) -> Iterator[Flaw]:
    if given is not None and given not in known:
        told = ", ".join(known[:MOST_NAMED]) or "–"
        yield Flaw(place, FlawCode.UNKNOWN, {"given": shown(given), "known": told})
