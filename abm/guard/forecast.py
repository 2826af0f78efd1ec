"""What the contact guard would say to many people before anything is sent: counted by answer and by reason."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.guard.batch import NOTHING, Tally
from abm.guard.facts import JAPAN, Question, open_batch
from abm.guard.guard import Decision, MailAbout
from abm.guard.sent import Counting
from abm.words import GuardAnswer, GuardReason

BATCH = 2_000


@dataclass(frozen=True)
class Answered:
    """One answer of the guard: for how many people, until when at the latest, and how many each reason holds for."""

    answer: GuardAnswer
    people: int
    reasons: tuple[tuple[GuardReason, int], ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class Forecast:
    """What a mail to these people would come to now; the strongest answer first."""

    people: int
    answers: tuple[Answered, ...] = ()

    @property
    def mailable(self) -> int:
        """How many would be mailed at once, by this mail or the one that goes in its place."""
        goes = (GuardAnswer.SEND, GuardAnswer.SWAP)
        return sum(one.people for one in self.answers if one.answer in goes)

    @property
    def withheld(self) -> int:
        """How many would not."""
        return self.people - self.mailable


def forecast(
    session: Session,
    contact_ids: Sequence[uuid.UUID],
    at: datetime,
    about: MailAbout = NOTHING,
    zone: ZoneInfo = JAPAN,
) -> Forecast:
    """Ask about this mail (none given: any) for all of them, as if it were sent to one after the other."""
    question = Question([about], zone, Counting(planned=True))
    decisions: list[Decision] = []
    # People of one account may stand in several batches; what one lets through the next one counts.
    tally = Tally()
    for start in range(0, len(contact_ids), BATCH):
        asked = contact_ids[start : start + BATCH]
        batch = open_batch(session, asked, at, question, tally)
        # In the order they are given: whom a cap leaves out is no luck of the database's.
        for contact_id in (one for one in asked if one in batch.facts):
            decisions.append(decision := batch.ask(contact_id, about))
            if decision.answer in (GuardAnswer.SEND, GuardAnswer.SWAP):
                batch.note(contact_id)
    return count_decisions(decisions)


def count_decisions(decisions: Iterable[Decision]) -> Forecast:
    """Decisions about one mail each, counted by answer and by every reason for it."""
    told = list(decisions)
    answers = []
    for answer in GuardAnswer:
        mine = [one for one in told if one.answer is answer]
        reasons = Counter(reason for one in mine for reason in one.reasons)
        ends = [one.until for one in mine if one.until]
        if mine:
            answers.append(Answered(answer, len(mine), tuple(reasons.most_common()), max(ends, default=None)))
    return Forecast(len(told), tuple(answers))
