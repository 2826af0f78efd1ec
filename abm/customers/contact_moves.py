"""Moving a person's records to another record of the same person and back: a statement per table, each written down."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Index, Table, text
from sqlalchemy.orm import Session

from abm.db import Base
from abm.models import ContactMerge

# Not moved: what scores compute anew, what tells of a file's rows, and what has rules of its own.
STAYING = frozenset(
    (
        "contact_merges",
        "contact_pairs",
        "contact_scores",
        "contacts",
        "import_rows",
        "refolds",
        "score_entries",
        "segment_members",
        "watched_members",
    )
)
# What has come since by something that was moved goes back with it: by which columns, to which tables.
FOLLOWING = (
    ("messages", "enrollment_id", "enrollments"),
    ("events", "message_id", "messages"),
    ("mqa_changes", "event_id", "events"),
    ("account_returns", "event_id", "events"),
    ("tasks", "enrollment_id", "enrollments"),
    ("timeline_items", "subject_id", "events"),
    ("timeline_items", "subject_id", "messages"),
    ("timeline_items", "subject_id", "enrollments"),
    ("timeline_items", "subject_id", "tasks"),
)


@dataclass(frozen=True)
class Moving:
    """One table whose rows tell of a person; `twins` are the unique indexes that allow a person one row of a kind."""

    name: str
    twins: tuple[Index, ...]

    @property
    def but_twins(self) -> str:
        """The condition on rows that do not stand at the one who stays already."""
        return "".join(f" and not exists ({_twin(self.name, index)})" for index in self.twins)


@cache
def moving_tables() -> tuple[Moving, ...]:
    """Every table with a person's records: a new one moves along without being named here."""
    return tuple(_moving(table) for table in Base.metadata.sorted_tables if _moves(table))


def move_person(session: Session, merge: ContactMerge) -> int:
    """Bring everything of the person who goes to the one who stays; answers how many records that were."""
    return sum(
        _run(
            session,
            f"""
            with moved as (
                update {table.name} t set contact_id = :stays
                where t.contact_id = :gone{table.but_twins} returning t.id
            )
            insert into contact_merge_moves (merge_id, noun, record_id) select :merge, '{table.name}', id from moved
            """,  # noqa: S608  names are our own tables
            merge,
        )
        for table in moving_tables()
    )


def move_person_back(session: Session, merge: ContactMerge) -> None:
    """Give the person back what was brought, and what has come since by it."""
    for table in moving_tables():
        _run(
            session,
            f"""
            update {table.name} t set contact_id = :gone from contact_merge_moves v
            where v.merge_id = :merge and v.noun = '{table.name}' and t.id = v.record_id and t.contact_id = :stays
            """,  # noqa: S608  names are our own tables
            merge,
        )
    for name, column, other in FOLLOWING:
        _run(
            session,
            f"""
            update {name} t set contact_id = :gone from {other} o
            where t.contact_id = :stays and o.id = t.{column} and o.contact_id = :gone
            """,  # noqa: S608  names are our own tables
            merge,
        )


def count_records(session: Session, contact_id: uuid.UUID) -> dict[str, int]:
    """How many records of each table tell of a person."""
    counting = " union all ".join(
        f"select '{table.name}' as name, count(*) as rows from {table.name} where contact_id = :id"  # noqa: S608
        for table in moving_tables()
    )
    return {name: rows for name, rows in session.execute(text(counting), {"id": contact_id}) if rows}


def _moves(table: Table) -> bool:
    return table.name not in STAYING and "contact_id" in table.columns and "id" in table.columns


def _moving(table: Table) -> Moving:
    return Moving(table.name, tuple(sorted((i for i in table.indexes if _is_twin(i)), key=lambda i: str(i.name))))


def _is_twin(index: Index) -> bool:
    # An index with an id of what moves along as well can hold no twin.
    names = {getattr(column, "name", None) for column in index.expressions}
    return index.unique and "contact_id" in names and "enrollment_id" not in names


def _twin(table: str, index: Index) -> str:
    others = [column.name for column in index.columns if column.name != "contact_id"]
    same = "".join(f" and u.{name} is not distinct from t.{name}" for name in others)
    return f"select from {table} u where u.contact_id = :stays{same}"


def _run(session: Session, statement: str, merge: ContactMerge) -> int:
    values = {"merge": merge.id, "gone": merge.contact_id, "stays": merge.into_contact_id}
    bound = {name: value for name, value in values.items() if f":{name}" in statement}
    result: Any = session.execute(text(statement), bound)
    return int(result.rowcount)
