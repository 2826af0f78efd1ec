"""Imports that somebody has asked to apply: asked for in a moment, applied one after the other by a worker."""

import uuid

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from abm.customers.erased import refuse_erased_of_import
from abm.errors import AbmError, Invalid
from abm.importers.apply import apply_import, get_import
from abm.models import Import
from abm.queue import enqueue
from abm.words import ConsentBasis, ImportState
from abm.work import here, unit_of_work

log = structlog.get_logger(__name__)

# What failed may be asked for again: nothing of it was written.
APPLICABLE = (ImportState.PLANNED, ImportState.FAILED)
WAITING = Import.state == ImportState.APPLYING


def ask_to_apply(session: Session, import_id: uuid.UUID, consent: ConsentBasis | None) -> bool:
    """Have a worker do what the plan says; False when it is under way or was applied already."""
    if get_import(session, import_id).state not in APPLICABLE:
        return False
    # Of two who ask in the same moment the database lets one through.
    applicable = (Import.id == import_id) & Import.state.in_(APPLICABLE)
    asked = update(Import).where(applicable).values(state=ImportState.APPLYING, consent_basis=consent, problem=None)
    enqueue(session, "apply_import")
    return session.scalar(asked.returning(Import.id)) is not None


def has_waiting(session: Session) -> bool:
    """Whether an import waits for a worker, or for the one that has it in hand."""
    return bool(session.scalar(select(exists().where(WAITING))))


def apply_next() -> bool:
    """Apply the import that has waited longest and that no other worker has in hand; False when there is none."""
    import_id = None
    try:
        with unit_of_work() as work:
            import_id = _claim(work.session)
            if import_id:
                apply_import(work.session, import_id, work.at)
                refuse_erased_of_import(work.session, import_id, here().signer.digests, work.at)
    except Exception as error:  # whatever a file holds, the imports behind it go on and the reader learns of it
        if import_id is None:
            raise
        _set_aside(import_id, error)
    return import_id is not None


def _claim(session: Session) -> uuid.UUID | None:
    # Held until the commit: a worker that dies gives it back by dying.
    oldest = select(Import.id).where(WAITING).order_by(Import.created_at, Import.id).limit(1)
    return session.scalar(oldest.with_for_update(skip_locked=True))


def _set_aside(import_id: uuid.UUID, error: Exception) -> None:
    """The whole import was rolled back; say so where its reader looks."""
    log.error("import_failed", import_id=str(import_id), error=type(error).__name__)
    problem = {"message": str(error) if isinstance(error, AbmError) else "", "code": "", "field": ""}
    if isinstance(error, Invalid):
        problem |= {"code": error.code, "field": error.field}
    with unit_of_work() as work:
        failed = update(Import).where(Import.id == import_id, WAITING)
        work.session.execute(failed.values(state=ImportState.FAILED, problem=problem))
