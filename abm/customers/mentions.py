"""Where people of an account are mentioned: masking one of them in records, in rows of files, and in caught mails."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from abm.connectors.mail.mailbox import words_of
from abm.customers.names import core_name
from abm.customers.traces import Traces
from abm.db import Base
from abm.models import Account
from abm.words import FileGone, ImportField

# Columns of an account's records in which people write freely; the other columns hold words of ours and numbers.
FREE_WORDS = frozenset(
    (
        "body",
        "competitors",
        "ends_because",
        "issues",
        "memo",
        "name",
        "note",
        "question",
        "said",
        "subject",
        "text",
        "topic",
        "what",
        "words",
    )
)
# What has rules of its own: departments are called what they are, rows of files have no id.
NEVER_MASKED = frozenset(("departments", "import_rows"))
# A record of the account itself, and lines about its tasks and deals, name no account.
BESIDE = (
    ("accounts", "custom", True, "id = :account"),
    ("task_changes", "text", False, "task_id in (select id from tasks where account_id = :account)"),
)
# So many mails are in memory at once.
MAILS = 100
# A file of this sort is packed: no word can be looked for in it.
PACKED = b"PK\x03\x04"
# What files of words are written in; a sign that one lacks is in no file of that encoding.
ENCODINGS = ("utf-8", "cp932", "euc_jp", "utf-16-le", "utf-16-be", "iso2022_jp")

ROWS = text(
    """
    select import_id, line, values, problems, before from import_rows
    where account_id = :account and concat(values::text, problems::text, before::text) ilike any(:likes)
    """
)
# Rows that were given back belong to no account: whose they are, name and number or name and firm tell together.
STRAYS = text(
    """
    select import_id, line, values, problems, before from import_rows
    where account_id is null and concat(values::text, problems::text) ilike any(:likes)
    """
)
CHANGE_ROWS = text(
    """
    update import_rows r set values = v.values, problems = v.problems, before = v.before, fingerprint = null
    from jsonb_to_recordset(cast(:rows as jsonb)) as v (import_id uuid, line bigint, values jsonb, problems jsonb,
        before jsonb)
    where r.import_id = v.import_id and r.line = v.line
    """
)
FILES = text(
    """
    select id from imports where content <> '' and id in (select import_id from import_rows where account_id = :account)
      and (substring(content from 1 for 4) = :packed or exists (
        select from unnest(cast(:spellings as bytea[])) as s (spelling) where position(spelling in content) > 0))
    """
)
FILENAMES = text(
    """
    select id, filename from imports
    where id in (select import_id from import_rows where account_id = :account) and filename ilike any(:likes)
    """
)
DROP_FILES = text("update imports set content = '', file_gone = :why where id = any(:ids) and content <> ''")
CAUGHT = text(
    """
    select number, raw from caught_mails where number > :after and (
        message_id in (select message_id from messages where account_id = :account)
        or rcpt_to in (select cast(email as text) from contacts where account_id = :account and email is not null)
        or rcpt_to in (select cast(email as text) from users))
    order by number limit :limit
    """
)


def mask_mentions(session: Session, account_id: uuid.UUID, traces: Traces, namesakes: Sequence[uuid.UUID]) -> None:
    """Take a person out of what was written about the account.

    Where only a family name is said, in a record of a colleague of that name, the colleague is meant.
    """
    told = {"account": account_id, "likes": traces.likes}
    for table, column, is_json, where in _free_columns():
        _mask_column(session, table, column, is_json, where, told, traces, set(namesakes))
    _mask_audit(session, account_id, traces)


def mask_rows(session: Session, account_id: uuid.UUID, traces: Traces) -> set[uuid.UUID]:
    """Mask a person in what files said of the account; old values and new stay equal to what they are compared with.

    Answers the imports whose files name the person.
    """
    told = {"account": account_id, "likes": traces.likes}
    changed = []
    firm = core_name(session.get_one(Account, account_id).name)
    strays = (row for row in session.execute(STRAYS, told) if _means(row.values, firm, traces))
    for row in (*session.execute(ROWS, told), *strays):
        masked = {name: traces.mask(getattr(row, name)) for name in ("values", "problems", "before")}
        if any(masked[name] != getattr(row, name) for name in masked):
            changed.append({"import_id": str(row.import_id), "line": row.line, **masked})
    if changed:
        session.execute(CHANGE_ROWS, {"rows": json.dumps(changed, ensure_ascii=False)})
    for import_id, filename in session.execute(FILENAMES, told).all():
        renamed = text("update imports set filename = :filename where id = :id")
        session.execute(renamed, {"id": import_id, "filename": traces.mask(filename)})
    spelled = [code for one in traces.spellings() if one for code in _encoded(one)]
    files = session.scalars(FILES, {"account": account_id, "packed": PACKED, "spellings": spelled})
    return {uuid.UUID(row["import_id"]) for row in changed} | set(files)


def _means(values: Mapping[str, Any], firm: str, traces: Traces) -> bool:
    """Whether a row without an account is about the person, and not about somebody of that name elsewhere."""
    return traces.reaches(values) or core_name(str(values.get(ImportField.COMPANY) or "")) == firm


def drop_files(session: Session, import_ids: Sequence[uuid.UUID]) -> None:
    """Keep these files no longer: they name somebody who was erased."""
    session.execute(DROP_FILES, {"ids": list(import_ids), "why": FileGone.PERSON_ERASED})


def drop_caught(session: Session, account_id: uuid.UUID, traces: Traces) -> None:
    """Forget mails to colleagues that the local mailbox has caught and that name the person."""
    after, naming = 0, []
    while mails := session.execute(CAUGHT, {"account": account_id, "after": after, "limit": MAILS}).all():
        after = mails[-1].number
        for number, raw in mails:
            words = words_of(raw)
            naming += [number] if traces.mask(words) != words else []
    session.execute(text("delete from caught_mails where number = any(:numbers)"), {"numbers": naming})


def _mask_column(
    session: Session,
    table: str,
    column: str,
    is_json: bool,
    where: str,
    told: dict[str, Any],
    traces: Traces,
    namesakes: set[uuid.UUID],
) -> None:
    person = _person_column(table)
    naming = f"{where} and {column}::text ilike any(:likes)"
    rows = f"select id, {person} as person, {column} as said from {table} where {naming}"  # noqa: S608  our own tables
    found = session.execute(text(rows), told).all()
    masked = [(row.id, row.said, traces.mask(row.said, addressed=row.person not in namesakes)) for row in found]
    changed = [{"id": key, "said": _kept(new, is_json)} for key, old, new in masked if new != old]
    if changed:
        said = "cast(:said as jsonb)" if is_json else ":said"
        session.execute(text(f"update {table} set {column} = {said} where id = :id"), changed)  # noqa: S608


def _mask_audit(session: Session, account_id: uuid.UUID, traces: Traces) -> None:
    """Old and new values of the account's records."""
    records = " union all ".join(
        f"select '{table.removesuffix('s')}', id from {table} where account_id = :account"  # noqa: S608  our own tables
        for table in sorted({name for name, *_ in _free_columns()} - {table for table, *_ in BESIDE})
    )
    found = session.execute(
        text(
            "select id, detail from audit_entries where (subject, subject_id) in"  # noqa: S608  our own tables
            f" (select 'account', cast(:account as uuid) union all {records}) and detail::text ilike any(:likes)"
        ),
        {"account": account_id, "likes": traces.likes},
    ).all()
    masked = [(row.id, row.detail, traces.mask(row.detail)) for row in found]
    changed = [{"id": key, "detail": _kept(new, True)} for key, old, new in masked if new != old]
    if changed:
        session.execute(text("update audit_entries set detail = cast(:detail as jsonb) where id = :id"), changed)


def _free_columns() -> Iterator[tuple[str, str, bool, str]]:
    """(table, column, is a document, rows) of everything written about accounts; a new table is masked too."""
    for table in Base.metadata.sorted_tables:
        if table.name in NEVER_MASKED or not {"id", "account_id"} <= set(table.columns.keys()):
            continue
        for column in table.columns:
            if isinstance(column.type, JSONB):
                yield table.name, column.name, True, "account_id = :account"
            elif column.name in FREE_WORDS:
                yield table.name, column.name, False, "account_id = :account"
    yield from BESIDE


def _person_column(table: str) -> str:
    """The column that says whose a row is."""
    if table == "contacts":
        return "id"
    return "contact_id" if "contact_id" in Base.metadata.tables[table].columns else "null"


def _kept(said: Any, is_json: bool) -> Any:
    return json.dumps(said, ensure_ascii=False) if is_json else said


def _encoded(spelling: str) -> Iterator[bytes]:
    for encoding in ENCODINGS:
        try:
            yield spelling.encode(encoding)
        except UnicodeEncodeError:
            continue
