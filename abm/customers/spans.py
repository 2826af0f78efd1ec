"""Spans of days seen from one of them: months, weeks, fiscal years and the parts of each that words name."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from abm.customers.fiscal import Days, add_months, fiscal_year, half, month_end, months_of, quarter

# A day without a year that has just gone by is the past; one longer ago is next year's.
JUST_GONE = timedelta(days=90)


@dataclass(frozen=True)
class Calendar:
    """The day from which words are read, and the month in which the fiscal year closes."""

    on: date
    closing_month: int | None = None

    def year(self, ahead: int = 0) -> Days:
        """The fiscal year, or one ahead."""
        return fiscal_year(self.on, self.closing_month, ahead)

    def month(self, ahead: int = 0) -> Days:
        """This calendar month, or one ahead."""
        return months_of(self.on.replace(day=1), ahead, 1)

    def monday(self, ahead: int = 0) -> date:
        """The first day of this week, or of one ahead."""
        return self.on - timedelta(days=self.on.weekday()) + timedelta(weeks=ahead)

    def next_weekday(self, number: int) -> Days:
        """The next such day of the week after this day; Monday is 0."""
        day = self.on + timedelta(days=(number - self.on.weekday() - 1) % 7 + 1)
        return day, day

    def coming(self, periods: Sequence[Days]) -> Days:
        """The first of these that has not ended."""
        return next(days for days in periods if days[1] >= self.on)

    def named_month(self, month: int) -> Days:
        """The next month of this number; this one counts."""
        begins = date(self.on.year + (month < self.on.month), month, 1)
        return begins, month_end(begins)

    def named_day(self, month: int, day: int) -> Days | None:
        """The day of this name nearest ahead, or the one just gone by; None when there is no such day."""
        found = [made for year in range(5) if (made := day_of(self.on.year + year, month, day))]
        return next(((one, one) for one in found if one >= self.on - JUST_GONE), None)

    def season(self, month: int, ahead: int = 0) -> Days:
        """The three months from this one on that run or come next; with `ahead`, next year's at the earliest."""
        periods = [months_of(date(self.on.year + year, month, 1), 0, 3) for year in (-1, 0, 1, 2)]
        return self.coming([days for days in periods if not ahead or days[0].year > self.on.year])


def whole_year(year: int) -> Days:
    """A calendar year."""
    return date(year, 1, 1), date(year, 12, 31)


def new_year(match: re.Match[str], calendar: Calendar) -> Days:
    """After the new year has begun: its January."""
    return months_of(date(calendar.on.year + 1, 1, 1), 0, 1)


# How one way of naming a time is read: from the words and the calendar to its days, or nothing.
Reader = Callable[[re.Match[str], Calendar], Days | None]
Rule = tuple[re.Pattern[str], Reader, bool]


def day_of(year: int, month: int, day: int) -> date | None:
    """This day, if there is one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def later(on: date, number: float, unit: str) -> date:
    """So many days, weeks, months or years on."""
    if unit in ("日", "day"):
        return on + timedelta(days=round(number))
    if unit.startswith(("週", "week")):
        return on + timedelta(days=round(7 * number))
    if unit in ("年", "year"):
        return add_months(on, round(12 * number))
    whole = add_months(on, int(number))
    return whole + timedelta(days=15) if number % 1 else whole


def part_of(days: Days, word: str | None) -> Days:
    """A part of a month or of a longer time: 上旬, 中旬, 末, 前半 …"""
    first, last = days
    if not word:
        return days
    if months := (last.year - first.year) * 12 + last.month - first.month:
        return _part_of_months(first, months + 1, word)
    if EARLY.match(word) or FIRST_HALF.match(word):
        return first, first + timedelta(days=9)
    if MIDDLE.match(word):
        return first + timedelta(days=10), first + timedelta(days=19)
    if SECOND_HALF.match(word):
        return first + timedelta(days=20), last
    return last - timedelta(days=6), last


def part_of_year(year: Days, word: str | None) -> Days:
    """A part of a fiscal year: a half, a quarter, its beginning or its end."""
    if not word:
        return year
    if number := _ordinal(word):
        return quarter(year, number) if "四半期" in word or "q" in word.lower() else half(year, number)
    if word[0] in "上下":
        return half(year, 1 if word[0] == "上" else 2)
    return part_of(year, word)


EARLY = re.compile(r"(?i)上旬|初|始|頭|early|beginning|start")
MIDDLE = re.compile(r"(?i)中|半ば|mid")
FIRST_HALF = re.compile(r"前半|上半期")
SECOND_HALF = re.compile(r"(?i)下旬|後半|下半期|late")
ORDINALS = {"一": 1, "二": 2, "三": 3, "四": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}


def _part_of_months(first: date, months: int, word: str) -> Days:
    if EARLY.match(word):
        return months_of(first, 0, 1)
    if FIRST_HALF.match(word):
        return months_of(first, 0, months // 2)
    if SECOND_HALF.match(word):
        return months_of(first, months // 2, months - months // 2)
    if MIDDLE.match(word):
        return months_of(first, months // 3, max(1, months // 3))
    return months_of(first, months - 1, 1)


def _ordinal(word: str) -> int | None:
    """The number in 第2四半期, Q2, 2Q, H1, first half, second quarter."""
    if digit := re.search(r"[1-4]", word):
        return int(digit[0])
    named = word.replace("四半期", "").lower()
    return next((number for name, number in ORDINALS.items() if name in named), None)
