"""Custom fields in a file: a column called as a field, or mapped to `custom.SUBJECT.CODE`, fills that field.

Their values are brought in after firms and people stand, a batch of rows at a time; an empty cell takes nothing away.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.custom import list_custom_fields, read_value
from abm.errors import Invalid
from abm.importers.columns import field_of
from abm.importers.sold_records import folded
from abm.importers.write import to_json
from abm.words import CustomKind, CustomSubject, ImportKind, RowAction

PREFIX = "custom."
BATCH = 2_000
ROWS = text(
    """
    select line, values, action, account_id, contact_id from import_rows
    where import_id = :id and line > :after and action <> :reject order by line limit :batch
    """
)
PLANNED_KEYS = text("select line, account_id, contact_id from pg_temp.planned_keys where line between :first and :last")
# Whom the rows of a plan would make, by line, and what a plan would write: for this plan alone.
BESIDE = (
    "create temporary table planned_keys (line bigint primary key, account_id uuid, contact_id uuid) on commit drop",
    "create temporary table planned_custom (key uuid primary key, custom jsonb) on commit drop",
)
DROP = tuple(f"drop table pg_temp.{table}" for table in ("planned_keys", "planned_custom"))
KEY_COLUMNS = ("line", "account_id", "contact_id")
HELD = """
    select k.key, coalesce(t.custom, '{{}}') || coalesce(p.custom, '{{}}') as custom
    from unnest(cast(:keys as uuid[])) as k (key)
    left join {table} t on t.id = k.key left join pg_temp.planned_custom p on p.key = k.key
    """
STORE = """
    update {table} t set custom = t.custom || v.custom
    from jsonb_to_recordset(cast(:rows as jsonb)) as v (key uuid, custom jsonb) where t.id = v.key
    """
PLAN = text(
    """
    insert into planned_custom (key, custom)
    select key, custom from jsonb_to_recordset(cast(:rows as jsonb)) as v (key uuid, custom jsonb)
    on conflict (key) do update set custom = planned_custom.custom || excluded.custom
    """
)
FLAG = text(
    """
    update import_rows r set problems = r.problems || v.problems
    from jsonb_to_recordset(cast(:rows as jsonb)) as v (line bigint, problems jsonb)
    where r.import_id = :id and r.line = v.line
    """
)
REMEMBER = text(
    """
    update import_rows r set action = case when r.action = :unchanged then :update else r.action end,
        before = case when :planned then r.before else coalesce(r.before, '{}') || v.before end
    from jsonb_to_recordset(cast(:rows as jsonb)) as v (line bigint, before jsonb)
    where r.import_id = :id and r.line = v.line
    """
)
CHANGED = text(
    """
    select account_id, contact_id, before -> 'custom' as custom, before ->> 'custom_record' as record
    from import_rows where import_id = :id and before ? 'custom' order by line desc
    """
)
TABLES = {CustomSubject.ACCOUNT: "accounts", CustomSubject.CONTACT: "contacts", CustomSubject.DEAL: "deals"}
# Keys of records that a row is about, by subject; held are their values as the rows above have left them.
Keys = Mapping[CustomSubject, uuid.UUID | None]
Values = dict[str, Any]


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

    def __add__(self, other: "Filled") -> "Filled":
        """Of two batches together."""
        return Filled(self.updated + other.updated, self.flagged + other.flagged)


def subjects_of(kind: ImportKind) -> tuple[CustomSubject, ...]:
    """Whose fields a file of this kind fills."""
    people = (CustomSubject.CONTACT, CustomSubject.ACCOUNT)
    return (CustomSubject.DEAL, *people) if kind == ImportKind.DEALS else people


def without_custom(mapping: Mapping[str, str] | None) -> dict[str, str]:
    """A person's map without custom fields: what our own fields are found by."""
    return {name: word for name, word in (mapping or {}).items() if not name.startswith(PREFIX)}


def find_custom(
    session: Session, kind: ImportKind, header: Sequence[str], mapping: Mapping[str, str] | None
) -> list[CustomColumn]:
    """Columns mapped to a custom field, or called as one; raises Invalid for a map that names what is not there."""
    places = {folded(word): at for at, word in reversed(list(enumerate(header)))}
    chosen = {name: word for name, word in (mapping or {}).items() if name.startswith(PREFIX)}
    found, taken = [], set()
    for subject in subjects_of(kind):
        for field in list_custom_fields(session, subject):
            word = chosen.pop(f"{PREFIX}{subject}.{field.code}", None)
            if word == "":
                continue
            called = word if word is not None else field.title if field_of(field.title) is None else None
            at = places.get(folded(called)) if called else None
            if word is not None and at is None:
                raise Invalid(f"the map names a column {word!r} that the header lacks", "map", "unknown_header")
            if at is not None and at not in taken:
                taken.add(at)
                holds, choices = CustomKind(field.kind), tuple(field.choices)
                found.append(CustomColumn(subject, field.code, holds, choices, header[at], at))
    if chosen:
        raise Invalid(f"unknown field {next(iter(chosen))!r} in the map", "map", "unknown_field")
    return found


