"""What a change of a task means to others, and who is told of it: facts in, decision out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from abm.words import AnswerCode, TaskCode, TaskEvent, TaskKind, TaskState

# Codes that say it all; the rest is told by where the task went.
BY_CODE: Mapping[str, TaskEvent] = {
    TaskCode.REASSIGNED: TaskEvent.REASSIGNED,
    TaskCode.REMINDED: TaskEvent.REMINDED,
    TaskCode.ESCALATED: TaskEvent.ESCALATED,
    TaskCode.EXPIRED: TaskEvent.EXPIRED,
    TaskCode.WITHDRAWN: TaskEvent.CLOSED,
    TaskCode.EVIDENCE: TaskEvent.EVIDENCE,
    AnswerCode.ACCEPT: TaskEvent.ACCEPTED,
    AnswerCode.START: TaskEvent.ACCEPTED,
}
GIVEN = frozenset((TaskCode.OPENED, TaskCode.ASSIGNED, TaskCode.RELEASED))
BEFORE = (None, TaskState.NEW)
ENDED = frozenset((TaskState.DONE, TaskState.DISMISSED))

# What its owner gets a mail about: to be told of more, one looks at the board.
MAILED = frozenset((TaskEvent.ASSIGNED, TaskEvent.REASSIGNED, TaskEvent.REMINDED, TaskEvent.ESCALATED, TaskEvent.WOKEN))
# A few records to look at, every day anew: these wait on the board.
NOT_MAILED_KINDS = frozenset((TaskKind.FRESHNESS,))

FIRST_PAUSE = timedelta(seconds=5)
GROWTH = 3
LONGEST_PAUSE = timedelta(hours=6)
# A day of tries, then a delivery is given up; it can be sent again by hand.
PATIENCE = timedelta(hours=26)


@dataclass(frozen=True)
class Changed:
    """A change of a task as far as telling others depends on it."""

    kind: str
    old: str | None
    new: str
    code: str
    # Who has it from now on, or is to hear of it.
    to: UUID | None
    by: UUID | None
    # It came back on the day to which sales had put it off.
    is_woken: bool = False


def event_of(change: Changed) -> TaskEvent:
    """What this change is called."""
    if change.code in BY_CODE:
        return BY_CODE[change.code]
    if change.code in GIVEN:
        if change.to is None or change.new == TaskState.NEW:
            return TaskEvent.OPENED
        return TaskEvent.WOKEN if change.is_woken and change.old in BEFORE else TaskEvent.ASSIGNED
    if change.new in ENDED:
        return TaskEvent.CLOSED
    return TaskEvent.ANSWERED if change.code in set(AnswerCode) else TaskEvent.CHANGED


def is_mailed(change: Changed) -> bool:
    """Whether whoever has it gets a mail about it; nobody is told what they did themselves."""
    if change.to is None or change.to == change.by or change.kind in NOT_MAILED_KINDS:
        return False
    return event_of(change) in MAILED


def is_wanted(event: TaskEvent, events: Sequence[str]) -> bool:
    """Whether a channel that listens to these events hears of this one; none chosen means all."""
    return not events or event.value in events


def pause_after(attempts: int, luck: float) -> timedelta:
    """How long to wait after so many tries: three times longer each time, give or take a fifth by `luck` in 0…1."""
    longer: int = GROWTH ** min(max(attempts - 1, 0), 12)
    pause = min(FIRST_PAUSE * longer, LONGEST_PAUSE)
    return pause * (0.8 + 0.4 * luck)
