"""Sending a mail that somebody wants to look at in an inbox of his own."""

import uuid
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from abm.connectors.mail.calls import hand_over
from abm.connectors.mail.route import Route, route_for
from abm.connectors.mail.smtp import Envelope, Fate, Outcome
from abm.due import sweep
from abm.errors import BadConfiguration
from abm.models import Message
from abm.queue import Queue, actor
from abm.words import MailProvider, MessageState, SendReason
from abm.work import here, unit_of_work
from campaigns.actors import make_post
from campaigns.mails import load_stored
from campaigns.parcels import Post, seal
from campaigns.readers import read_reader
from campaigns.render import Letter, make_skeleton, render

log = structlog.get_logger(__name__)

STATES = {Fate.ACCEPTED: MessageState.SENT, Fate.UNKNOWN: MessageState.UNKNOWN}


@actor("send_trial", queue=Queue.SENDING)
def send_trial_mail(message_id: str | None = None) -> None:
    """Send a mail that somebody wants to look at in an inbox of his own; without an id, all whose bell was lost."""
    post = make_post(here())
    for one in [uuid.UUID(message_id)] if message_id else _waiting():
        send_trial(post, one)


@sweep("send_trial")
def trials_wait(session: Session, at: datetime) -> bool:
    """Somebody waits for a mail to look at."""
    return bool(list_trials(session, at, 1))


def _waiting() -> list[uuid.UUID]:
    with unit_of_work() as work:
        return list_trials(work.session, work.at)


def list_trials(session: Session, at: datetime, limit: int = 100) -> list[uuid.UUID]:
    """The tests that were not sent yet, oldest first."""
    statement = text(
        "select id from messages where state = 'held' and is_test and due_at <= :at order by due_at limit :limit"
    )
    return list(session.scalars(statement, {"at": at, "limit": limit}))


def send_trial(post: Post, message_id: uuid.UUID) -> None:
    """Send it once: from its claim until it is settled nobody knows whether it left."""
    with unit_of_work(post.engine) as work:
        claim = update(Message).where(Message.id == message_id, Message.state == MessageState.HELD, Message.is_test)
        claimed = work.session.execute(claim.values(state=MessageState.UNKNOWN).returning(Message.id)).one_or_none()
        if claimed is None:
            return
        message = work.session.get_one(Message, message_id)
        made = _make(post, work.session, message, work.at)
    outcome = made if isinstance(made, Outcome) else hand_over(post.pool, *made)
    with unit_of_work(post.engine) as work:
        state = STATES.get(outcome.fate, MessageState.FAILED)
        sent_at = work.at if state == MessageState.SENT else None
        fate = {"state": state, "reason": outcome.reason, "sent_at": sent_at, "delivered_at": sent_at}
        work.session.execute(update(Message).where(Message.id == message_id).values(**fate))


def _envelope(post: Post, session: Session, message: Message, at: datetime) -> Envelope:
    who = replace(read_reader(session, message.contact_id, at), email=message.email)
    skeleton = make_skeleton(load_stored(session, message.mail_id), post.settings)
    letter = Letter(who, message.key, message.message_id, counts_opens=True)
    raw = render(skeleton, letter, post.signer, at.astimezone(post.settings.zone))
    return Envelope(post.settings.sender_mail, message.email, raw)


def _make(post: Post, session: Session, message: Message, at: datetime) -> tuple[Route, Envelope] | Outcome:
    """Its way and its bytes, or why there are none: once it may have left, nothing else may go wrong."""
    try:
        route = route_for(message.email, False, post.settings, post.mailbox_port)
        if route is None:
            return Outcome(Fate.REFUSED, SendReason.NO_MAILBOX)
        envelope = _envelope(post, session, message, at)
        return route, replace(envelope, raw=seal(post, envelope.raw, route))
    except BadConfiguration:
        by_smtp = post.settings.mail_provider == MailProvider.SMTP
        return Outcome(Fate.REFUSED, SendReason.SMTP_UNREACHABLE if by_smtp else SendReason.PROVIDER_LOGIN)
    except SQLAlchemyError:
        # The database is away, and no mail's fault: the test waits.
        raise
    except Exception as error:  # whatever a row holds, it says why and is not asked about again and again
        log.error("mail_not_made", message=str(message.id), error=type(error).__name__)
        return Outcome(Fate.REFUSED, SendReason.NOT_MADE)
