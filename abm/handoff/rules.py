"""What each answer of sales does to a task: from where, to where, what it asks for, and when work wakes up again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from abm.customers.fiscal import USUAL_CLOSING_MONTH, fiscal_year, half, next_month
from abm.words import AnswerCode, ExcludedReason, TaskFaultKind, TaskState, WakeChoice

TAKEN = (TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.WORKING)
# Logged calls, visits or meetings before somebody counts as out of reach.
TRIES_NEEDED = 3
# What goes with an answer is read in mails and chats, and what is put off for longer is forgotten.
LONGEST_TEXT = 2_000
LONGEST_REST = timedelta(days=36_500)
# Budgets of a fiscal year are made in its predecessor's last months.
BUDGETING_MONTHS = 3

# What hand-offs are made for.
WINS = (AnswerCode.MEETING, AnswerCode.OPPORTUNITY)


@dataclass(frozen=True)
class Rule:
    """One answer: the states it may be given from, the state it leads to, and its effects."""

    to: TaskState
    source: tuple[TaskState, ...] = TAKEN
    needs_text: bool = False
    needs_until: bool = False
    wakes_after_days: int | None = None
    excludes: ExcludedReason | None = None
    cool_down: bool = False
    # What the hand-off shows to be wrong with the rules that made it.
    fault: TaskFaultKind | None = None


RULES: Mapping[AnswerCode, Rule] = {
    AnswerCode.ACCEPT: Rule(TaskState.ACCEPTED, source=(TaskState.ASSIGNED,)),
    AnswerCode.START: Rule(TaskState.WORKING, source=(TaskState.ACCEPTED,)),
    AnswerCode.MEETING: Rule(TaskState.MEETING),
    AnswerCode.OPPORTUNITY: Rule(TaskState.OPPORTUNITY),
    AnswerCode.NOT_NOW: Rule(TaskState.RECYCLED, needs_until=True),
    AnswerCode.NO_BUDGET: Rule(TaskState.RECYCLED),
    AnswerCode.NO_NEED: Rule(TaskState.RECYCLED, wakes_after_days=180),
    AnswerCode.NOT_FIT: Rule(TaskState.DISQUALIFIED, excludes=ExcludedReason.NOT_FIT, fault=TaskFaultKind.NOT_FIT),
    AnswerCode.WRONG_PERSON: Rule(TaskState.REJECTED, needs_text=True),
    AnswerCode.UNREACHABLE: Rule(TaskState.RECYCLED, wakes_after_days=30),
    AnswerCode.BAD_DATA: Rule(TaskState.REJECTED, cool_down=True),
    AnswerCode.ALREADY_WORKING: Rule(TaskState.REJECTED, cool_down=True, fault=TaskFaultKind.COLLISION),
    AnswerCode.ALREADY_CUSTOMER: Rule(TaskState.REJECTED, cool_down=True, fault=TaskFaultKind.ALREADY_BOUGHT),
    AnswerCode.COMPETITOR: Rule(TaskState.DISQUALIFIED, excludes=ExcludedReason.COMPETITOR),
    AnswerCode.FALSE_SIGNAL: Rule(TaskState.REJECTED, cool_down=True, fault=TaskFaultKind.FALSE_SIGNAL),
    AnswerCode.DO_NOT_CONTACT: Rule(TaskState.DISQUALIFIED),
    AnswerCode.OTHER: Rule(TaskState.REJECTED, needs_text=True, cool_down=True),
}


def wake_day(code: AnswerCode, today: date, *, until: date | None, closing_month: int | None) -> date | None:
    """The day on which work on the account wakes up again, if it does."""
    if code is AnswerCode.NO_BUDGET:
        return until or budgeting_day(today, closing_month or USUAL_CLOSING_MONTH)
    after = RULES[code].wakes_after_days
    if after is not None:
        return until or today + timedelta(days=after)
    return until if RULES[code].to is TaskState.RECYCLED else None


def wake_choices(today: date, closing_month: int | None) -> Mapping[WakeChoice, date]:
    """The days that customers mean when they put something off, by their own fiscal year."""
    this_year, next_year = fiscal_year(today, closing_month), fiscal_year(today, closing_month, ahead=1)
    halves = (half(year, number)[0] for year in (this_year, next_year) for number in (1, 2))
    return {
        WakeChoice.NEXT_MONTH: next_month(today),
        WakeChoice.NEXT_HALF: next(day for day in halves if day > today),
        WakeChoice.NEXT_YEAR: next_year[0],
    }


def budgeting_day(today: date, closing_month: int) -> date:
    """The next first day of a budgeting window: the last months of the fiscal year."""
    month = (closing_month - BUDGETING_MONTHS) % 12 + 1
    start = date(today.year, month, 1)
    return start if start > today else date(today.year + 1, month, 1)
