"""An import from file to records: planned and shown, applied in one transaction, told as a result."""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session, defer

from abm.config import Settings
from abm.customers.domains import SharedDomains
from abm.customers.refolds import ask_refold
from abm.errors import Conflict, Invalid, NotFound
from abm.importers.attend import WebinarPlan, plan_webinar, write_webinar
from abm.importers.columns import check_columns, find_columns, kind_of
from abm.importers.facts import load_facts
from abm.importers.plan import Facts, Plan, PlannedRow, Planner
from abm.importers.rows import Problem, RowReader
from abm.importers.sheet import Choices, Sheet, read_sheet
from abm.importers.webinar import WebinarReport, read_webinar
from abm.importers.write import Origin, copy_rows, new_id, to_json, write_plan
from abm.models import Import, ImportRow
from abm.queue import enqueue
from abm.words import ConsentBasis, ImportField, ImportKind, ImportState, MatchStrength, RowAction

# Matching must see what another import is about to write: one applies at a time.
APPLY_LOCK = 7_202_602
EVALUATE = text("update accounts set evaluate_at = :at where id = any(cast(:ids as uuid[]))")
ROW_COLUMNS = (
    "import_id",
    "line",
    "action",
    "strength",
    "values",
    "fingerprint",
    "problems",
    "account_id",
    "contact_id",
    "before",
    "applied_at",
)


@dataclass(frozen=True)
class Request:
    """What is asked of a file: what it holds, how to read it, and on what ground its people may be mailed."""

    kind: ImportKind | None = None
    choices: Choices = field(default_factory=Choices)
    consent: ConsentBasis | None = None
    is_sample: bool = False
    by: uuid.UUID | None = None


@dataclass
class Prepared:
    """A file read and planned against the records of this moment."""

    kind: ImportKind
    sheet: Sheet
    columns: dict[ImportField, int]
    plan: Plan
    facts: Facts
    webinar: WebinarPlan | None = None


