"""Moving an account's records to another and back: a statement per table, each record written down."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from abm.db import Base
from abm.models import AccountMerge
from abm.words import ItemKind, MqaCause

# Not moved: what only tells of the account itself, what scores compute anew, and what has rules of its own.
STAYING = frozenset(
    (
        "account_domains",
        "account_heat",
        "account_merges",
        "contact_scores",
        "departments",
        "holdouts",
        "import_rows",
        "match_pairs",
        "people_searches",
        "score_entries",
        "stage_changes",
    )
)
# Of these tables only some rows move: an account's own stages and merges are no history of the other.
ONLY = {
    "timeline_items": (
        f"kind <> '{ItemKind.STAGE_CHANGED}'"
        f" and (kind not in ('{ItemKind.MERGED}', '{ItemKind.MERGE_UNDONE}') or contact_id is not null)"
    ),
    "mqa_changes": f"handed_over_at is null and cause <> '{MqaCause.LEFT}'",
}
# Contacts first: what came since the merge goes back with its contact.
FIRST = "contacts"
DEPARTMENTS = "departments"


@dataclass(frozen=True)
class Moving:
    """One table whose rows belong to an account."""

    name: str
    has_contact: bool
    has_department: bool

    @property
    def only(self) -> str:
        """The condition on the rows that move."""
        return ONLY.get(self.name, "true")


@cache
def moving_tables() -> tuple[Moving, ...]:
    """Every table with an account's records: a new one moves along without being named here."""
    found = [_moving(table) for table in Base.metadata.sorted_tables if _moves(table)]
    return tuple(sorted(found, key=lambda one: one.name != FIRST))


def move_records(session: Session, merge: AccountMerge) -> int:
    """Bring everything of the account that goes to the one that stays; answers how many records that were."""
    _note_what_stayed(session, merge)
    moved = _move_departments(session, merge)
    for table in moving_tables():
        department = ", department_id = coalesce(d.kept, t.department_id)" if table.has_department else ""
        join = f"left join ({JOINED_DEPARTMENTS}) d on d.gone = o.department_id" if table.has_department else ""
        kept = "d.kept" if table.has_department else "null"
        source = f"select o.id, {kept} as kept from {table.name} o {join}"  # noqa: S608  names are our own tables
        moved += _run(
            session,
            f"""
            with moved as (
                update {table.name} t set account_id = :stays{department}
                from ({source} where o.account_id = :gone and {table.only}) d where d.id = t.id returning t.id
            )
            insert into merge_moves (merge_id, noun, record_id) select :merge, '{table.name}', id from moved
            on conflict do nothing
            """,  # noqa: S608  names are our own tables
            merge,
        )
    return moved


def move_back(session: Session, merge: AccountMerge) -> None:
    """Give the account back what it brought, with all that has happened to its people and departments since."""
    _return(session, merge, DEPARTMENTS)
    for table in moving_tables():
        _return(session, merge, table.name)
        if table.has_contact and table.name != FIRST:
            _follow(session, merge, table)
    for table in moving_tables():
        if table.has_department:
            _part_departments(session, merge, table.name)


def moved_contacts(session: Session, merge: AccountMerge) -> list[uuid.UUID]:
    """The people the merge brought along."""
    statement = text("select record_id from merge_moves where merge_id = :merge and noun = :noun and not stayed")
    return list(session.scalars(statement, {"merge": merge.id, "noun": FIRST}))


def has_strays(session: Session, merge: AccountMerge) -> bool:
    """Whether something has arrived at the account that went since it was merged."""
    arrived = " or ".join(
        f"exists (select from {table.name} where account_id = :gone and {table.only})" for table in moving_tables()
    )
    return bool(session.scalar(text(f"select {arrived}"), {"gone": merge.account_id}))


# The departments of both accounts that bear one name, as the merge has written them down.
JOINED_DEPARTMENTS = """
    select cast(j ->> 'gone' as uuid) as gone, cast(j ->> 'kept' as uuid) as kept
    from account_merges m, jsonb_array_elements(m.joined -> 'departments') j where m.id = :merge
"""


def _moves(table: Table) -> bool:
    return table.name not in STAYING and "account_id" in table.columns and "id" in table.columns


