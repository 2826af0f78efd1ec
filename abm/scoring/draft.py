"""Drafts of the scoring model: documents people work on; they change no score, and are sound whenever they are kept."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Conflict, NotFound
from abm.models import AuditEntry, ModelDraft
from abm.scoring.live import get_version
from abm.scoring.validate import check_document

LONGEST_NOTE = 500


def open_draft(
    session: Session, document: Mapping[str, Any], *, at: datetime, by: uuid.UUID | None, note: str | None = None
) -> ModelDraft:
    """Keep this document as a draft beside the live model; Invalid when something is wrong with it."""
    check_document(document).sound()
    draft = ModelDraft(
        document=dict(document),
        based_on=get_version(session).version,
        note=_note(note),
        created_at=at,
        created_by=by,
        changed_at=at,
        changed_by=by,
    )
    session.add(draft)
    session.flush()
    _audit(session, "model.drafted", draft, at, by)
    return draft


def change_draft(
    session: Session,
    draft_id: uuid.UUID,
    document: Mapping[str, Any],
    *,
    seen_at: datetime,
    at: datetime,
    by: uuid.UUID | None,
    note: str | None = None,
) -> ModelDraft:
    """Replace what a draft says; Conflict when somebody changed it since it was seen."""
    check_document(document).sound()
    draft = get_draft(session, draft_id)
    if draft.changed_at != seen_at:
        raise Conflict("somebody else changed this draft meanwhile; open it again", "changed_meanwhile")
    draft.document, draft.note = dict(document), _note(note)
    draft.changed_at, draft.changed_by = at, by
    _audit(session, "model.draft_changed", draft, at, by)
    return draft


def renew_draft(session: Session, draft_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None) -> ModelDraft:
    """Let a draft stand beside the version that is live now: somebody has looked at what differs from it."""
    draft = get_draft(session, draft_id)
    draft.based_on, draft.changed_at, draft.changed_by = get_version(session).version, at, by
    _audit(session, "model.draft_renewed", draft, at, by)
    return draft


def drop_draft(session: Session, draft_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None) -> None:
    """Throw a draft away; what it said stays in the database."""
    draft = get_draft(session, draft_id)
    draft.dropped_at = at
    _audit(session, "model.draft_dropped", draft, at, by)


def get_draft(session: Session, draft_id: uuid.UUID) -> ModelDraft:
    """An open draft, ours alone until the commit."""
    draft = session.get(ModelDraft, draft_id, with_for_update=True, populate_existing=True)
    if draft is None or draft.dropped_at is not None or draft.published_version is not None:
        raise NotFound(f"there is no open draft {draft_id}; `abm model versions` lists them")
    return draft


def list_drafts(session: Session) -> Sequence[ModelDraft]:
    """The open drafts, the newest change first."""
    still_open = ModelDraft.published_version.is_(None) & ModelDraft.dropped_at.is_(None)
    return session.scalars(select(ModelDraft).where(still_open).order_by(ModelDraft.changed_at.desc())).all()


def _note(text: str | None) -> str | None:
    return (text or "").strip()[:LONGEST_NOTE] or None


def _audit(session: Session, act: str, draft: ModelDraft, at: datetime, by: uuid.UUID | None) -> None:
    detail = {"based_on": draft.based_on, "note": draft.note}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="model_draft", subject_id=draft.id, detail=detail))
    session.flush()