def plan_import(
    session: Session,
    *,
    name: str,
    content: bytes,
    settings: Settings,
    at: datetime,
    kind: ImportKind | None = None,
    mapping: Mapping[str, str] | None = None,
    consent: ConsentBasis | None = None,
    is_sample: bool = False,
    by: uuid.UUID | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Import:
    """Read a file and keep it with what its rows would do; changes no record. Raises Invalid when it cannot be read."""
    request = _request(kind, mapping, consent, is_sample, by, overrides or {})
    record, prepared = _begin(session, name, content, request, settings, at)
    _store_rows(session, record, prepared, applied_at=None)
    return record


def import_now(
    session: Session,
    *,
    name: str,
    content: bytes,
    settings: Settings,
    at: datetime,
    kind: ImportKind | None = None,
    mapping: Mapping[str, str] | None = None,
    consent: ConsentBasis | None = None,
    is_sample: bool = False,
    by: uuid.UUID | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Import:
    """Plan and apply in one go, for who does not want to look first: the file is read once."""
    _one_at_a_time(session)
    request = _request(kind, mapping, consent, is_sample, by, overrides or {})
    record, prepared = _begin(session, name, content, request, settings, at)
    _write(session, record, prepared, at)
    return record


def apply_import(session: Session, import_id: uuid.UUID, at: datetime) -> Import:
    """Do what the plan says, planned anew against today's records; a second call changes nothing."""
    _one_at_a_time(session)
    record = _locked(session, import_id)
    if record.state == ImportState.APPLIED:
        return record
    if record.state == ImportState.UNDONE:
        raise Conflict("this import was undone; import the file again")
    prepared = _prepare(session, record.filename, record.content, _request_of(record), _shared(record), _zone(record))
    session.execute(delete(ImportRow).where(ImportRow.import_id == record.id))
    _write(session, record, prepared, at)
    return record


def get_import(session: Session, import_id: uuid.UUID) -> Import:
    """The import, or NotFound; its file is loaded only when somebody reads it."""
    record = session.get(Import, import_id, options=[defer(Import.content)])
    if record is None:
        raise NotFound(f"no import {import_id}; the list of imports shows their ids")
    return record


def read_again(record: Import) -> Sheet:
    """The sheet of a stored import, as it was read."""
    return read_sheet(record.content, record.filename, _request_of(record).choices)


def _begin(
    session: Session, name: str, content: bytes, request: Request, settings: Settings, at: datetime
) -> tuple[Import, Prepared]:
    choices = {
        "mapping": dict(request.choices.mapping or {}),
        "encoding": request.choices.encoding,
        "delimiter": request.choices.delimiter,
        "header_row": request.choices.header_row,
        "kind": request.kind.value if request.kind else None,
        "shared_domains": list(settings.shared_domains),
        "time_zone": settings.time_zone,
        "language": settings.language,
    }
    shared = SharedDomains(settings.shared_domains)
    prepared = _prepare(session, name, content, request, shared, settings.zone)
    record = Import(
        id=session.scalar(text("select uuidv7()")),
        kind=prepared.kind.value,
        state=ImportState.PLANNED.value,
        filename=name,
        content=content,
        choices=choices,
        found=_found(prepared),
        counts=_counts(prepared.plan),
        consent_basis=request.consent.value if request.consent else None,
        is_sample=request.is_sample,
        by_user_id=request.by,
        created_at=at,
    )
    session.add(record)
    session.flush()
    return record, prepared


def _prepare(
    session: Session, name: str, content: bytes, request: Request, shared: SharedDomains, zone: ZoneInfo
) -> Prepared:
    sheet = read_sheet(content, name, request.choices)
    columns = find_columns(sheet.header, request.choices.mapping)
    kind = request.kind or kind_of(columns) or ImportKind.CUSTOMERS
    check_columns(columns, kind, sheet.header)
    if not sheet.rows:
        raise Invalid("there are no rows below the header; add some and import the file again", name, "no_rows")
    report = read_webinar(sheet, columns, zone) if kind == ImportKind.WEBINAR else None
    return _planned(session, Prepared(kind, sheet, columns, Plan(), Facts()), report, request, shared)


def _planned(
    session: Session, prepared: Prepared, report: WebinarReport | None, request: Request, shared: SharedDomains
) -> Prepared:
    if report:
        rows = [person.row for person in report.people]
    else:
        reader = RowReader(prepared.sheet, prepared.columns)
        rows = [reader.read(line) for line in prepared.sheet.rows]
    prepared.facts = load_facts(session, rows, shared)
    planner = Planner(prepared.facts, shared, consent=request.consent is not None, new_id=new_id)
    prepared.plan = planner.plan
    if report:
        prepared.webinar = plan_webinar(session, report, planner)
    else:
        planner.decide(rows)
    return prepared


def _write(session: Session, record: Import, prepared: Prepared, at: datetime) -> None:
    origin = Origin(
        record.id,
        at,
        _zone(record),
        record.by_user_id,
        record.is_sample,
        ConsentBasis(record.consent_basis) if record.consent_basis else None,
        record.choices["language"],
    )
    heavier = write_plan(session, prepared.plan, prepared.facts, origin)
    if prepared.webinar:
        write_webinar(session, prepared.webinar, prepared.facts, origin)
    _store_rows(session, record, prepared, applied_at=at)
    ask_refold(session, [uuid.UUID(contact) for contact in heavier])
    record.state, record.applied_at = ImportState.APPLIED.value, at
    record.found, record.counts = _found(prepared), _counts(prepared.plan)
    session.flush()
    _ask_for_stages(session, prepared, at)
    enqueue(session, "fold_events")


def _ask_for_stages(session: Session, prepared: Prepared, at: datetime) -> None:
    """New accounts wait for their first stage anyway; an older one may move because somebody is known there now."""
    grown = {contact.account_id for contact in prepared.facts.contacts.values() if contact.is_new}
    older = [account for account in grown if not prepared.facts.accounts[account].is_new]
    session.execute(EVALUATE, {"at": at, "ids": older})
    enqueue(session, "evaluate_accounts")


def _store_rows(session: Session, record: Import, prepared: Prepared, *, applied_at: datetime | None) -> None:
    """Keep what each row does; ids of records that are only planned are not kept."""
    copy_rows(session, "import_rows", ROW_COLUMNS, _row_records(record, prepared, applied_at))


def _row_records(record: Import, prepared: Prepared, applied_at: datetime | None) -> Iterator[tuple[Any, ...]]:
    cells = dict(prepared.sheet.rows)
    for row in prepared.plan.rows:
        yield (
            record.id,
            row.line,
            row.action.value,
            row.strength.value if row.strength else None,
            to_json(_typed(prepared.columns, cells[row.line])),
            row.fingerprint,
            to_json([_problem(problem) for problem in row.problems]) if row.problems else "[]",
            row.account_id if applied_at or not _is_new(prepared.facts.accounts, row.account_id) else None,
            row.contact_id if applied_at or not _is_new(prepared.facts.contacts, row.contact_id) else None,
            to_json(_before(row, prepared.facts)) if row.before else None,
            applied_at,
        )


def _problem(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "column": problem.column, "value": problem.value, "rejects": problem.rejects}


def _typed(columns: Mapping[ImportField, int], cells: list[str]) -> dict[str, str]:
    return {field.value: cells[at].strip() for field, at in columns.items() if at < len(cells) and cells[at].strip()}


def _is_new(records: Mapping[str, Any], record_id: str | None) -> bool:
    return record_id is not None and record_id in records and bool(records[record_id].is_new)


def _before(row: PlannedRow, facts: Facts) -> dict[str, Any]:
    """Old and new value of each field that this row was the first to change."""
    fields = {
        "account": facts.accounts[row.account_id].fields if row.account_id in facts.accounts else {},
        "contact": facts.contacts[row.contact_id].fields if row.contact_id in facts.contacts else {},
    }
    return {
        noun: {name: {"old": old, "new": fields[noun].get(name)} for name, old in changed.items()}
        for noun, changed in (row.before or {}).items()
    }


def _found(prepared: Prepared) -> dict[str, Any]:
    sheet, webinar = prepared.sheet, prepared.webinar
    found: dict[str, Any] = {
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
        "sheet": sheet.sheet_name,
        "header_row": sheet.header_row,
        "header": list(sheet.header),
        "columns": {field.value: sheet.header[at] for field, at in prepared.columns.items()},
        "added_domains": [
            [a.id, domain] for a in prepared.facts.accounts.values() if not a.is_new for domain in a.new_domains
        ],
    }
    if webinar:
        found["webinar"] = {"title": webinar.report.title, "held_at": webinar.report.held_at.isoformat()}
    return found


def _counts(plan: Plan) -> dict[str, Any]:
    actions = Counter(row.action for row in plan.rows)
    auto = Counter(row.strength for row in plan.rows if not row.review)
    return {
        "rows": len(plan.rows),
        "create": actions[RowAction.CREATE],
        "update": actions[RowAction.UPDATE],
        "unchanged": actions[RowAction.UNCHANGED],
        "rejected": actions[RowAction.REJECT],
        "review": sum(row.review for row in plan.rows),
        "flagged": sum(bool(row.problems) and row.action != RowAction.REJECT for row in plan.rows),
        "match": {"sure": auto[MatchStrength.SURE], "strong": auto[MatchStrength.STRONG]},
    }


def _request(
    kind: ImportKind | None,
    mapping: Mapping[str, str] | None,
    consent: ConsentBasis | None,
    is_sample: bool,
    by: uuid.UUID | None,
    overrides: Mapping[str, Any],
) -> Request:
    header_row = str(overrides.get("header_row") or "")
    if not header_row.isdecimal() and header_row:
        raise Invalid(f"header row {header_row!r} is no line number; give the line of the column names", "header_row")
    choices = Choices(
        overrides.get("encoding"), overrides.get("delimiter"), int(header_row) if header_row else None, mapping
    )
    return Request(kind, choices, consent, is_sample, by)


def _request_of(record: Import) -> Request:
    chosen = record.choices
    kind = ImportKind(chosen["kind"]) if chosen.get("kind") else None
    consent = ConsentBasis(record.consent_basis) if record.consent_basis else None
    return _request(kind, chosen.get("mapping"), consent, record.is_sample, record.by_user_id, chosen)


def _shared(record: Import) -> SharedDomains:
    return SharedDomains(record.choices.get("shared_domains", ()))


def _zone(record: Import) -> ZoneInfo:
    return ZoneInfo(record.choices["time_zone"])


def _locked(session: Session, import_id: uuid.UUID) -> Import:
    record = session.scalar(select(Import).where(Import.id == import_id).with_for_update())
    if record is None:
        raise NotFound(f"no import {import_id}; the list of imports shows their ids")
    return record


def _one_at_a_time(session: Session) -> None:
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": APPLY_LOCK})
