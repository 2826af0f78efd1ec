"""What workers run for records: bring along what arrived late at an account that was merged."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.merges import gather_strays, has_any_strays
from abm.due import sweep
from abm.queue import actor
from abm.work import unit_of_work


@actor("gather_strays")
def gather_late_records() -> None:
    """Move what acts under way have written to merged accounts to those that stayed."""
    with unit_of_work() as work:
        gather_strays(work.session)


@sweep("gather_strays")
def has_late_records(session: Session, at: datetime) -> bool:
    """True while a merged account has got a record since."""
    return has_any_strays(session)
