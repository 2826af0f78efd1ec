"""Custom fields of accounts, contacts and deals: which there are, what a form asks, and what was typed."""

import math
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.errors import Conflict, Invalid, NotFound
from abm.models import CustomField
from abm.words import CustomKind, CustomSubject

LONGEST_TEXT = 2000
LONGEST_TITLE, LONGEST_CODE = 80, 40
MOST_CHOICES = 100
# Beyond this a number no longer keeps its last digit.
LARGEST_NUMBER = 10**15
NUMBER = re.compile(r"[+-]?(?:\d+(?:,\d{3})*)(?:\.\d+)?")
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?")
PREFIX = "custom_"


@dataclass(frozen=True)
class CustomInput:
    """One custom field as a form asks for it: under `name`, by its title."""

    name: str
    code: str
    title: str
    kind: CustomKind
    choices: tuple[str, ...]
    is_required: bool


@dataclass(frozen=True)
class FieldDraft:
    """A custom field as its form holds it."""

    title: str
    kind: CustomKind
    choices: tuple[str, ...] = ()
    is_required: bool = False


def list_custom_fields(session: Session, subject: CustomSubject, *, archived: bool = False) -> Sequence[CustomField]:
    """The fields of a kind of record, in their order; archived ones on request."""
    wanted = select(CustomField).where(CustomField.subject == subject, CustomField.archived_at.is_not(None) == archived)
    return session.scalars(wanted.order_by(CustomField.position, CustomField.created_at, CustomField.id)).all()


def custom_inputs(session: Session, subject: CustomSubject) -> list[CustomInput]:
    """What a form about this kind of record asks beyond our own fields."""
    return [
        CustomInput(
            PREFIX + field.code,
            field.code,
            field.title,
            CustomKind(field.kind),
            tuple(field.choices),
            field.is_required,
        )
        for field in list_custom_fields(session, subject)
    ]


