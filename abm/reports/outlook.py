"""Why an account's people are or are not mailed now: how many may be, who is held and why, what runs for them."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.guard.guard import Decision
from abm.models import Enrollment, Sequence, SequenceVersion
from abm.words import EnrollmentState, GuardAnswer, SequenceState


@dataclass(frozen=True)
class MailOutlook:
    """What the contact guard says to an account's people as a whole."""

    people: int
    mailable: int
    # Every other answer with how many it holds for, the most frequent first.
    withheld: tuple[tuple[Decision, int], ...]


@dataclass(frozen=True)
class UnderWay:
    """A sequence some of an account's people are in, and when it looks at one of them next."""

    name: str
    title: dict[str, Any]
    is_paused: bool
    people: int
    due_at: datetime | None


def mail_outlook(decisions: Iterable[Decision]) -> MailOutlook:
    """The guard's answers, counted."""
    # Decisions are equal that hold equally long; their reasons may end at different times.
    counted = Counter((decision, decision.findings) for decision in decisions)
    withheld = [(one, count) for (one, _), count in counted.most_common() if one.answer != GuardAnswer.SEND]
    held = sum(count for _, count in withheld)
    return MailOutlook(counted.total(), counted.total() - held, tuple(withheld))


def under_way(session: Session, account_id: uuid.UUID) -> list[UnderWay]:
    """The sequences in which people of this account are under way, by name."""
    active = (
        select(
            Sequence.name,
            Sequence.title,
            Sequence.state == SequenceState.PAUSED,
            func.count(),
            func.min(Enrollment.due_at),
        )
        .join(SequenceVersion, SequenceVersion.sequence_id == Sequence.id)
        .join(Enrollment, Enrollment.sequence_version_id == SequenceVersion.id)
        .where(Enrollment.account_id == account_id, Enrollment.state == EnrollmentState.ACTIVE)
        .group_by(Sequence.id)
        .order_by(Sequence.name)
    )
    return [UnderWay(*row) for row in session.execute(active)]
