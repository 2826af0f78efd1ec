"""When recycled work wakes up."""

from datetime import date

import pytest

from abm.handoff.rules import RULES, budgeting_day, wake_day
from abm.words import AnswerCode, TaskState

TODAY = date(2026, 11, 13)


def test_every_answer_has_its_rule() -> None:
    assert set(RULES) == set(AnswerCode)
    assert all(rule.to is not TaskState.NEW for rule in RULES.values())


@pytest.mark.parametrize(
    ("closing_month", "today", "opens"),
    [
        (3, date(2026, 11, 13), date(2027, 1, 1)),
        (3, date(2027, 2, 1), date(2028, 1, 1)),
        (12, date(2026, 9, 30), date(2026, 10, 1)),
        (1, date(2026, 10, 31), date(2026, 11, 1)),
        (2, date(2026, 12, 1), date(2027, 12, 1)),
    ],
)
def test_the_budgeting_window_opens_with_the_last_quarter(closing_month: int, today: date, opens: date) -> None:
    assert budgeting_day(today, closing_month) == opens


@pytest.mark.parametrize(
    ("code", "until", "wakes"),
    [
        (AnswerCode.NOT_NOW, date(2027, 4, 1), date(2027, 4, 1)),
        (AnswerCode.NO_BUDGET, None, date(2027, 1, 1)),
        (AnswerCode.NO_NEED, None, date(2027, 5, 12)),
        (AnswerCode.UNREACHABLE, None, date(2026, 12, 13)),
        (AnswerCode.OTHER, None, None),
        (AnswerCode.ACCEPT, None, None),
    ],
)
def test_recycled_work_has_a_day_to_wake_up(code: AnswerCode, until: date | None, wakes: date | None) -> None:
    assert wake_day(code, TODAY, until=until, closing_month=None) == wakes
