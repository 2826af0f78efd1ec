"""Publishing a scoring model: one version follows another, and every account is folded again by it, once."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Account, ScoreModel
from abm.queue import enqueue
from abm.scoring.draft import get_draft
from abm.scoring.live import get_version
from abm.scoring.published import hold_live, newest_first, note_published, replace_live
from abm.scoring.validate import Checked, check_document

LONGEST_TEXT = 500
MEANWHILE = "another version of the model was published meanwhile: look at what differs from it, then publish again"
COUNT_BEHIND = text(
    """
    select count(*) from accounts
    where merged_into_id is null and model_version < (select version from score_models where is_live)
    """
)


@dataclass(frozen=True)
class Publishing:
    """What makes a document the live model: who, on top of which version, and why although a golden account fails."""

    based_on: int
    at: datetime
    by: uuid.UUID | None
    note: str | None = None
    despite: str | None = None


@dataclass(frozen=True)
class Progress:
    """How far the live version has come: accounts in all, and those it has not reached yet."""

    version: int
    accounts: int
    behind: int

    @property
    def percent(self) -> int:
        """The share of accounts folded by it; 100 only when all are."""
        return 100 if not self.behind else min(99, 100 * (self.accounts - self.behind) // max(self.accounts, 1))


def publish_draft(
    session: Session, draft_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None, despite: str | None = None
) -> int:
    """Make a draft the live model; answers its version."""
    draft = get_draft(session, draft_id)
    publishing = Publishing(draft.based_on, at, by, draft.note, despite)
    draft.published_version = version = publish_model(session, draft.document, publishing)
    session.flush()
    return version


def publish_model(session: Session, document: Mapping[str, Any], publishing: Publishing) -> int:
    """Make this document the live model; Invalid when it is not sound, Conflict when another came first.

    Every account is folded again: at once where something happens, else by workers, a batch at a time.
    """
    checked = check_document(document)
    checked.sound()
    golden = _run_goldens(checked, publishing.despite)
    get_version(session)
    live = hold_live(session, ScoreModel, publishing.based_on, MEANWHILE)
    if live.document == document:
        raise Invalid(f"nothing differs from version {live.version}, which is live", "model", "same_model")
    new = ScoreModel(
        document=dict(document),
        published_at=publishing.at,
        published_by=publishing.by,
        note=publishing.note,
        golden=golden,
        accounts=session.scalar(_ACCOUNTS) or 0,
    )
    replace_live(session, live, new)
    note_published(session, "model", new, publishing.at, {"based_on": publishing.based_on, "golden": golden})
    enqueue(session, "fold_behind")
    return new.version


def _run_goldens(checked: Checked, despite: str | None) -> dict[str, Any]:
    """How the golden accounts came out; Invalid when some did not and nobody says why that is right."""
    why = (despite or "").strip()[:LONGEST_TEXT]
    if checked.failed and not why:
        names = ", ".join(result.golden.name for result in checked.failed)
        raise Invalid(
            f"golden accounts come out otherwise than expected: {names}; change the model or what they expect, or say"
            " why it is right all the same (--despite)",
            "despite",
            "golden_failed",
        )
    failed = [result.as_json() for result in checked.failed]
    return {"run": len(checked.goldens), "failed": failed, **({"despite": why} if failed else {})}


_ACCOUNTS = select(func.count()).where(Account.merged_into_id.is_(None), Account.model_version.is_not(None))


def read_progress(session: Session) -> Progress:
    """How far the live version has come."""
    live = get_version(session)
    behind = session.scalar(COUNT_BEHIND) or 0
    return Progress(live.version, max(live.accounts, behind), behind)


def list_versions(session: Session) -> Sequence[ScoreModel]:
    """Every version, the newest first."""
    get_version(session)
    return newest_first(session, ScoreModel)
