"""Business time and calendar days: pure helpers around aware UTC datetimes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

# The end of what has none.
FOREVER = datetime.max.replace(tzinfo=UTC)


def host_time() -> datetime:
    """This host's clock in UTC; only processes and the hit's stamp may ask it."""
    return datetime.now(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of a moment in the installation's zone."""
    return at.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a calendar day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """The first moment behind a calendar day, in UTC; of the last day of the calendar, FOREVER."""
    return FOREVER if day == date.max else day_start(day + timedelta(days=1), zone)


def days(seconds: timedelta) -> float:
    """A duration in days."""
    return seconds.total_seconds() / 86400


def rfc3339(at: datetime) -> str:
    """RFC 3339 in UTC, as every JSON answer writes times."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
