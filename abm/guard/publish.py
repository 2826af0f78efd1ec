"""Publishing a policy of the contact guard: one version follows another; held mail is decided again by the new one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid
from abm.guard.live import get_version
from abm.guard.validate import check_document
from abm.models import AuditEntry, GuardPolicy
from abm.queue import enqueue
from abm.words import SendReason

LONGEST_NOTE = 500
# Whoever stands before a mail that is held, and every mail that is held at the door, is asked about at once. What waits
# for a person to resume it, or to say what becomes of it, goes on waiting.
ASK_AGAIN = (
    text("update enrollments set due_at = :at where state = 'active' and due_at > :at and trail ? 'held'"),
    text(
        f"""
        update messages set due_at = :at where state = 'planned' and due_at > :at and guard->>'answer' = 'hold'
          and (reason is null or reason not in ('{SendReason.PAUSED}', '{SendReason.OVERDUE}'))
        """  # noqa: S608 our own words
    ),
)


@dataclass(frozen=True)
class Publishing:
    """What makes a document the live policy: who, on top of which version, and what for."""

    based_on: int
    at: datetime
    by: uuid.UUID | None
    note: str | None = None


def publish_policy(session: Session, document: Mapping[str, Any], publishing: Publishing) -> int:
    """Make this document the live policy; Invalid when it is not sound, Conflict when another came first."""
    check_document(document).sound()
    live = _lock_live(session, publishing.based_on)
    if live.document == document:
        raise Invalid(f"nothing differs from version {live.version}, which is live", "policy", "same_policy")
    live.is_live = False
    session.flush()
    new = GuardPolicy(
        version=(session.scalar(select(func.max(GuardPolicy.version))) or 0) + 1,
        document=dict(document),
        published_at=publishing.at,
        published_by=publishing.by,
        note=(publishing.note or "").strip()[:LONGEST_NOTE] or None,
        is_live=True,
    )
    session.add(new)
    session.flush()
    _audit(session, new, publishing)
    _ask_again(session, publishing.at)
    return new.version


def _ask_again(session: Session, at: datetime) -> None:
    for statement in ASK_AGAIN:
        session.execute(statement, {"at": at})
    enqueue(session, "advance_enrollments")
    enqueue(session, "send_messages")


def _lock_live(session: Session, based_on: int) -> GuardPolicy:
    """The live version, which nobody else replaces before our commit."""
    get_version(session)
    live = session.scalars(
        select(GuardPolicy).where(GuardPolicy.is_live).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    # Whoever published while we waited has made another version live, and ours was made of the one before.
    if live is None or live.version != based_on:
        raise Conflict(
            "another version of the policy was published meanwhile: look at it, then change it again",
            "published_meanwhile",
        )
    return live


def _audit(session: Session, policy: GuardPolicy, publishing: Publishing) -> None:
    detail = {"version": policy.version, "based_on": publishing.based_on, "note": policy.note}
    values = {"at": publishing.at, "user_id": publishing.by, "subject_id": policy.id, "detail": detail}
    session.add(AuditEntry(act="guard_policy.published", subject="guard_policy", **values))
    session.flush()


def list_versions(session: Session) -> Sequence[GuardPolicy]:
    """Every version, the newest first."""
    get_version(session)
    return session.scalars(select(GuardPolicy).order_by(GuardPolicy.version.desc())).all()
