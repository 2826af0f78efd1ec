"""What became of a mail: its state from now on, and the line of the timeline that tells it."""

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from abm.clock import rfc3339
from abm.connectors.mail.smtp import Fate, Outcome
from abm.customers.timeline import Item
from abm.guard.guard import Decision
from abm.words import GuardAnswer, ItemKind, MessageState, SendReason
from campaigns.moves import ASK_AGAIN, LEFT_OUT, skipped_as
from campaigns.outbox import PATIENCE, Outgoing, Settled, Stranded, pause_after

STATES = {Fate.ACCEPTED: MessageState.SENT, Fate.REFUSED: MessageState.FAILED, Fate.UNKNOWN: MessageState.UNKNOWN}


def settled_as(one: Outgoing, outcome: Outcome | None, at: datetime) -> Settled:
    """The message's state after this outcome; None is one that was not let go."""
    if outcome is None:
        # Due at once: the guard says why, in the one place where that is said.
        return Settled(one.id, one.attempts, MessageState.PLANNED, due_at=at)
    if outcome.fate == Fate.DEFERRED:
        return put_off(one, outcome.reason or SendReason.SMTP_DEFERRED, at, outcome.code)
    return Settled(one.id, one.attempts, STATES[outcome.fate], outcome.reason, code=outcome.code)


def put_off(one: Outgoing, reason: SendReason, at: datetime, code: int | None = None) -> Settled:
    """Try again after a while; given up when it has been tried for days."""
    since = one.tried_since or at
    if at - since > PATIENCE:
        return Settled(one.id, one.attempts, MessageState.FAILED, SendReason.GAVE_UP, code=code)
    # Jitter, not secrecy: what was put off together does not come back together.
    again_at = at + pause_after(at - since, random.random())
    return Settled(one.id, one.attempts, MessageState.PLANNED, reason, again_at, code, since)


def withheld(one: Outgoing, decision: Decision, at: datetime) -> Settled:
    """A hold at the door stays planned and is asked about again; the journey has gone on already."""
    reason = decision.reasons[0]
    if decision.answer in LEFT_OUT:
        state = skipped_as(decision.reasons)
        return Settled(one.id, one.attempts, state, reason, answer=decision.answer, reasons=decision.reasons)
    # What goes instead of a swapped mail is due at once.
    until = at if decision.answer is GuardAnswer.SWAP else decision.until or at + ASK_AGAIN
    return Settled(
        one.id, one.attempts, MessageState.PLANNED, reason, until, answer=decision.answer, reasons=decision.reasons
    )


def rescued(one: Stranded, is_caught: bool, at: datetime) -> Settled:
    """The local mailbox commits before it answers, so what it lacks never arrived."""
    if is_caught:
        return Settled(one.id, one.attempts, MessageState.SENT)
    if one.is_local or not one.may_have_left:
        return Settled(one.id, one.attempts, MessageState.PLANNED, due_at=at)
    return Settled(one.id, one.attempts, MessageState.UNKNOWN, SendReason.BROKEN_OFF)


def withheld_items(outgoing: Sequence[Outgoing], decisions: Mapping[uuid.UUID, Decision], at: datetime) -> list[Item]:
    """One line per message and reason, not one per hour."""
    return [
        _line(
            one,
            ItemKind.MAIL_WITHHELD,
            at,
            {
                "answer": decisions[one.id].answer,
                "reasons": list(decisions[one.id].reasons),
                "until": until and rfc3339(until),
                "sequence": one.sequence,
                "step": one.step,
            },
        )
        for one in outgoing
        for until in (decisions[one.id].until,)
        if decisions[one.id].answer != GuardAnswer.SEND and one.reason != decisions[one.id].reasons[0]
    ]


def told(one: Outgoing, subject: str, settled: Settled, at: datetime) -> Item | None:
    """The line that tells a mail's end; one that is tried again has none yet."""
    said = {"subject": subject, "sequence": one.sequence, "step": one.step}
    if settled.state == MessageState.SENT:
        return _line(one, ItemKind.MAIL_SENT, at, said)
    if settled.state in (MessageState.FAILED, MessageState.UNKNOWN):
        return _line(one, ItemKind.MAIL_FAILED, at, {**said, "reason": settled.reason, "smtp": settled.code})
    return None


def _line(one: Outgoing, kind: ItemKind, at: datetime, detail: dict[str, Any]) -> Item:
    return Item(
        kind=kind,
        account_id=one.account_id,
        department_id=one.department_id,
        contact_id=one.contact_id,
        happened_at=at,
        subject_id=one.id,
        detail=detail,
    )
