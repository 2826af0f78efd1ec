"""The terms of a contract that renews itself: from one renewal day to the next. Days in, days out."""

from dataclasses import dataclass
from datetime import date

from abm.customers.fiscal import add_months, month_end

# A contract of which nobody has said from when until when it runs goes on by the year.
USUAL_MONTHS = 12
DAYS_OF_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Running:
    """A contract that renews itself; `months` is how long it went on for the last time."""

    starts_on: date | None
    renews_on: date
    ends_on: date | None
    months: int | None = None


@dataclass(frozen=True)
class Term:
    """It went on: nobody had given notice by `renews_on`, so the next day to do so is another."""

    renews_on: date
    months: int
    next_renews_on: date
    next_ends_on: date | None


def terms_begun(contract: Running, today: date) -> list[Term]:
    """The terms that have begun before this day, the oldest first; the last one's next day lies ahead."""
    months = contract.months or _length(contract)
    renews_on, ends_on = contract.renews_on, contract.ends_on
    terms = []
    while renews_on < today:
        following = _later(renews_on, months), _later(ends_on, months) if ends_on else None
        terms.append(Term(renews_on, months, *following))
        renews_on, ends_on = following
    return terms


def _length(contract: Running) -> int:
    """Whole months from the first day to the last, at least one."""
    if contract.starts_on is None:
        return USUAL_MONTHS
    last_day = contract.ends_on or contract.renews_on
    days = (last_day - contract.starts_on).days + 1
    return max(1, round(days / DAYS_OF_MONTH))


def _later(day: date, months: int) -> date:
    """The same day so many months on; the last day of a month is followed by the last of another."""
    later = add_months(day, months)
    return month_end(later) if day == month_end(day) else later
