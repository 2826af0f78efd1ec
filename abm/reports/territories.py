"""What accounts have for a prefecture and an industry, as choices for a territory."""

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from abm.models import Account

MOST_CHOICES = 200


def prefectures_in_use(session: Session) -> list[str]:
    """Prefectures of living accounts."""
    return _in_use(session, Account.prefecture)


def industries_in_use(session: Session) -> list[str]:
    """Industries of living accounts."""
    return _in_use(session, Account.industry)


def _in_use(session: Session, column: InstrumentedAttribute[str | None]) -> list[str]:
    used = select(column).distinct().where(column.is_not(None), Account.archived_at.is_(None)).order_by(column)
    return [value for value in session.scalars(used.limit(MOST_CHOICES)) if value]
