"""Who would be taken on by a sequence, counted before anything is sent."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from abm.guard.facts import open_batch
from abm.models import Contact, Enrollment, ImportRow, Sequence, SequenceVersion
from abm.words import GuardAnswer


@dataclass(frozen=True)
class Audience:
    """Some people as a sequence would meet them now; `reasons` counts the first one for each."""

    people: int
    already: int
    mailable: int
    reasons: dict[str, int]


def people_of_import(import_id: uuid.UUID) -> Select[Any]:
    """Whom the rows of an import touched."""
    return select(ImportRow.contact_id).where(ImportRow.import_id == import_id, ImportRow.contact_id.is_not(None))


def count_audience(session: Session, people: Select[Any], sequence: str, at: datetime) -> Audience:
    """How many are new to this sequence, and what the contact guard would answer for each of them now."""
    enrolled = exists().where(
        Enrollment.contact_id == Contact.id,
        Enrollment.sequence_version_id == SequenceVersion.id,
        SequenceVersion.sequence_id == Sequence.id,
        Sequence.name == sequence,
    )
    living = select(Contact.id, enrolled).where(Contact.id.in_(people), Contact.archived_at.is_(None))
    found = session.execute(living).all()
    fresh = [contact_id for contact_id, is_enrolled in found if not is_enrolled]
    batch = open_batch(session, fresh, at)
    decisions = [batch.ask(contact_id) for contact_id in batch.facts]
    stopped = Counter(str(one.reasons[0]) for one in decisions if one.answer != GuardAnswer.SEND and one.reasons)
    mailable = sum(one.answer == GuardAnswer.SEND for one in decisions)
    return Audience(len(fresh), len(found) - len(fresh), mailable, dict(stopped.most_common()))
