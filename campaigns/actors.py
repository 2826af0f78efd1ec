"""What the bells of nurture and sending do, and how the scheduler sees that one must ring."""

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

import structlog
from sqlalchemy.orm import Session

from abm.connectors.mail.dkim import read_dkim_key
from abm.connectors.mail.pool import SmtpPool
from abm.due import sweep
from abm.engines import find_runtime
from abm.queue import Queue, actor, ring
from abm.work import Installation, here, unit_of_work
from campaigns.advance import advance, claim_enrollments
from campaigns.enrollments import has_due_enrollments, set_aside
from campaigns.outbox import has_due_messages
from campaigns.parcels import Post, Skeletons
from campaigns.plans import Sender
from campaigns.restarts import notice_restart
from campaigns.sending import send_due, settle_stranded

log = structlog.get_logger(__name__)

# A pass and the batch that follows stay well below the queue's limit of ten minutes.
PASS_SECONDS = 240.0


@actor("advance_enrollments", queue=Queue.NURTURE)
def advance_enrollments() -> None:
    """Advance everybody who is due, a batch at a time."""
    _ask_after_silence()
    _until_done("advance_enrollments", advance_next_batch)


@actor("send_messages", queue=Queue.SENDING)
def send_messages() -> None:
    """Send everything that is due, a batch at a time."""
    _ask_after_silence()
    post = make_post(here())
    settle_stranded(post)
    if not send_due(post, time.monotonic() + PASS_SECONDS):
        ring("send_messages")


@sweep("advance_enrollments")
def enrollments_wait(session: Session, at: datetime) -> bool:
    """Someone is due to be advanced."""
    return has_due_enrollments(session, at)


@sweep("send_messages")
def messages_wait(session: Session, at: datetime) -> bool:
    """A message is due to be sent, or was left behind."""
    return has_due_messages(session, at)


def _ask_after_silence() -> None:
    """Before anything else: what a long silence has left overdue waits for an administrator."""
    with unit_of_work() as work:
        notice_restart(work.session, work.at)


def _until_done(name: str, next_batch: Callable[[], bool]) -> None:
    """Batch after batch, but never until the queue's time limit cuts one off in the middle: then by a new bell."""
    ends = time.monotonic() + PASS_SECONDS
    while next_batch():
        if time.monotonic() > ends:
            ring(name)
            return


def advance_next_batch() -> bool:
    """Claim a batch and advance it; False when nobody was due."""
    with unit_of_work() as work:
        ids = claim_enrollments(work.session, work.at)
    if ids:
        _advance_claimed(ids)
    return bool(ids)


def _advance_claimed(ids: Sequence[uuid.UUID]) -> None:
    """One bad row must not keep a thousand others: what fails together is tried one by one."""
    try:
        _advance_together(ids)
    except Exception as error:  # whatever a row holds, the others go on; the row is parked where people see it
        if len(ids) == 1:
            _set_aside(ids[0], error)
            return
        for enrollment_id in ids:
            _advance_claimed([enrollment_id])


def _advance_together(ids: Sequence[uuid.UUID]) -> None:
    settings = here().settings
    sender = Sender(settings.sender_mail.rpartition("@")[2], settings.zone, settings.sender_name)
    with unit_of_work() as work:
        advance(work.session, ids, sender, work.at)


def _set_aside(enrollment_id: uuid.UUID, error: Exception) -> None:
    log.error("enrollment_not_advanced", enrollment=str(enrollment_id), error=type(error).__name__)
    with unit_of_work() as work:
        set_aside(work.session, enrollment_id, work.at)


def make_post(installation: Installation) -> Post:
    """What this process sends with; connections and prepared mails are kept between bells."""
    settings = installation.settings
    port = settings.mailbox_port
    if not port and (runtime := find_runtime(settings)):
        port = runtime.mailbox_port
    return Post(
        settings,
        installation.engine,
        installation.signer,
        _pool(),
        _skeletons(installation),
        port,
        dkim=read_dkim_key(settings),
    )


@cache
def _pool() -> SmtpPool:
    return SmtpPool()


_prepared: dict[int, Skeletons] = {}


def _skeletons(installation: Installation) -> Skeletons:
    return _prepared.setdefault(hash(installation.settings), Skeletons(installation.settings))
