"""What workers run for the search: bring its index up to what has changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.searched import has_changes, keep_index
from abm.due import sweep
from abm.queue import actor
from abm.work import unit_of_work


@actor("keep_search")
def keep_search() -> None:
    """Take every change into the index, a batch an act."""
    taken = 1
    while taken:
        with unit_of_work() as work:
            taken = keep_index(work.session)


@sweep("keep_search")
def search_lacks_changes(session: Session, at: datetime) -> bool:
    """A record has changed since."""
    return has_changes(session)
