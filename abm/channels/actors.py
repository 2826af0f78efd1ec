"""What workers run to tell others of tasks: plan deliveries for new changes, and make those that are due."""

import time
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from abm.channels.deliver import Outlet, deliver_next_batch, settle_stranded
from abm.channels.outbox import has_due_deliveries
from abm.channels.planning import has_untold, plan_next_deliveries
from abm.connectors.mail.pool import SmtpPool
from abm.due import sweep
from abm.engines import find_runtime
from abm.queue import Queue, actor, ring
from abm.work import Installation, here, unit_of_work

# A pass and the batch that follows stay well below the queue's limit of ten minutes.
PASS_SECONDS = 120.0


@actor("plan_deliveries", queue=Queue.SENDING)
def plan_deliveries() -> None:
    """Decide for every new change whom to tell, then tell them."""
    planned = True
    while planned:
        with unit_of_work() as work:
            planned = plan_next_deliveries(work.session, work.at) > 0
    make_deliveries()


@sweep("plan_deliveries")
def has_changes(session: Session, _at: datetime) -> bool:
    """True while a change waits to be told."""
    return has_untold(session)


@actor("make_deliveries", queue=Queue.SENDING)
def make_deliveries() -> None:
    """Make every delivery that is due, a batch at a time."""
    outlet = make_outlet(here())
    settle_stranded(outlet)
    ends = time.monotonic() + PASS_SECONDS
    while deliver_next_batch(outlet):
        if time.monotonic() > ends:
            ring("make_deliveries")
            return


@sweep("make_deliveries")
def deliveries_wait(session: Session, at: datetime) -> bool:
    """A delivery is due, or was left behind."""
    return has_due_deliveries(session, at)


def make_outlet(installation: Installation) -> Outlet:
    """What this process delivers with; connections are kept between bells."""
    settings = installation.settings
    runtime = None if settings.mailbox_port else find_runtime(settings)
    port = settings.mailbox_port or (runtime.mailbox_port if runtime else 0)
    return Outlet(settings, installation.signer, _pool(), port)


@cache
def _pool() -> SmtpPool:
    return SmtpPool()
