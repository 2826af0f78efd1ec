"""What workers run for imports, and how the scheduler sees that one waits."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.importers.met import has_strangers, meet_next
from abm.importers.waiting import apply_next, has_waiting, plan_next, undo_next
from abm.queue import LONG_TIME_LIMIT_MS, actor
from abm.words import ImportState


@actor("plan_import", time_limit_ms=LONG_TIME_LIMIT_MS)
def plan_imports() -> None:
    """Read every file that somebody has handed over, one after the other."""
    while plan_next():
        pass


@actor("apply_import", time_limit_ms=LONG_TIME_LIMIT_MS)
def apply_imports() -> None:
    """Apply every import that somebody asked for, one after the other."""
    while apply_next():
        pass


@actor("undo_import", time_limit_ms=LONG_TIME_LIMIT_MS)
def undo_imports() -> None:
    """Undo every import that somebody wants back, one after the other."""
    while undo_next():
        pass


@actor("meet_people")
def meet_people() -> None:
    """Find or make the people who filled in a form."""
    while meet_next():
        pass


@sweep("meet_people")
def strangers_wait(session: Session, at: datetime) -> bool:
    """Somebody who filled in a form is not known yet."""
    return has_strangers(session)


@sweep("plan_import")
def files_wait(session: Session, at: datetime) -> bool:
    """A file waits to be read."""
    return has_waiting(session, ImportState.PLANNING)


@sweep("apply_import")
def imports_wait(session: Session, at: datetime) -> bool:
    """An import waits to be applied."""
    return has_waiting(session, ImportState.APPLYING)


@sweep("undo_import")
def undos_wait(session: Session, at: datetime) -> bool:
    """An import waits to be undone."""
    return has_waiting(session, ImportState.UNDOING)
