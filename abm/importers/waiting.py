"""Imports that somebody wants read, applied or undone: asked for in a moment, done one by one by a worker."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.customers.erased import refuse_erased_of_import
from abm.errors import AbmError, Conflict, Invalid
from abm.importers.apply import apply_import, get_import, keep_upload, plan_again
from abm.importers.columns import find_columns
from abm.importers.content import open_content
from abm.importers.reading import found_in, read_again
from abm.importers.request import Request, Upload, kept_choices
from abm.importers.sheet import Choices, check_size
from abm.importers.undo import undo_import
from abm.models import Import
from abm.queue import enqueue
from abm.words import ConsentBasis, ImportKind, ImportState
from abm.work import Work, here, unit_of_work

log = structlog.get_logger(__name__)

# What failed may be asked for again: nothing of it was written.
APPLICABLE = (ImportState.PLANNED, ImportState.FAILED)
# What has changed nothing yet may be read differently.
READABLE = (*APPLICABLE, ImportState.UNREADABLE)


def ask_to_plan(session: Session, upload: Upload, request: Request, settings: Settings, at: datetime) -> Import:
    """Keep a file and have a worker read it; raises Invalid for one that is empty or too large to be kept."""
    check_size(upload.file, upload.name)
    record = keep_upload(session, upload, request, settings, at, request.kind or ImportKind.CUSTOMERS)
    enqueue(session, "plan_import")
    return record


def ask_to_plan_again(
    session: Session, import_id: uuid.UUID, kind: ImportKind | None, choices: Choices, settings: Settings
) -> bool:
    """Have a worker read the file differently; False while it is being read."""
    record = get_import(session, import_id)
    if record.state == ImportState.PLANNING:
        return False
    if record.state not in READABLE:
        raise Conflict("this import has been applied; import the file again to read it differently", "import_applied")
    asked = kept_choices(Request(kind, choices), settings)
    readable = (Import.id == import_id) & Import.state.in_(READABLE)
    again = (
        update(Import)
        .where(readable)
        .values(state=ImportState.PLANNING, kind=kind or Import.kind, choices=asked, problem=None)
    )
    enqueue(session, "plan_import")
    return session.scalar(again.returning(Import.id)) is not None


def ask_to_apply(session: Session, import_id: uuid.UUID, consent: ConsentBasis | None) -> bool:
    """Have a worker do what the plan says; False when it is under way or was applied already."""
    if get_import(session, import_id).state not in APPLICABLE:
        return False
    # Of two who ask in the same moment the database lets one through.
    applicable = (Import.id == import_id) & Import.state.in_(APPLICABLE)
    asked = update(Import).where(applicable).values(state=ImportState.APPLYING, consent_basis=consent, problem=None)
    enqueue(session, "apply_import")
    return session.scalar(asked.returning(Import.id)) is not None


def ask_to_undo(session: Session, import_id: uuid.UUID) -> bool:
    """Have a worker take an applied import back; False when it is under way or was undone already."""
    state = get_import(session, import_id).state
    if state not in (ImportState.APPLIED, ImportState.UNDOING, ImportState.UNDONE):
        raise Conflict("this import was never applied: there is nothing to undo")
    applied = (Import.id == import_id) & (Import.state == ImportState.APPLIED)
    asked = update(Import).where(applied).values(state=ImportState.UNDOING, problem=None)
    enqueue(session, "undo_import")
    return session.scalar(asked.returning(Import.id)) is not None


def has_waiting(session: Session, state: ImportState) -> bool:
    """Whether an import in this state waits for a worker, or for the one that has it in hand."""
    return bool(session.scalar(select(exists().where(Import.state == state))))


def plan_next() -> bool:
    """Read the file that has waited longest and that no other worker has in hand; False when there is none."""
    return _do_next(ImportState.PLANNING, ImportState.UNREADABLE, _plan)


def apply_next() -> bool:
    """Apply the import that has waited longest and that no other worker has in hand; False when there is none."""
    return _do_next(ImportState.APPLYING, ImportState.FAILED, _apply)


def undo_next() -> bool:
    """Undo the import that has waited longest, likewise; one that cannot be undone stays applied and says why."""
    return _do_next(ImportState.UNDOING, ImportState.APPLIED, _undo)


def _plan(work: Work, import_id: uuid.UUID) -> None:
    plan_again(work.session, import_id, work.at)


def _apply(work: Work, import_id: uuid.UUID) -> None:
    apply_import(work.session, import_id, work.at)
    refuse_erased_of_import(work.session, import_id, here().signer.digests, work.at)


def _undo(work: Work, import_id: uuid.UUID) -> None:
    undo_import(work.session, import_id, work.at)


def _do_next(waiting: ImportState, failed: ImportState, act: Callable[[Work, uuid.UUID], None]) -> bool:
    import_id = None
    try:
        with unit_of_work() as work:
            import_id = _claim(work.session, waiting)
            if import_id:
                act(work, import_id)
    except Exception as error:  # whatever a file holds, the imports behind it go on and the reader learns of it
        if import_id is None:
            raise
        _set_aside(import_id, error, waiting, failed)
    return import_id is not None


def _claim(session: Session, waiting: ImportState) -> uuid.UUID | None:
    # Held until the commit: a worker that dies gives it back by dying.
    oldest = select(Import.id).where(Import.state == waiting).order_by(Import.created_at, Import.id).limit(1)
    return session.scalar(oldest.with_for_update(skip_locked=True))


def _set_aside(import_id: uuid.UUID, error: Exception, waiting: ImportState, state: ImportState) -> None:
    """The whole import was rolled back; say so where its reader looks."""
    log.error("import_failed", import_id=str(import_id), error=type(error).__name__)
    problem = {"message": str(error) if isinstance(error, AbmError) else "", "code": "", "field": ""}
    if isinstance(error, Invalid):
        problem |= {"code": error.code, "field": error.field}
    if isinstance(error, Conflict):
        problem["code"] = error.code
    with unit_of_work() as work:
        failed = update(Import).where(Import.id == import_id, Import.state == waiting)
        seen = {"found": _glimpse(work.session, import_id)} if waiting == ImportState.PLANNING else {}
        work.session.execute(failed.values(state=state, problem=problem, **seen))


def _glimpse(session: Session, import_id: uuid.UUID) -> dict[str, Any]:
    """What can be said of a file whose rows could not be read: enough for a person to say how to read it."""
    try:
        with open_content(session, import_id) as file:
            sheet = read_again(get_import(session, import_id), file)
            columns = {field.value: sheet.header[at] for field, at in find_columns(sheet.header).items()}
            return {**found_in(sheet), "columns": columns}
    except (Invalid, Conflict):
        return {}
