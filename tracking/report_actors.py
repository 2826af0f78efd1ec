"""What workers do with reports of other systems."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.queue import Queue, actor
from abm.work import here
from tracking.effects import standards_of
from tracking.inbound import has_due_posts
from tracking.report_reading import Reader, read_next_posts


@actor("read_posts", queue=Queue.TRACKING)
def read_posts() -> None:
    """Read every post that waits, a batch at a time."""
    installation = here()
    settings = installation.settings
    certificates = settings.state_dir.absolute() / "certificates"
    reader = Reader(installation.engine, certificates, standards=standards_of(settings))
    while read_next_posts(reader):
        pass


@sweep("read_posts")
def has_unread_posts(session: Session, at: datetime) -> bool:
    """Posts wait that nobody reads: a bell was lost, or it is time to try again."""
    return has_due_posts(session)
