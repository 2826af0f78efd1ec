"""An import from file to records: planned and shown, applied in one transaction."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session, defer

from abm.config import Settings
from abm.customers.domains import SharedDomains
from abm.customers.refolds import ask_refold
from abm.errors import Conflict, NotFound
from abm.importers.content import keep_content, open_content
from abm.importers.custom import CustomColumn, begin_custom, fill_custom, find_custom
from abm.importers.kept import KeptRows
from abm.importers.reading import Prepared, found_in, read_as_before, read_upload
from abm.importers.request import Request, Upload, kept_choices, request_of
from abm.importers.run import Run, Tally, by_index
from abm.importers.write import Origin
from abm.models import AuditEntry, Import, ImportRow
from abm.queue import enqueue
from abm.words import ConsentBasis, ImportKind, ImportState

# Matching must see what another import is about to write: one applies at a time.
APPLY_LOCK = 7_202_602
# New accounts wait for their first stage anyway; an older one may move because somebody is known there now.
ASK_FOR_STAGES = text(
    "update accounts set evaluate_at = :at where import_id is distinct from :id"
    " and id in (select account_id from contacts where import_id = :id)"
)
HEAVIER = text(
    "select distinct contact_id from import_rows where import_id = :id and before -> 'contact' ? 'seniority'"
)


def plan_import(session: Session, upload: Upload, request: Request, settings: Settings, at: datetime) -> Import:
    """Read a file and keep it with what its rows would do; changes no record. Raises Invalid when it cannot be read."""
    prepared, request = read_as_before(session, upload, request, settings.zone, at)
    record = keep_upload(session, upload, request, settings, at, prepared.kind)
    _plan(session, record, prepared)
    return record


def plan_again(session: Session, import_id: uuid.UUID, at: datetime) -> Import:
    """Read a kept file as it is asked for now; its plan takes the place of the one before."""
    record = _locked(session, import_id)
    with open_content(session, record.id) as file:
        asked = request_of(record)
        prepared, request = read_as_before(session, Upload(record.filename, file), asked, _zone(record), at)
        session.execute(delete(ImportRow).where(ImportRow.import_id == record.id))
        record.kind = prepared.kind.value
        record.choices = {**record.choices, "mapping": request.choices.mapping}
        _plan(session, record, prepared)
    return record


def import_now(session: Session, upload: Upload, request: Request, settings: Settings, at: datetime) -> Import:
    """Plan and apply in one go, for who does not want to look first: the file is read once."""
    one_at_a_time(session)
    prepared, request = read_as_before(session, upload, request, settings.zone, at)
    record = keep_upload(session, upload, request, settings, at, prepared.kind)
    _apply(session, record, prepared, at)
    session.add(AuditEntry(at=at, user_id=request.by, act="import.applied", subject="import", subject_id=record.id))
    return record


def apply_import(session: Session, import_id: uuid.UUID, at: datetime) -> Import:
    """Do what the plan says, planned anew against today's records; a second call changes nothing."""
    one_at_a_time(session)
    record = _locked(session, import_id)
    if record.state == ImportState.APPLIED:
        return record
    if record.state in (ImportState.UNDOING, ImportState.UNDONE):
        raise Conflict("this import was undone; import the file again")
    with open_content(session, record.id) as file:
        prepared = read_upload(Upload(record.filename, file), request_of(record), _zone(record))
        session.execute(delete(ImportRow).where(ImportRow.import_id == record.id))
        _apply(session, record, prepared, at)
    return record


def get_import(session: Session, import_id: uuid.UUID) -> Import:
    """The import, or NotFound; its file is loaded only when somebody reads it."""
    record = session.get(Import, import_id, options=[defer(Import.content)])
    if record is None:
        raise NotFound(f"no import {import_id}; the list of imports shows their ids")
    return record


def keep_upload(
    session: Session, upload: Upload, request: Request, settings: Settings, at: datetime, kind: ImportKind
) -> Import:
    """An import of this file, of which no row has been looked at."""
    record = Import(
        id=session.scalar(text("select uuidv7()")),
        kind=kind.value,
        state=ImportState.PLANNING.value,
        filename=upload.name,
        content=b"",
        choices=kept_choices(request, settings),
        found={},
        counts={},
        consent_basis=request.consent.value if request.consent else None,
        is_sample=request.is_sample,
        by_user_id=request.by,
        created_at=at,
    )
    session.add(record)
    session.flush()
    keep_content(session, record.id, upload.file)
    session.expire(record, ["content"])
    return record


def _plan(session: Session, record: Import, prepared: Prepared) -> None:
    _run(session, record, prepared, None)
    record.state, record.problem = ImportState.PLANNED.value, None
    session.flush()


def _apply(session: Session, record: Import, prepared: Prepared, at: datetime) -> None:
    _run(session, record, prepared, at)
    record.state, record.applied_at = ImportState.APPLIED.value, at
    session.flush()
    ask_refold(session, session.scalars(HEAVIER, {"id": record.id}))
    session.execute(ASK_FOR_STAGES, {"at": at, "id": record.id})
    enqueue(session, "evaluate_accounts")
    enqueue(session, "fold_events")


def _run(session: Session, record: Import, prepared: Prepared, applied_at: datetime | None) -> None:
    """Every row decided about, and written when it is to be applied."""
    custom = find_custom(session, prepared.kind, prepared.sheet.header, record.choices.get("mapping"))
    columns = {str(field): at for field, at in prepared.columns.items()}
    columns |= {column.name: column.position for column in custom}
    kept = KeptRows(record.id, columns, applied_at)
    origin = _origin(record, applied_at or record.created_at)
    shared = SharedDomains(record.choices.get("shared_domains", ()))
    only_planned = applied_at is None
    if custom:
        begin_custom(session)
    course = prepared.course
    run = Run(
        session, course, kept, origin, shared, only_planned=only_planned, keeps_keys=only_planned and bool(custom)
    )
    tally = run.go()
    if custom:
        with by_index(session):
            filled = fill_custom(session, record.id, custom, course.records(), only_planned=only_planned)
        tally.fill(filled.updated, filled.flagged)
    record.found, record.counts = _found(prepared, tally, custom), tally.shown()


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


def _found(prepared: Prepared, tally: Tally, custom: Sequence[CustomColumn]) -> dict[str, Any]:
    sheet = prepared.sheet
    columns = {field.value: sheet.header[at] for field, at in prepared.columns.items()}
    return {
        **found_in(sheet),
        "columns": {**columns, **{column.name: column.header for column in custom}},
        "added_domains": tally.added_domains,
        **prepared.course.found(),
    }


def _zone(record: Import) -> ZoneInfo:
    return ZoneInfo(record.choices["time_zone"])


def _locked(session: Session, import_id: uuid.UUID) -> Import:
    record = session.scalar(select(Import).where(Import.id == import_id).with_for_update())
    if record is None:
        raise NotFound(f"no import {import_id}; the list of imports shows their ids")
    return record


def one_at_a_time(session: Session) -> None:
    """Wait until no other import is applied or undone."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": APPLY_LOCK})
