"""Asking the contact guard once more, about mails that are about to leave."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.guard.batch import Batch
from abm.guard.facts import Question, lock_accounts, open_batch
from abm.guard.guard import Decision, MailAbout
from abm.guard.sent import Counting, load_abouts
from campaigns.outbox import Outgoing
from campaigns.rerouted import Rerouted

SWAP = text(
    """
    update messages set mail_id = swap_mail_id, swap_mail_id = null
    where id = any(:ids) and swap_mail_id is not null
    """
)


class DoorGuard:
    """The guard about the mails of one sender's batch: what it lets through counts for those behind."""

    def __init__(self, batch: Batch, abouts: Mapping[uuid.UUID, MailAbout]) -> None:
        self._batch, self._abouts = batch, abouts
        # Of many mails the kinds are few.
        self._known: dict[tuple[uuid.UUID, uuid.UUID | None, int], MailAbout] = {}

    def ask(self, one: Outgoing) -> Decision:
        """What is said about this mail now."""
        return self._batch.ask(one.contact_id, self._about(one))

    def note(self, one: Outgoing) -> None:
        """This mail leaves."""
        self._batch.note(one.contact_id)

    def _about(self, one: Outgoing) -> MailAbout:
        kind = (one.mail_id, one.swap_mail_id, one.priority)
        if kind not in self._known:
            swap = self._abouts[one.swap_mail_id] if one.swap_mail_id else None
            self._known[kind] = replace(self._abouts[one.mail_id], priority=one.priority, swap=swap)
        return self._known[kind]


def open_door(session: Session, outgoing: Sequence[Outgoing], at: datetime, zone: ZoneInfo) -> DoorGuard:
    """The guard for these mails; other senders of their accounts wait until our commit tells what left."""
    lock_accounts(session, {one.account_id for one in outgoing})
    mails = {mail_id for one in outgoing for mail_id in (one.mail_id, one.swap_mail_id) if mail_id}
    abouts = load_abouts(session, mails)
    question = Question(list(abouts.values()), zone, Counting(but=[one.id for one in outgoing]))
    return DoorGuard(open_batch(session, {one.contact_id for one in outgoing}, at, question), abouts)


def rerouted(one: Outgoing, decision: Decision) -> Rerouted:
    """A mail that is left to the owner in the last moment."""
    return Rerouted(
        one.enrollment_id,
        one.step,
        one.occurrence,
        one.account_id,
        one.contact_id,
        one.mail_id,
        one.sequence_title,
        tuple(str(reason) for reason in decision.reasons),
    )


def swap_mails(session: Session, message_ids: Collection[uuid.UUID]) -> None:
    """Let the other mail of their steps go instead; the guard is asked about it as well."""
    if message_ids:
        session.execute(SWAP, {"ids": list(message_ids)})
