"""The terms of a contract that renews itself: from one renewal day to the next. Days in, days out."""

from dataclasses import dataclass
from datetime import date

from abm.customers.fiscal import add_months, month_end

# A contract of which nobody has said from when until when it runs goes on by the year.
USUAL_MONTHS = 12
DAYS_OF_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Running:
    """A contract that renews itself; `months` is how long it went on for the last time.

    The first days are those from which it went on again and again: February is too short for some of them.
    """

    starts_on: date | None
    renews_on: date
    ends_on: date | None
    months: int | None = None
    first_renews_on: date | None = None
    first_ends_on: date | None = None


@dataclass(frozen=True)
class Term:
    """It went on: nobody had given notice by `renews_on`, so the next day to do so is another."""

    renews_on: date
    months: int
    next_renews_on: date
    next_ends_on: date | None
    first_renews_on: date
    first_ends_on: date | None


def terms_begun(contract: Running, today: date) -> list[Term]:
    """The terms that have begun before this day, the oldest first; the last one's next day lies ahead."""
    months = contract.months or _length(contract)
    renews_on, ends_on = contract.renews_on, contract.ends_on
    first_renews_on, first_ends_on = contract.first_renews_on or renews_on, contract.first_ends_on or ends_on
    terms = []
    while renews_on < today:
        next_renews_on = _following(renews_on, first_renews_on, months)
        next_ends_on = _following(ends_on, first_ends_on, months) if ends_on and first_ends_on else None
        terms.append(Term(renews_on, months, next_renews_on, next_ends_on, first_renews_on, first_ends_on))
        renews_on, ends_on = next_renews_on, next_ends_on
    return terms


def _length(contract: Running) -> int:
    """Whole months from the first day to the last, at least one."""
    if contract.starts_on is None:
        return USUAL_MONTHS
    last_day = contract.ends_on or contract.renews_on
    days = (last_day - contract.starts_on).days + 1
    return max(1, round(days / DAYS_OF_MONTH))


def _following(day: date, first: date, months: int) -> date:
    """So many months on, the day of the first; the last day of a month is followed by the last of another."""
    since_first = (day.year - first.year) * 12 + day.month - first.month
    later = add_months(first, since_first + months)
    return month_end(later) if first == month_end(first) else later
