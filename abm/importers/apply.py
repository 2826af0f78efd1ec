"""An import from file to records: planned and shown, applied in one transaction, told as a result."""

import gc
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
from abm.importers.copying import Copier
from abm.importers.facts import load_facts
from abm.importers.kept import ROW_COLUMNS, KeptRows
from abm.importers.mappings import find_mapping, remember_mapping
from abm.importers.plan import Facts, Plan, PlannedRow, Planner
from abm.importers.rows import CustomerRow, RowReader
from abm.importers.sheet import Choices, Sheet, read_sheet
from abm.importers.webinar import WebinarReport, read_webinar
from abm.importers.write import Origin, PlanWriter, new_id
from abm.models import AuditEntry, Import, ImportRow
from abm.queue import enqueue
from abm.words import ConsentBasis, ImportField, ImportKind, ImportState, MatchStrength, RowAction

# Matching must see what another import is about to write: one applies at a time.
APPLY_LOCK = 7_202_602
EVALUATE = text("update accounts set evaluate_at = :at where id = any(cast(:ids as uuid[]))")
# Rows decided between two deliveries to the server: it works on one piece while the next is thought about.
PIECE = 2_000


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
    """A file as it was read, and what is planned with it against the records of this moment."""

    kind: ImportKind
    sheet: Sheet
    columns: dict[ImportField, int]
    report: WebinarReport | None = None
    plan: Plan = field(default_factory=Plan)
    facts: Facts = field(default_factory=Facts)
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
    prepared, request = _read_as_before(session, name, content, request, settings.zone, at)
    record = _keep(session, name, content, request, settings, at, prepared.kind)
    _plan(session, record, prepared)
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
    prepared, request = _read_as_before(session, name, content, request, settings.zone, at)
    record = _keep(session, name, content, request, settings, at, prepared.kind)
    _apply(session, record, prepared, at)
    session.add(AuditEntry(at=at, user_id=by, act="import.applied", subject="import", subject_id=record.id))
    return record


def apply_import(session: Session, import_id: uuid.UUID, at: datetime) -> Import:
    """Do what the plan says, planned anew against today's records; a second call changes nothing."""
    _one_at_a_time(session)
    record = _locked(session, import_id)
    if record.state == ImportState.APPLIED:
        return record
    if record.state == ImportState.UNDONE:
        raise Conflict("this import was undone; import the file again")
    prepared = _read(record.filename, record.content, _request_of(record), _zone(record))
    session.execute(delete(ImportRow).where(ImportRow.import_id == record.id))
    _apply(session, record, prepared, at)
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


def _read_as_before(
    session: Session, name: str, content: bytes, request: Request, zone: ZoneInfo, at: datetime
) -> tuple[Prepared, Request]:
    """The file read as asked, or, when nothing is asked, by the columns chosen for such a header the last time."""
    if request.choices.mapping:
        prepared = _read(name, content, request, zone)
        remember_mapping(session, prepared.sheet.header, request.choices.mapping, by=request.by, at=at)
        return prepared, request
    sheet = read_sheet(content, name, request.choices)
    if mapping := find_mapping(session, sheet.header):
        request = replace(request, choices=replace(request.choices, mapping=mapping))
    return _read(name, content, request, zone, sheet), request


def _read(name: str, content: bytes, request: Request, zone: ZoneInfo, sheet: Sheet | None = None) -> Prepared:
    sheet = sheet or read_sheet(content, name, request.choices)
    columns = find_columns(sheet.header, request.choices.mapping)
    kind = request.kind or kind_of(columns) or ImportKind.CUSTOMERS
    check_columns(columns, kind, sheet.header)
    if not sheet.rows:
        raise Invalid("there are no rows below the header; add some and import the file again", name, "no_rows")
    report = read_webinar(sheet, columns, zone) if kind == ImportKind.WEBINAR else None
    return Prepared(kind, sheet, columns, report)


def _keep(
    session: Session,
    name: str,
    content: bytes,
    request: Request,
    settings: Settings,
    at: datetime,
    kind: ImportKind,
) -> Import:
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
    record = Import(
        id=session.scalar(text("select uuidv7()")),
        kind=kind.value,
        state=ImportState.PLANNED.value,
        filename=name,
        content=content,
        choices=choices,
        found={},
        counts={},
        consent_basis=request.consent.value if request.consent else None,
        is_sample=request.is_sample,
        by_user_id=request.by,
        created_at=at,
    )
    session.add(record)
    session.flush()
    return record