def _moving(table: Table) -> Moving:
    return Moving(table.name, "contact_id" in table.columns, "department_id" in table.columns)


def _note_what_stayed(session: Session, merge: AccountMerge) -> None:
    """Records of these people that stand at the other account already: they will not go back with them."""
    for table in moving_tables():
        if table.has_contact:
            _run(
                session,
                f"""
                insert into merge_moves (merge_id, noun, record_id, stayed)
                select :merge, '{table.name}', t.id, true
                from contacts c join {table.name} t on t.contact_id = c.id
                where c.account_id = :gone and t.account_id = :stays
                on conflict do nothing
                """,  # noqa: S608  names are our own tables
                merge,
            )


def _move_departments(session: Session, merge: AccountMerge) -> int:
    """Departments whose name the other account has not are moved whole."""
    return _run(
        session,
        f"""
        with moved as (
            update departments d set account_id = :stays
            where d.account_id = :gone and d.id not in (select gone from ({JOINED_DEPARTMENTS}) j)
            returning d.id
        )
        insert into merge_moves (merge_id, noun, record_id) select :merge, 'departments', id from moved
        on conflict do nothing
        """,  # noqa: S608  names are our own tables
        merge,
    )


def _return(session: Session, merge: AccountMerge, table: str) -> None:
    """What was moved and has not been moved on since goes back."""
    _run(
        session,
        f"""
        update {table} t set account_id = :gone from merge_moves v
        where v.merge_id = :merge and v.noun = '{table}' and not v.stayed and t.id = v.record_id
          and t.account_id = :stays
        """,  # noqa: S608  names are our own tables
        merge,
    )


def _follow(session: Session, merge: AccountMerge, table: Moving) -> None:
    """Later records go with their contact; those of nobody in particular with their department."""
    for condition in _followers(table):
        _run(
            session,
            f"""
            update {table.name} t set account_id = :gone
            where t.account_id = :stays and {condition} and not exists (
                select from merge_moves v where v.merge_id = :merge and v.noun = '{table.name}'
                  and v.record_id = t.id and v.stayed
            )
            """,  # noqa: S608  names are our own tables
            merge,
        )


def _followers(table: Moving) -> Iterator[str]:
    came = "select v.record_id from merge_moves v where v.merge_id = :merge and not v.stayed and v.noun ="
    back = "select c.id from contacts c where c.account_id = :gone"
    yield f"t.contact_id in ({came} 'contacts') and t.contact_id in ({back})"
    if table.has_department:
        yield f"t.contact_id is null and t.department_id in ({came} 'departments')"


def _part_departments(session: Session, merge: AccountMerge, table: str) -> None:
    """Whoever went back is in a department of the own account again; a shared one gets a twin where it is needed."""
    _run(
        session,
        f"""
        update {table} t set department_id = d.gone from ({JOINED_DEPARTMENTS}) d
        where t.account_id = :gone and t.department_id = d.kept
        """,  # noqa: S608  names are our own tables
        merge,
    )
    strangers = f"""
        {table} t join departments d on d.id = t.department_id
        where t.account_id in (:gone, :stays) and d.account_id in (:gone, :stays) and d.account_id <> t.account_id
    """
    _run(
        session,
        f"""
        insert into departments (account_id, name, normalised_name, owner_id)
        select distinct on (t.account_id, d.normalised_name) t.account_id, d.name, d.normalised_name, d.owner_id
        from {strangers} on conflict (account_id, normalised_name) do nothing
        """,  # noqa: S608  names are our own tables
        merge,
    )
    _run(
        session,
        f"""
        update {table} u set department_id = twin.id
        from (select t.id, t.account_id, d.normalised_name from {strangers}) s
        join departments twin on twin.account_id = s.account_id and twin.normalised_name = s.normalised_name
        where u.id = s.id
        """,  # noqa: S608  names are our own tables
        merge,
    )


def _run(session: Session, statement: str, merge: AccountMerge) -> int:
    values = {"merge": merge.id, "gone": merge.account_id, "stays": merge.into_account_id}
    bound = {name: value for name, value in values.items() if f":{name}" in statement}
    result: Any = session.execute(text(statement), bound)
    return int(result.rowcount)
