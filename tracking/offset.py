"""Business time at the door: this host's clock plus the offset last read, kept on disk."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import host_time
from abm.whole import write_whole


class Offset:
    """How far business time is from this host's clock; normally nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._value = _read(file)

    @property
    def value(self) -> timedelta:
        """The offset last read."""
        return self._value

    def now(self) -> datetime:
        """Business time, also while the database is away."""
        return host_time() + self._value

    def refresh(self, session: Session) -> None:
        """Read the offset; the file is written only when it moved."""
        found = session.scalar(text("select clock_offset from business_clock"))
        value = found if isinstance(found, timedelta) else timedelta()
        if value != self._value:
            self._value = value
            write_whole(self._file, str(value.total_seconds()).encode())


def _read(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text()))
    except (OSError, ValueError):
        return timedelta()
