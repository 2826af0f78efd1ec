"""`abm segment`: conditions counted, explained and kept under a name."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from abm import conditions
from abm.cli.options import act, json_option, read_bytes, zone
from abm.cli.show import say, show
from abm.conditions.because import because
from abm.conditions.holds import Finding
from abm.conditions.language import Condition, Moment
from abm.conditions.parse import write_condition
from abm.customers.find import find_contact
from abm.errors import Invalid, ServiceDown
from abm.models import Segment
from abm.scoring.document import read_yaml
from abm.segments.compile import members
from abm.segments.customs import custom_rules, read_asked
from abm.segments.segments import (
    count_people,
    delete_segment,
    explain,
    get_segment,
    list_segments,
    people_of,
    save_segment,
)
from abm.words import FaultCode, SegmentKind


@click.group()
@json_option
def segment() -> None:
    """Count, explain and store who is meant.

    FILE is JSON or YAML: a condition, or {name, kind, condition}. The grammar with every field and operator is in
    `abm segment grammar`.
    """


@segment.command()
@click.argument("target", metavar="NAME|FILE|-")
@json_option
def count(target: str) -> None:
    """Count the accounts and contacts of a stored segment, a file, or a condition on standard input."""
    with act() as work:
        asked, moment = _read_target(work.session, target), Moment(work.at, zone())
        people = people_of(work.session, asked, moment) if isinstance(asked, Segment) else members(asked, moment)
        found = count_people(work.session, people, work.at)
    show({"accounts": found.accounts, "contacts": found.contacts, "as_of": found.as_of})


@segment.command(name="explain")
@click.argument("target", metavar="NAME|FILE|-")
@click.argument("contact")
@json_option
def explain_target(target: str, contact: str) -> None:
    """Say why CONTACT (an id or mail address) is in or out, condition by condition."""
    with act() as work:
        asked = _read_target(work.session, target)
        person = find_contact(work.session, contact)
        found = explain(work.session, asked, person.id, Moment(work.at, zone()))
    show({"member": found.member, "conditions": _conditions(asked, found.member, found.findings, found.filled_at)})


@segment.command()
@click.argument("file", metavar="FILE|-")
@json_option
def apply(file: str) -> None:
    """Store {name, kind, condition}, in the place of the segment of that name; a static one takes its people now."""
    with act() as work:
        document = _read_file(work.session, file)
        moment = Moment(work.at, zone())
        kept = save_segment(work.session, document.name, document.condition, moment, kind=document.kind)
        found = count_people(work.session, people_of(work.session, kept, moment), work.at)
    say(f"segment {kept.name} stored")
    show({**_row(kept), "accounts": found.accounts, "contacts": found.contacts, "as_of": found.as_of})


@segment.command(name="list")
@json_option
def list_all() -> None:
    """List the stored segments with how many people are in each now."""
    with act() as work:
        moment = Moment(work.at, zone())
        rows = []
        for kept in list_segments(work.session):
            found = count_people(work.session, people_of(work.session, kept, moment), work.at)
            rows.append({**_row(kept), "accounts": found.accounts, "contacts": found.contacts})
    show(rows, ("name", "kind", "accounts", "contacts", "changed_at"))


@segment.command(name="show")
@click.argument("name")
@json_option
def show_one(name: str) -> None:
    """Show a stored segment as the document that `apply` takes."""
    with act() as work:
        kept = get_segment(work.session, name)
    show({**_row(kept), "condition": kept.condition})


@segment.command()
@click.argument("name")
@json_option
def delete(name: str) -> None:
    """Forget a stored segment; whoever a sequence took on stays in it."""
    with act() as work:
        delete_segment(work.session, get_segment(work.session, name), work.at)
    show({"deleted": name})


@segment.command()
@json_option
def grammar() -> None:
    """Explain the condition language with every field and operator, and this installation's custom fields."""
    click.echo(inspect.getdoc(conditions))
    try:
        with act() as work:
            customs = custom_rules(work.session)
    except ServiceDown:
        say("no installation runs here: custom fields are not shown")
        return
    click.echo("\nCustom fields of this installation:\n")
    for name, rule in customs.items():
        choices = f" ({', '.join(rule.words)})" if rule.words else ""
        click.echo(f"    {rule.kind:8} {name}{'*' if rule.several else ''}  {rule.title}{choices}")
    if not customs:
        click.echo("    none yet")


@dataclass(frozen=True)
class Document:
    """A segment as a file holds it."""

    name: str
    kind: SegmentKind
    condition: Condition


def _read_target(session: Session, target: str) -> Segment | Condition:
    if target != "-" and not Path(target).is_file():
        return get_segment(session, target)
    document = _parse(target)
    if isinstance(document, Mapping) and "condition" in document:
        return read_asked(session, document["condition"], "condition")
    return read_asked(session, document)


def _read_file(session: Session, file: str) -> Document:
    document = _parse(file)
    if not isinstance(document, Mapping) or "condition" not in document or not isinstance(document.get("name"), str):
        raise Invalid(f"{file} holds no segment: write name and condition, and kind if it is static", field=file)
    kind = document.get("kind", SegmentKind.DYNAMIC)
    if kind not in [str(one) for one in SegmentKind]:
        raise Invalid(f"kind is {' or '.join(SegmentKind)}, not {kind!r}", field="kind", code="kind")
    return Document(document["name"], SegmentKind(kind), read_asked(session, document["condition"], "condition"))


def _parse(file: str) -> Any:
    content = read_bytes(file)
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip()[:1] in ("{", "["):
            return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, getattr(error, "lineno", None)) from error
    read = read_yaml(text)
    for fault in read.faults:
        if fault.code != FaultCode.EMPTY:
            raise _unreadable(file, fault.line)
    return read.document


def _unreadable(file: str, line: int | None) -> Invalid:
    place = f"{file}, line {line}" if line else file
    return Invalid(f"{place}: this is neither JSON nor YAML in UTF-8 without references", file, "unreadable")


def _conditions(
    asked: Segment | Condition, member: bool, findings: tuple[Finding, ...], filled_at: datetime | None
) -> list[dict[str, Any]]:
    if filled_at is not None and isinstance(asked, Segment):
        said = f"the list was taken down at {filled_at:%Y-%m-%d} and keeps its people"
        return [{"place": "", "condition": asked.condition, "holds": member, "because": said}]
    return [
        {
            "place": one.place,
            "condition": write_condition(one.leaf),
            "holds": one.holds,
            "because": because(one),
        }
        for one in findings
    ]


def _row(kept: Segment) -> dict[str, Any]:
    return {"name": kept.name, "kind": kept.kind, "changed_at": kept.changed_at}
