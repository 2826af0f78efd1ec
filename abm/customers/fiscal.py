"""An account's fiscal year: which days its halves and quarters hold, counted from the month it closes in."""

from calendar import monthrange
from datetime import date, timedelta

# Most Japanese firms close in March; a record that names no closing month is read as one of them.
USUAL_CLOSING_MONTH = 3

Days = tuple[date, date]


def fiscal_year(on: date, closing_month: int | None, ahead: int = 0) -> Days:
    """The fiscal year that holds this day, or the one so many years ahead."""
    closing = closing_month or USUAL_CLOSING_MONTH
    ends_in = on.year + (on.month > closing) + ahead
    return next_month(date(ends_in - 1, closing, 1)), month_end(date(ends_in, closing, 1))


def named_year(year: int, closing_month: int | None) -> Days:
    """The fiscal year called after the calendar year it begins in: 2026年度."""
    closing = closing_month or USUAL_CLOSING_MONTH
    begins = date(year, closing % 12 + 1, 1)
    return fiscal_year(begins, closing_month)


def half(year: Days, number: int) -> Days:
    """上期 (1) or 下期 (2) of a fiscal year."""
    return months_of(year[0], 6 * (number - 1), 6)


def quarter(year: Days, number: int) -> Days:
    """One of the four quarters of a fiscal year."""
    return months_of(year[0], 3 * (number - 1), 3)


def months_of(first: date, skipped: int, months: int) -> Days:
    """So many whole months from a first day of a month on, after some are skipped."""
    begins = add_months(first, skipped)
    return begins, add_months(begins, months) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where that month is shorter."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_month(day: date) -> date:
    """The first day of the month after this one."""
    return add_months(day.replace(day=1), 1)


def month_end(day: date) -> date:
    """The last day of this month."""
    return next_month(day) - timedelta(days=1)
