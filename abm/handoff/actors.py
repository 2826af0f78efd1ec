"""What workers run for hand-offs: open what the scores ask for, find owners for what waits."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.handoff.assign import assign_waiting, has_waiting
from abm.handoff.open import has_requests, open_next_hand_offs
from abm.queue import Queue, actor
from abm.work import here, unit_of_work


@actor("open_hand_offs", queue=Queue.SCORING)
def open_hand_offs() -> None:
    """Open or feed a task for every request of the scores, then give tasks without an owner one."""
    zone = here().settings.zone
    opened = True
    while opened:
        with unit_of_work() as work:
            opened = open_next_hand_offs(work.session, work.at, zone) > 0
    with unit_of_work() as work:
        assign_waiting(work.session, work.at, zone)


@sweep("open_hand_offs")
def has_hand_offs(session: Session, at: datetime) -> bool:
    """True while requests wait, or a task for which somebody could be found."""
    return has_requests(session) or has_waiting(session)
