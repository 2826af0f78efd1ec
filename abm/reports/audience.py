"""Who would be taken on by a sequence, counted before anything is sent."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from abm.guard.batch import NOTHING
from abm.guard.facts import JAPAN
from abm.guard.forecast import Forecast, forecast
from abm.guard.guard import MailAbout
from abm.models import Contact, Enrollment, ImportRow, Sequence, SequenceVersion


@dataclass(frozen=True)
class Audience:
    """Some people as a sequence would meet them now, and what the contact guard would say to its first mail."""

    people: int
    already: int
    forecast: Forecast


def people_of_import(import_id: uuid.UUID) -> Select[Any]:
    """Whom the rows of an import touched."""
    return select(ImportRow.contact_id).where(ImportRow.import_id == import_id, ImportRow.contact_id.is_not(None))


def count_audience(
    session: Session,
    people: Select[Any],
    sequence: str,
    at: datetime,
    about: MailAbout = NOTHING,
    zone: ZoneInfo = JAPAN,
) -> Audience:
    """How many are new to this sequence, and what the guard would answer about this mail to each of them now."""
    enrolled = exists().where(
        Enrollment.contact_id == Contact.id,
        Enrollment.sequence_version_id == SequenceVersion.id,
        SequenceVersion.sequence_id == Sequence.id,
        Sequence.name == sequence,
    )
    living = select(Contact.id, enrolled).where(Contact.id.in_(people), Contact.archived_at.is_(None))
    found = session.execute(living.order_by(Contact.id)).all()
    fresh = [contact_id for contact_id, is_enrolled in found if not is_enrolled]
    return Audience(len(fresh), len(found) - len(fresh), forecast(session, fresh, at, about, zone))
