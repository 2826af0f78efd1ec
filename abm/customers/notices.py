"""Notices: telling users what happened around their accounts, once, until they put it away."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from abm.models import Notice
from abm.words import NoticeKind


def tell(
    session: Session,
    user_ids: Sequence[uuid.UUID],
    kind: NoticeKind,
    *,
    account_id: uuid.UUID,
    about: uuid.UUID,
    at: datetime,
) -> None:
    """Leave this notice for each of these users."""
    shared = {"kind": kind.value, "at": at, "account_id": account_id, "about_user_id": about}
    rows = [{"user_id": user, **shared} for user in user_ids]
    if rows:
        session.execute(insert(Notice), rows)


def put_away(session: Session, notice_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Show this notice no longer; another user's stays as it is."""
    mine = update(Notice).where(Notice.id == notice_id, Notice.user_id == by, Notice.seen_at.is_(None))
    session.execute(mine.values(seen_at=at))
