"""Documents that are published in versions, of which one is live: what scoring models and guard policies share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.errors import Conflict
from abm.models import AuditEntry, GuardPolicy, ScoreModel

Versioned = TypeVar("Versioned", ScoreModel, GuardPolicy)


def hold_live(session: Session, kind: type[Versioned], based_on: int, problem: str) -> Versioned:
    """The live version, which nobody else replaces before our commit; Conflict when it is another than `based_on`."""
    held = select(kind).where(kind.is_live).with_for_update().execution_options(populate_existing=True)
    live = session.scalars(held).one_or_none()
    # Whoever published while we waited has made another version live, and ours was made of the one before.
    if live is None or live.version != based_on:
        raise Conflict(problem, "published_meanwhile")
    return live


def replace_live(session: Session, live: Versioned, new: Versioned) -> None:
    """Make `new` the live version, under the next number."""
    live.is_live = False
    session.flush()
    kind = type(live)
    new.version = (session.scalar(select(func.max(kind.version))) or 0) + 1
    new.is_live = True
    session.add(new)
    session.flush()


def note_published(session: Session, subject: str, new: Versioned, at: datetime, detail: dict[str, Any]) -> None:
    """Write down what was published, of which version it was made, and by whom."""
    told = {"version": new.version, "note": new.note, **detail}
    values = {"at": at, "user_id": new.published_by, "subject_id": new.id, "detail": told}
    session.add(AuditEntry(act=f"{subject}.published", subject=subject, **values))
    session.flush()


def newest_first(session: Session, kind: type[Versioned]) -> Sequence[Versioned]:
    """Every version, the newest first."""
    return session.scalars(select(kind).order_by(kind.version.desc())).all()
