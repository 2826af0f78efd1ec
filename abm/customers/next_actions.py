"""Next actions: one at a time per account, person and deal; setting another replaces it, each change is kept."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change
from abm.customers.records import lock_account
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Contact, Deal, NextAction, User
from abm.words import ActionOutcome


@dataclass(frozen=True)
class Promise:
    """What comes next: on which day, who does it, what it is, with whom, and for which deal."""

    account_id: uuid.UUID
    due_on: date
    owner_id: uuid.UUID
    what: str
    contact_id: uuid.UUID | None = None
    deal_id: uuid.UUID | None = None


def set_next_action(session: Session, promise: Promise, *, by: uuid.UUID, at: datetime) -> NextAction:
    """Make this the next action of its account, person or deal; the one before counts as replaced."""
    lock_account(session, promise.account_id)
    _check(session, promise)
    # Two may be open after a merge of accounts: what is set now takes the place of both.
    for before in open_next_actions(session, promise.account_id, promise.contact_id, promise.deal_id):
        _close(session, before, ActionOutcome.REPLACED, by, at)
    action = NextAction(**vars(promise), created_at=at, by_user_id=by)
    session.add(action)
    session.flush()
    note_change(session, "created", action, by=by, at=at)
    return action


def close_next_action(
    session: Session, action_id: uuid.UUID, outcome: ActionOutcome, *, by: uuid.UUID, at: datetime
) -> NextAction:
    """Done or dropped; Conflict when somebody closed it before."""
    action = session.get(NextAction, action_id, with_for_update=True, populate_existing=True)
    if action is None:
        raise NotFound("no such next action")
    if action.closed_at is not None:
        raise Conflict("this next action is closed already", "closed_already")
    _close(session, action, outcome, by, at)
    return action


def open_next_actions(
    session: Session,
    account_id: uuid.UUID,
    contact_id: uuid.UUID | None = None,
    deal_id: uuid.UUID | None = None,
) -> Sequence[NextAction]:
    """What is open with this account, with this person of it, or for this deal; the earliest first."""
    wanted = select(NextAction).where(
        NextAction.account_id == account_id,
        NextAction.contact_id.is_not_distinct_from(contact_id),
        NextAction.deal_id.is_not_distinct_from(deal_id),
        NextAction.closed_at.is_(None),
    )
    return session.scalars(wanted.order_by(NextAction.due_on, NextAction.id)).all()


def _close(session: Session, action: NextAction, outcome: ActionOutcome, by: uuid.UUID, at: datetime) -> None:
    action.closed_at, action.closed_by, action.outcome = at, by, outcome.value
    note_change(session, outcome.value, action, by=by, at=at)
    session.flush()


def _check(session: Session, promise: Promise) -> None:
    if not promise.what.strip():
        raise Invalid("say what comes next", "what", "required")
    owner = session.get(User, promise.owner_id)
    if owner is None or owner.disabled_at is not None:
        raise Invalid("choose a user who can log in", "owner_id", "unknown")
    if promise.contact_id:
        contact = session.get(Contact, promise.contact_id)
        if contact is None or contact.account_id != promise.account_id or contact.archived_at is not None:
            raise Invalid("this person is not at the account", "contact_id", "unknown")
    if promise.deal_id:
        deal = session.get(Deal, promise.deal_id)
        if deal is None or deal.account_id != promise.account_id or deal.archived_at is not None:
            raise Invalid("this deal is not of the account", "deal_id", "unknown")