def _plan(session: Session, record: Import, prepared: Prepared) -> None:
    """Decide about every row and keep what was decided; no record changes."""
    with collected_later(), Copier(session) as copier:
        planner, rows = _planner(session, record, prepared)
        _decide(session, prepared, planner, rows)
        kept = _kept_rows(record, prepared, None)
        copier.copy("import_rows", ROW_COLUMNS, kept.of(prepared.plan.rows))
    record.found, record.counts = _found(prepared), _counts(prepared.plan)
    session.flush()


def _apply(session: Session, record: Import, prepared: Prepared, at: datetime) -> None:
    heavier = _write(session, record, prepared, _origin(record, at))
    ask_refold(session, [uuid.UUID(contact) for contact in heavier])
    record.state, record.applied_at = ImportState.APPLIED.value, at
    record.found, record.counts = _found(prepared), _counts(prepared.plan)
    session.flush()
    _ask_for_stages(session, prepared, at)
    enqueue(session, "fold_events")


def _write(session: Session, record: Import, prepared: Prepared, origin: Origin) -> list[str]:
    """Decide and write piece by piece; answers the contacts whose title changed."""
    with collected_later(), Copier(session) as copier:
        planner, rows = _planner(session, record, prepared)
        writer = PlanWriter(copier, prepared.plan, prepared.facts, origin)
        kept = _kept_rows(record, prepared, origin.at)
        # A row's change is told with the value that stands in the end: such rows wait until all are decided.
        changing: list[PlannedRow] = []
        for piece in _pieces(rows) if prepared.report is None else (rows,):
            decided = _decide(session, prepared, planner, piece)
            writer.write_decided()
            copier.copy("import_rows", ROW_COLUMNS, kept.of(row for row in decided if not row.before))
            changing.extend(row for row in decided if row.before)
        copier.copy("import_rows", ROW_COLUMNS, kept.of(changing))
        heavier = writer.write_changes(session)
    if prepared.webinar:
        write_webinar(session, prepared.webinar, prepared.facts, origin)
    return heavier


def _planner(session: Session, record: Import, prepared: Prepared) -> tuple[Planner, list[CustomerRow]]:
    """The planner with all it must know of the file's rows, and the rows."""
    shared = _shared(record)
    if prepared.report:
        rows = [person.row for person in prepared.report.people]
    else:
        reader = RowReader(prepared.sheet, prepared.columns)
        rows = [reader.read(line) for line in prepared.sheet.rows]
    prepared.facts = load_facts(session, rows, shared)
    planner = Planner(prepared.facts, shared, consent=record.consent_basis is not None, new_id=new_id)
    prepared.plan = planner.plan
    return planner, rows


def _decide(
    session: Session, prepared: Prepared, planner: Planner, rows: Sequence[CustomerRow]
) -> Sequence[PlannedRow]:
    """What becomes of these rows; those of a webinar are decided with their events, all at once."""
    if prepared.report:
        prepared.webinar = plan_webinar(session, prepared.report, planner)
        return planner.plan.rows
    planner.decide(rows)
    return planner.plan.rows[-len(rows) :]


def _pieces(rows: Sequence[CustomerRow]) -> Iterator[Sequence[CustomerRow]]:
    return (rows[start : start + PIECE] for start in range(0, len(rows), PIECE))


@contextmanager
def collected_later() -> Iterator[None]:
    """Rows and records hold no circles: looking for some among millions of them costs a third of an import."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _origin(record: Import, at: datetime) -> Origin:
    return Origin(
        record.id,
        at,
        _zone(record),
        record.by_user_id,
        record.is_sample,
        ConsentBasis(record.consent_basis) if record.consent_basis else None,
        record.choices["language"],
    )


def _kept_rows(record: Import, prepared: Prepared, applied_at: datetime | None) -> KeptRows:
    return KeptRows(record.id, prepared.facts, prepared.columns, dict(prepared.sheet.rows), applied_at)


def _ask_for_stages(session: Session, prepared: Prepared, at: datetime) -> None:
    """New accounts wait for their first stage anyway; an older one may move because somebody is known there now."""
    grown = {contact.account_id for contact in prepared.facts.contacts.values() if contact.is_new}
    older = [account for account in grown if not prepared.facts.accounts[account].is_new]
    session.execute(EVALUATE, {"at": at, "ids": older})
    enqueue(session, "evaluate_accounts")


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
