"""Publishing a policy of the contact guard: one version follows another; held mail is decided again by the new one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.guard.live import get_version
from abm.guard.validate import check_document
from abm.models import GuardPolicy
from abm.queue import enqueue
from abm.scoring.published import hold_live, newest_first, note_published, replace_live
from abm.words import SendReason

LONGEST_NOTE = 500
MEANWHILE = "another version of the policy was published meanwhile: look at it, then change it again"
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
    get_version(session)
    live = hold_live(session, GuardPolicy, publishing.based_on, MEANWHILE)
    if live.document == document:
        raise Invalid(f"nothing differs from version {live.version}, which is live", "policy", "same_policy")
    new = GuardPolicy(
        document=dict(document),
        published_at=publishing.at,
        published_by=publishing.by,
        note=(publishing.note or "").strip()[:LONGEST_NOTE] or None,
    )
    replace_live(session, live, new)
    note_published(session, "guard_policy", new, publishing.at, {"based_on": publishing.based_on})
    _ask_again(session, publishing.at)
    return new.version


def _ask_again(session: Session, at: datetime) -> None:
    for statement in ASK_AGAIN:
        session.execute(statement, {"at": at})
    enqueue(session, "advance_enrollments")
    enqueue(session, "send_messages")


def list_versions(session: Session) -> Sequence[GuardPolicy]:
    """Every version, the newest first."""
    get_version(session)
    return newest_first(session, GuardPolicy)
