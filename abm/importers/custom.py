"""Custom fields in a file: a column called as a field, or mapped to `custom.SUBJECT.CODE`, fills that field.

Their values are brought in after firms and people stand, a batch of rows at a time; an empty cell takes nothing away.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.custom import list_custom_fields, read_value
from abm.errors import Invalid
from abm.importers.columns import field_of
from abm.importers.sold_records import folded
from abm.importers.write import to_json
from abm.words import CustomKind, CustomSubject, RowAction

PREFIX = "custom."
SUBJECTS = (CustomSubject.CONTACT, CustomSubject.ACCOUNT)
BATCH = 2_000
ROWS = text(
    """
    select r.line, r.values, r.action, r.account_id, r.contact_id, a.custom as account, c.custom as contact
    from import_rows r left join accounts a on a.id = r.account_id left join contacts c on c.id = r.contact_id
    where r.import_id = :id and r.line > :after and r.action <> :reject order by r.line limit :batch
    """
)
STORE = {
    CustomSubject.ACCOUNT: text("update accounts set custom = custom || cast(:values as jsonb) where id = :key"),
    CustomSubject.CONTACT: text("update contacts set custom = custom || cast(:values as jsonb) where id = :key"),
}
FLAG = text(
    "update import_rows set problems = problems || cast(:problems as jsonb) where import_id = :id and line = :line"
)
REMEMBER = text(
    """
    update import_rows set before = coalesce(before, '{}') || jsonb_build_object('custom', cast(:before as jsonb)),
        action = case when action = :unchanged then :update else action end
    where import_id = :id and line = :line
    """
)
CHANGED = text(
    """
    select account_id, contact_id, before -> 'custom' as custom from import_rows
    where import_id = :id and before ? 'custom' order by line desc
    """
)


@dataclass(frozen=True)
class CustomColumn:
    """A column that fills a custom field."""

    subject: CustomSubject
    code: str
    kind: CustomKind
    choices: tuple[str, ...]
    header: str
    position: int

    @property
    def name(self) -> str:
        """How a map and a kept row call it."""
        return f"{PREFIX}{self.subject}.{self.code}"


@dataclass(frozen=True)
class Filled:
    """What custom fields came to: rows that changed by them alone, and rows with a value that could not be read."""

    updated: int = 0
    flagged: int = 0


def without_custom(mapping: Mapping[str, str] | None) -> dict[str, str]:
    """A person's map without custom fields: what our own fields are found by."""
    return {name: word for name, word in (mapping or {}).items() if not name.startswith(PREFIX)}


def find_custom(session: Session, header: Sequence[str], mapping: Mapping[str, str] | None) -> list[CustomColumn]:
    """Columns mapped to a custom field, or called as one; raises Invalid for a map that names what is not there."""
    places = {folded(word): at for at, word in reversed(list(enumerate(header)))}
    chosen = {name: word for name, word in (mapping or {}).items() if name.startswith(PREFIX)}
    found, taken = [], set()
    for subject in SUBJECTS:
        for field in list_custom_fields(session, subject):
            word = chosen.pop(f"{PREFIX}{subject}.{field.code}", None)
            called = word if word is not None else field.title if field_of(field.title) is None else None
            at = places.get(folded(called)) if called else None
            if word is not None and at is None:
                raise Invalid(f"the map names a column {word!r} that the header lacks", "map", "unknown_header")
            if at is not None and at not in taken:
                taken.add(at)
                kind, choices = CustomKind(field.kind), tuple(field.choices)
                found.append(CustomColumn(subject, field.code, kind, choices, header[at], at))
    if chosen:
        raise Invalid(f"unknown field {next(iter(chosen))!r} in the map", "map", "unknown_field")
    return found


def fill_custom(
    session: Session, import_id: uuid.UUID, columns: Sequence[CustomColumn], *, only_planned: bool
) -> Filled:
    """Bring in what the kept rows of an import say of custom fields; a plan is only told what cannot be read."""
    updated = flagged = 0
    after = 0
    while columns:
        given = {"id": import_id, "after": after, "batch": BATCH, "reject": RowAction.REJECT}
        rows = session.execute(ROWS, given).all()
        if not rows:
            break
        after = rows[-1].line
        # Two rows of one firm in a batch: the second must see what the first has brought.
        held: dict[uuid.UUID, dict[str, Any]] = {}
        for row in rows:
            values, problems = _read(row.values, columns)
            if problems:
                flagged += 1
                told = to_json(problems)
                session.execute(FLAG, {"id": import_id, "line": row.line, "problems": told})
            if not only_planned and (before := _store(session, row, values, held)):
                updated += row.action == RowAction.UNCHANGED
                what = {"unchanged": RowAction.UNCHANGED, "update": RowAction.UPDATE, "before": to_json(before)}
                session.execute(REMEMBER, {"id": import_id, "line": row.line, **what})
    return Filled(updated, flagged)


def take_back_custom(session: Session, import_id: uuid.UUID) -> int:
    """Give custom fields their old values where the import's own still stand, the last row first."""
    restored = 0
    for row in session.execute(CHANGED, {"id": import_id}).all():
        for subject, key in ((CustomSubject.ACCOUNT, row.account_id), (CustomSubject.CONTACT, row.contact_id)):
            for code, both in row.custom.get(subject, {}).items():
                restored += _put_back(session, subject, key, code, both)
    return restored


def _read(typed: Mapping[str, str], columns: Sequence[CustomColumn]) -> tuple[dict[Any, dict[str, Any]], list[Any]]:
    """({subject: {code: value}}, problems) of one kept row."""
    values: dict[CustomSubject, dict[str, Any]] = {}
    problems = []
    for column in columns:
        value, problem = read_value(column.kind, typed.get(column.name, ""), column.choices)
        if problem:
            told = {"code": f"custom_{problem}", "column": column.header, "value": typed[column.name]}
            problems.append({**told, "rejects": False})
        elif value is not None:
            values.setdefault(column.subject, {})[column.code] = value
    return values, problems


def _store(session: Session, row: Any, values: Mapping[CustomSubject, Mapping[str, Any]], held: Any) -> dict[str, Any]:
    """Write what differs; answers old and new of it by subject and code."""
    before: dict[str, Any] = {}
    for subject, told in values.items():
        key, kept = (row.account_id, row.account) if subject == CustomSubject.ACCOUNT else (row.contact_id, row.contact)
        if key is None:
            continue
        now = held.setdefault(key, dict(kept or {}))
        changed = {code: value for code, value in told.items() if now.get(code) != value}
        if changed:
            before[subject.value] = {code: {"old": now.get(code), "new": value} for code, value in changed.items()}
            now.update(changed)
            session.execute(STORE[subject], {"key": key, "values": to_json(changed)})
    return before


def _put_back(session: Session, subject: CustomSubject, key: uuid.UUID, code: str, both: Mapping[str, Any]) -> int:
    table = f"{subject.value}s"
    old = (
        "custom - cast(:code as text)"
        if both["old"] is None
        else "jsonb_set(custom, array[cast(:code as text)], cast(:old as jsonb))"
    )
    statement = text(
        f"update {table} set custom = {old} where id = :key"  # noqa: S608  # our own tables
        " and custom -> cast(:code as text) = cast(:new as jsonb) returning 1"
    )
    given = {"key": key, "code": code, "new": to_json(both["new"])}
    given |= {} if both["old"] is None else {"old": to_json(both["old"])}
    return len(session.execute(statement, given).all())
