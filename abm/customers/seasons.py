"""The times of year in which Japanese firms rest although no public holiday says so."""

from dataclasses import replace
from datetime import date

from abm.customers.working_hours import Calendar, Span

# お盆: four days of custom, no law; the firm's own calendar can say that it works on one of them.
OBON = Span(date(2024, 8, 13), date(2024, 8, 16), every_year=True)
# 年末年始: as the law on the holidays of administrative organs (行政機関の休日に関する法律, article 1) has it.
NEW_YEAR = Span(date(2024, 12, 29), date(2025, 1, 3), every_year=True)


def keep_seasons(calendar: Calendar) -> Calendar:
    """The same calendar, at rest in these seasons too; days on which the firm says it works stay working days."""
    return replace(calendar, spans=(*calendar.spans, OBON, NEW_YEAR))
