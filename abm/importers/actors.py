"""What workers run for imports, and how the scheduler sees that one waits."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.importers.waiting import apply_next, has_waiting
from abm.queue import actor


@actor("apply_import")
def apply_imports() -> None:
    """Apply every import that somebody asked for, one after the other."""
    while apply_next():
        pass


@sweep("apply_import")
def imports_wait(session: Session, at: datetime) -> bool:
    """An import waits to be applied."""
    return has_waiting(session)
