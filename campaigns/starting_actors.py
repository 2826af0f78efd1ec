"""What the bells of triggers do, and how the scheduler sees that one must ring."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.queue import Queue, actor
from abm.work import here, unit_of_work
from campaigns.occasions import fold_occasions, has_due_occasions
from campaigns.watching import has_due_looks, look_next


@actor("fold_occasions", queue=Queue.NURTURE)
def fold_everything() -> None:
    """Fold everything that happened and that a sequence listens to, a batch at a time."""
    folded = True
    while folded:
        with unit_of_work() as work:
            folded = fold_occasions(work.session, work.at) > 0


@actor("look_for_people", queue=Queue.NURTURE)
def look_at_everything() -> None:
    """Look into every segment that is due to be looked at, one a commit."""
    looked = True
    while looked:
        with unit_of_work() as work:
            looked = look_next(work.session, work.at, here().settings.zone)


@sweep("fold_occasions")
def occasions_wait(session: Session, at: datetime) -> bool:
    """Something happened that a sequence listens to."""
    return has_due_occasions(session, at)


@sweep("look_for_people")
def looks_wait(session: Session, _at: datetime) -> bool:
    """A segment that a sequence listens to is due to be looked at."""
    return has_due_looks(session)
