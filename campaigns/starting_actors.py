"""What the bells of triggers do, and how the scheduler sees that one must ring."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.queue import Queue, actor
from abm.work import unit_of_work
from campaigns.occasions import fold_occasions, has_due_occasions


@actor("fold_occasions", queue=Queue.NURTURE)
def fold_everything() -> None:
    """Fold everything that happened and that a sequence listens to, a batch at a time."""
    folded = True
    while folded:
        with unit_of_work() as work:
            folded = fold_occasions(work.session, work.at) > 0


@sweep("fold_occasions")
def occasions_wait(session: Session, at: datetime) -> bool:
    """Something happened that a sequence listens to."""
    return has_due_occasions(session, at)
