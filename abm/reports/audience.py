"""Whom publishing a sequence would take on and mail, counted before anything is written or sent."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from abm.guard.facts import JAPAN
from abm.guard.forecast import Forecast, forecast
from abm.models import ImportRow, Sequence
from abm.words import SequenceSubject, StartAnswer
from campaigns.enrollments import Foreseen, foresee
from campaigns.first_mail import about_first_mail, people_of_first_mail
from campaigns.newest import newest_document
from campaigns.triggers import Terms, read_terms


@dataclass(frozen=True)
class Audience:
    """What a sequence would answer some people, or their accounts, and the contact guard to its first mail now."""

    subject: SequenceSubject
    answers: Mapping[StartAnswer, int]
    forecast: Forecast
    # Whom the lot leaves out, in percent, while it cannot be drawn yet; otherwise the answers know.
    lot: float = 0.0

    @property
    def taken_on(self) -> int:
        """How many would begin; as far as a lot is still open, how many are to be expected."""
        return self.left(self.answers.get(StartAnswer.TAKEN_ON, 0))

    @property
    def others(self) -> Mapping[StartAnswer, int]:
        """How many would not, by why; those whom an open lot is expected to leave out among them."""
        found = Counter(self.answers)
        found[StartAnswer.HELD_OUT] += found.pop(StartAnswer.TAKEN_ON, 0) - self.taken_on
        return +found

    def left(self, count: int) -> int:
        """How many of these are to be expected once the lot is drawn."""
        return round(count * (1 - self.lot / 100))


def people_of_import(import_id: uuid.UUID) -> Select[Any]:
    """Whom the rows of an import touched."""
    return select(ImportRow.contact_id).where(ImportRow.import_id == import_id, ImportRow.contact_id.is_not(None))


def count_audience(session: Session, name: str, people: Select[Any], at: datetime, zone: ZoneInfo = JAPAN) -> Audience:
    """What publishing the newest, sound document of this sequence to these people would come to now."""
    document = newest_document(session, name)
    terms = read_terms(document)
    sequence_id = session.scalar(select(Sequence.id).where(Sequence.name == name))
    foreseen = foresee(session, sequence_id, terms, session.scalars(people).all(), at)
    answers = Counter(one.answer for one in foreseen)
    begin = [one for one in foreseen if one.answer is StartAnswer.TAKEN_ON]
    mailed = _mailed(session, terms, document, begin)
    said = forecast(session, mailed, at, about_first_mail(session, name), zone)
    return Audience(terms.subject, answers, said, 0.0 if sequence_id else terms.holdout)


def _mailed(session: Session, terms: Terms, document: Mapping[str, Any], begin: list[Foreseen]) -> list[uuid.UUID]:
    """Whom the first mail would go to."""
    if terms.subject is SequenceSubject.ACCOUNT:
        return people_of_first_mail(session, document, [one.account_id for one in begin])
    return sorted(one.contact_id for one in begin if one.contact_id)
