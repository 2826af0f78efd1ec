"""The bell of splits: looking at what their ways brought."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.queue import Queue, actor
from abm.work import unit_of_work
from campaigns.splits import choose_winners, tests_wait


@actor("choose_winners", queue=Queue.NURTURE)
def choose_winners_of_splits() -> None:
    """Decide about the splits whose time is over."""
    with unit_of_work() as work:
        choose_winners(work.session, work.at)


@sweep("choose_winners")
def splits_wait(session: Session, at: datetime) -> bool:
    """A split is to be looked at."""
    return tests_wait(session, at)
