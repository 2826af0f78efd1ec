"""What workers do with hits."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.queue import Queue, actor
from abm.work import unit_of_work
from tracking.record import has_pending_hits, record_batch


@actor("record_hits", queue=Queue.TRACKING)
def record_hits() -> None:
    """Turn every pending hit into an event, a batch at a time."""
    while _record_next_batch():
        pass


@sweep("record_hits")
def has_unrecorded_hits(session: Session, at: datetime) -> bool:
    """Hits wait, whenever they happened: a bell was lost."""
    return has_pending_hits(session)


def _record_next_batch() -> int:
    with unit_of_work() as work:
        return record_batch(work.session)