def read_custom(
    session: Session, subject: CustomSubject, form: Mapping[str, str], held: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """(values by code, problems by name of input) of a form; what the record holds of archived fields stays.

    `held` is the record's `custom` now: a choice that was taken off the list may stay where it was made.
    """
    values, problems = dict(held or {}), {}
    for field in custom_inputs(session, subject):
        value, problem = _read(field, form.get(field.name, ""), values.get(field.code))
        if problem:
            problems[field.name] = problem
        elif value is None:
            values.pop(field.code, None)
        else:
            values[field.code] = value
    return values, problems


def read_value(kind: CustomKind, typed: str, choices: Sequence[str] = ()) -> tuple[Any, str | None]:
    """(value as records keep it, problem) of one typed value; nothing typed is no value."""
    text = typed.replace("\x00", "").strip(" 　\t\r\n")
    if not text:
        return None, None
    if kind is CustomKind.NUMBER:
        return _number(text)
    if kind is CustomKind.DATE:
        return _date(text)
    if kind is CustomKind.CHOICE:
        return (text, None) if text in choices else (None, "unknown")
    return (text, None) if len(text) <= LONGEST_TEXT else (None, "too_long")


def custom_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """A record's values as its form shows them."""
    return {PREFIX + code: str(value) for code, value in values.items()}


def spread_custom(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of a record with each custom value on its own, under `custom.` and its code."""
    spread = {name: change for name, change in changes.items() if name != "custom"}
    change = changes.get("custom", {"old": {}, "new": {}})
    for code in sorted({**change["old"], **change["new"]}):
        old, new = change["old"].get(code), change["new"].get(code)
        if old != new:
            spread[f"custom.{code}"] = {"old": old, "new": new}
    return spread


def create_field(
    session: Session, subject: CustomSubject, draft: FieldDraft, *, by: uuid.UUID, at: datetime
) -> CustomField:
    """Make a field at the end of the form; its code is made from the title and never changes."""
    _check(session, subject, draft, None)
    last = select(func.max(CustomField.position)).where(CustomField.subject == subject)
    position = (session.scalar(last) or 0) + 1
    code = _free_code(session, subject, draft.title)
    field = CustomField(subject=subject.value, code=code, position=position, created_at=at, **_values(draft))
    session.add(field)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("somebody was faster with this title; reload the page and look", "faster") from error
    note_change(session, "created", field, by=by, at=at)
    return field


def change_field(
    session: Session, field_id: uuid.UUID, draft: FieldDraft, *, by: uuid.UUID, at: datetime
) -> CustomField:
    """Make the field what the form says; Conflict when its kind would change, as values of the old kind exist."""
    field = _locked(session, field_id)
    if draft.kind != field.kind:
        raise Conflict("a field keeps its kind: archive this one and make another", "kind_kept")
    _check(session, CustomSubject(field.subject), draft, field)
    if changes := set_fields(field, _values(draft)):
        note_change(session, "changed", field, by=by, at=at, changes=changes)
    return field


def archive_field(session: Session, field_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> CustomField:
    """Ask for this field no more; the records keep their values."""
    field = _locked(session, field_id)
    if field.archived_at is None:
        field.archived_at = at
        note_change(session, "archived", field, by=by, at=at)
    return field


def restore_field(session: Session, field_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> CustomField:
    """Ask for this field again, with the values it had."""
    field = _locked(session, field_id)
    if field.archived_at is not None:
        field.archived_at = None
        note_change(session, "restored", field, by=by, at=at)
    return field


def move_field(session: Session, field_id: uuid.UUID, *, up: bool, at: datetime, by: uuid.UUID) -> None:
    """One place up or down among the fields of its form."""
    moving = _locked(session, field_id)
    fields = list(list_custom_fields(session, CustomSubject(moving.subject)))
    if moving not in fields:
        return
    place = fields.index(moving)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(fields):
        return
    fields[place], fields[other] = fields[other], fields[place]
    for position, field in enumerate(fields, 1):
        field.position = position
    note_change(session, "moved", moving, by=by, at=at)


def code_of(title: str) -> str:
    """A title as a code: letters, digits and underscores; other writings keep their signs."""
    text = unicodedata.normalize("NFKC", title).casefold().strip()
    return re.sub(r"\W+", "_", text).strip("_")[:LONGEST_CODE] or "field"


def _read(field: CustomInput, typed: str, held: Any) -> tuple[Any, str | None]:
    if typed and typed == held:
        return held, None
    value, problem = read_value(field.kind, typed, field.choices)
    if value is None and problem is None and field.is_required:
        return None, "required"
    return value, problem


def _number(text: str) -> tuple[Any, str | None]:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if not NUMBER.fullmatch(plain):
        return None, "number_unreadable"
    number = float(plain.replace(",", ""))
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        return None, "number_unreadable"
    return (int(number) if number.is_integer() else number), None


def _date(text: str) -> tuple[Any, str | None]:
    match = DATE.fullmatch(unicodedata.normalize("NFKC", text))
    try:
        return (date(*map(int, match.groups())).isoformat(), None) if match else (None, "date_unreadable")
    except ValueError:
        return None, "date_unreadable"


def _values(draft: FieldDraft) -> dict[str, Any]:
    choices = list(draft.choices) if draft.kind is CustomKind.CHOICE else []
    return {
        "title": draft.title.strip(),
        "kind": draft.kind.value,
        "choices": choices,
        "is_required": draft.is_required,
    }


def _check(session: Session, subject: CustomSubject, draft: FieldDraft, field: CustomField | None) -> None:
    title = draft.title.strip()
    if not title:
        raise Invalid("a field needs a title", "title", "required")
    if len(title) > LONGEST_TITLE:
        raise Invalid("the title is too long", "title", "too_long")
    same = select(CustomField.id).where(CustomField.subject == subject, func.lower(CustomField.title) == title.lower())
    if session.scalar(same.where(CustomField.id != field.id) if field else same):
        raise Invalid("there is a field of this title already, perhaps an archived one", "title", "field_exists")
    if draft.kind is CustomKind.CHOICE and not draft.choices:
        raise Invalid("a choice needs something to choose from, one in each line", "choices", "choices_missing")
    if len(draft.choices) > MOST_CHOICES or any(len(choice) > LONGEST_TITLE for choice in draft.choices):
        raise Invalid("too many choices, or one is too long", "choices", "too_long")


def _free_code(session: Session, subject: CustomSubject, title: str) -> str:
    """The title's code; with a number behind it while another field has that."""
    taken = set(session.scalars(select(CustomField.code).where(CustomField.subject == subject)))
    code, number = code_of(title), 2
    while code in taken:
        code = f"{code_of(title)}_{number}"
        number += 1
    return code


def _locked(session: Session, field_id: uuid.UUID) -> CustomField:
    field = session.get(CustomField, field_id, with_for_update=True, populate_existing=True)
    if field is None:
        raise NotFound("no such custom field")
    return field
