"""When mail may go out: the policy's window on the recipient's clock, holidays and seasons of rest left out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from abm.customers.seasons import NEW_YEAR, OBON
from abm.customers.working_hours import LONGEST_CLOSURE, Calendar, Hours, Span
from abm.guard.policy import SendWindow


@dataclass(frozen=True)
class SendHours:
    """A send window with the days off that the firm keeps."""

    window: SendWindow
    spans: Sequence[Span] = ()

    def opens_at(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from `at` on at which mail may go; a window that never opens is asked about again later."""
        calendar = self._calendar(zone)
        today = at.astimezone(zone).date()
        for day in (today + timedelta(days=number) for number in range(LONGEST_CLOSURE)):
            opens, closes = calendar.hours_of(day)
            if at < closes and self._is_open(calendar, day):
                return max(at.astimezone(UTC), opens)
        return at + timedelta(days=LONGEST_CLOSURE)

    def _calendar(self, zone: ZoneInfo) -> Calendar:
        window = self.window
        seasons = ((window.obon, OBON), (window.new_year, NEW_YEAR))
        kept = tuple(span for is_kept, span in seasons if is_kept)
        firms = tuple(self.spans) if window.holidays else ()
        return Calendar(zone, Hours(window.opens, window.closes, window.days), (*firms, *kept))

    def _is_open(self, calendar: Calendar, day: date) -> bool:
        if self.window.holidays:
            return calendar.works_on(day)
        return day.isoweekday() in self.window.days and not any(span.holds(day) for span in calendar.spans)