def begin_custom(session: Session) -> None:
    """Make the tables beside; `fill_custom` takes them away."""
    for statement in BESIDE:
        session.execute(text(statement))


def fill_custom(
    session: Session,
    import_id: uuid.UUID,
    columns: Sequence[CustomColumn],
    records: Mapping[int, str],
    *,
    only_planned: bool,
) -> Filled:
    """Bring in what the kept rows of an import say of custom fields; `records` is what each line is about beside.

    A plan does the same beside the records, so that it counts what applying it will do.
    """
    filled = Filled()
    after = 0
    given = {"id": import_id, "batch": BATCH, "reject": RowAction.REJECT}
    while rows := session.execute(ROWS, {**given, "after": after}).all():
        after = rows[-1].line
        filled += _fill_batch(session, import_id, columns, rows, records, only_planned=only_planned)
    for statement in DROP:
        session.execute(text(statement))
    return filled


def take_back_custom(session: Session, import_id: uuid.UUID) -> int:
    """Give custom fields their old values where the import's own still stand, the last row first."""
    restored = 0
    for row in session.execute(CHANGED, {"id": import_id}).all():
        keys = {CustomSubject.ACCOUNT: row.account_id, CustomSubject.CONTACT: row.contact_id}
        keys[CustomSubject.DEAL] = uuid.UUID(row.record) if row.record else None
        for subject, values in row.custom.items():
            for code, both in values.items():
                restored += _put_back(session, CustomSubject(subject), keys[CustomSubject(subject)], code, both)
    return restored


def _fill_batch(
    session: Session,
    import_id: uuid.UUID,
    columns: Sequence[CustomColumn],
    rows: Sequence[Any],
    records: Mapping[int, str],
    *,
    only_planned: bool,
) -> Filled:
    """Decide about these rows one after the other, and write what comes of it in a few statements."""
    lines = {"first": rows[0].line, "last": rows[-1].line}
    planned = {row.line: row for row in session.execute(PLANNED_KEYS, lines)} if only_planned else {}
    keys = {row.line: _keys_of(planned.get(row.line, row), records) for row in rows}
    held = {subject: _held(session, subject, keys.values()) for subject in {column.subject for column in columns}}
    flagged, changed, updated = [], [], 0
    changes: dict[CustomSubject, dict[uuid.UUID, Values]] = {subject: {} for subject in held}
    for row in rows:
        values, problems = _read(row.values, columns)
        if problems:
            flagged.append({"line": row.line, "problems": problems})
        if before := _change(values, keys[row.line], held, changes):
            updated += row.action == RowAction.UNCHANGED
            of_record = {"custom_record": records[row.line]} if row.line in records else {}
            # What a plan would replace nobody has to give back: only what it would do is told.
            if not only_planned or row.action == RowAction.UNCHANGED:
                changed.append({"line": row.line, "before": {"custom": before, **of_record}})
    for subject, of_records in changes.items():
        told = [{"key": key, "custom": values} for key, values in of_records.items()]
        if told:
            store = PLAN if only_planned else text(STORE.format(table=TABLES[subject]))
            session.execute(store, {"rows": to_json(told)})
    if flagged:
        session.execute(FLAG, {"id": import_id, "rows": to_json(flagged)})
    if changed:
        words = {"unchanged": RowAction.UNCHANGED, "update": RowAction.UPDATE, "planned": only_planned}
        session.execute(REMEMBER, {"id": import_id, "rows": to_json(changed), **words})
    return Filled(updated, len(flagged))


def _keys_of(row: Any, records: Mapping[int, str]) -> Keys:
    record = records.get(row.line)
    return {
        CustomSubject.ACCOUNT: row.account_id,
        CustomSubject.CONTACT: row.contact_id,
        CustomSubject.DEAL: uuid.UUID(record) if record else None,
    }


def _held(session: Session, subject: CustomSubject, keys: Iterable[Keys]) -> dict[uuid.UUID, Values]:
    """What these records hold, or would after the rows above."""
    wanted = list({key for of_row in keys if (key := of_row[subject])})
    held = session.execute(text(HELD.format(table=TABLES[subject])), {"keys": wanted})
    return {row.key: dict(row.custom) for row in held}


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


def _change(
    values: Mapping[CustomSubject, Values],
    keys: Keys,
    held: Mapping[CustomSubject, dict[uuid.UUID, Values]],
    changes: Mapping[CustomSubject, dict[uuid.UUID, Values]],
) -> dict[str, Any]:
    """Note what differs, also for the rows below; answers old and new of it by subject and code."""
    before: dict[str, Any] = {}
    for subject, told in values.items():
        if (key := keys[subject]) is None:
            continue
        now = held[subject][key]
        changed = {code: value for code, value in told.items() if now.get(code) != value}
        if changed:
            before[subject.value] = {code: {"old": now.get(code), "new": value} for code, value in changed.items()}
            now.update(changed)
            changes[subject].setdefault(key, {}).update(changed)
    return before


def _put_back(
    session: Session, subject: CustomSubject, key: uuid.UUID | None, code: str, both: Mapping[str, Any]
) -> int:
    table = TABLES[subject]
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
