"""Events in words for tests of scores, and the default model."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from abm.scoring.live import default_document
from abm.scoring.model import read_model
from abm.scoring.score import Act
from abm.words import EventKind, Seniority, Verdict

TOKYO = ZoneInfo("Asia/Tokyo")
MODEL = read_model(default_document())
# Monday, noon in Tokyo.
MONDAY = datetime(2026, 11, 9, 3, tzinfo=UTC)
ANNA = uuid.UUID(int=1)
BO = uuid.UUID(int=2)


def act(kind: EventKind = EventKind.CLICK, who: uuid.UUID = ANNA, when: datetime = MONDAY, **over: Any) -> Act:
    """One event of a section head, proven unless told otherwise."""
    values = {"verdict": Verdict.PROVEN, "seniority": Seniority.SECTION_HEAD, "id": uuid.uuid4(), **over}
    return Act(contact_id=who, kind=kind, happened_at=when, **values)


def hours(number: float) -> timedelta:
    """A while."""
    return timedelta(hours=number)
