"""Sending a mail that somebody wants to look at in an inbox of his own."""

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from abm.connectors.mail.calls import hand_over
from abm.connectors.mail.route import route_for
from abm.connectors.mail.smtp import Envelope, Fate, Outcome
from abm.models import Message
from abm.queue import Queue, actor
from abm.words import MessageState, SendReason
from abm.work import here, unit_of_work
from campaigns.actors import make_post
from campaigns.mails import load_stored
from campaigns.parcels import Post, seal
from campaigns.readers import read_reader
from campaigns.render import Letter, make_skeleton, render

STATES = {Fate.ACCEPTED: MessageState.SENT, Fate.UNKNOWN: MessageState.UNKNOWN}


@actor("send_trial", queue=Queue.SENDING)
def send_trial_mail(message_id: str) -> None:
    """Send a mail that somebody wants to look at in an inbox of his own."""
    send_trial(make_post(here()), uuid.UUID(message_id))


def send_trial(post: Post, message_id: uuid.UUID) -> None:
    """Send it once: from its claim until it is settled nobody knows whether it left."""
    with unit_of_work(post.engine) as work:
        claim = update(Message).where(Message.id == message_id, Message.state == MessageState.HELD, Message.is_test)
        claimed = work.session.execute(claim.values(state=MessageState.UNKNOWN).returning(Message.id)).one_or_none()
        if claimed is None:
            return
        message = work.session.get_one(Message, message_id)
        envelope = _envelope(post, work.session, message, work.at)
    outcome = _hand_over(post, envelope)
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


def _hand_over(post: Post, envelope: Envelope) -> Outcome:
    route = route_for(envelope.rcpt_to, False, post.settings, post.mailbox_port)
    if route is None:
        return Outcome(Fate.REFUSED, SendReason.NO_MAILBOX)
    return hand_over(post.pool, route, replace(envelope, raw=seal(post, envelope.raw, route)))
