"""Deciding about suggestions: a person confirms one, changed or as it is, and only then something comes of it.

What was confirmed belongs to whoever said so: taking the import back, in whose memo it was heard, leaves it.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.customers.audit import note_change
from abm.customers.keep import Writing, add_record, change_record
from abm.customers.next_actions import Promise, open_next_actions, set_next_action
from abm.customers.records import lock_account
from abm.customers.sheets import DEAL
from abm.errors import AbmError, Conflict, Invalid, NotFound
from abm.models import Account, Contact, Deal, Need, Product, Suggestion
from abm.words import DealStage, HeardKind, LostReason, NeedKind, SuggestionState

WANTS = (HeardKind.INTEREST, HeardKind.PROBLEM, HeardKind.NEED)
PROMISES = (HeardKind.REMINDER, HeardKind.NEXT_ACTION)
# Confirmed or dismissed in one request when somebody decides about a whole kind at once.
AT_ONCE = 500
NAME_LENGTH = 80


@dataclass(frozen=True)
class Choice:
    """What a person makes of a suggestion; which fields count depends on its kind."""

    what: str | None = None
    product_id: uuid.UUID | None = None
    contact_id: uuid.UUID | None = None
    first: date | None = None
    last: date | None = None
    due_on: date | None = None
    owner_id: uuid.UUID | None = None
    reason: LostReason | None = None
    # The deal that was lost; without one a lost deal is written down.
    deal_id: uuid.UUID | None = None


def proposal(suggestion: Suggestion, *, owner_id: uuid.UUID | None, today: date) -> Choice:
    """The suggestion as it would be confirmed unchanged; what was to be done by now is to be done today."""
    value = suggestion.value
    due_on = _day(value.get("due_on"))
    product = value.get("product_id")
    wants = suggestion.kind in WANTS
    return Choice(
        what=value.get("topic") or (None if wants and product else value.get("what")),
        product_id=uuid.UUID(product) if product else None,
        contact_id=suggestion.contact_id,
        first=_day(value.get("first")),
        last=_day(value.get("last")),
        due_on=max(due_on, today) if due_on else None,
        owner_id=owner_id,
        reason=LostReason(value["reason"]) if "reason" in value else None,
    )


def confirm(session: Session, suggestion_id: uuid.UUID, choice: Choice, writing: Writing) -> Suggestion:
    """Make of it what the person says; Conflict when somebody has decided about it before."""
    _account, suggestion = _lock(session, suggestion_id)
    if choice.contact_id and not _works_there(session, choice.contact_id, suggestion.account_id):
        raise Invalid("this person is not at the account", "contact_id", "unknown")
    if choice.product_id and session.get(Product, choice.product_id) is None:
        raise Invalid("there is no such product", "product_id", "unknown")
    CONSEQUENCES[HeardKind(suggestion.kind)](session, suggestion, choice, writing)
    _decide(suggestion, SuggestionState.CONFIRMED, writing)
    session.flush()
    return suggestion


def dismiss(session: Session, suggestion_id: uuid.UUID, writing: Writing) -> Suggestion:
    """Nothing comes of it, and the same memo proposes it no more."""
    _account, suggestion = _lock(session, suggestion_id)
    _decide(suggestion, SuggestionState.DISMISSED, writing)
    session.flush()
    return suggestion


def put_need_away(session: Session, need_id: uuid.UUID, writing: Writing) -> Need:
    """They want it no longer; what was said stays in the history."""
    account_id = session.scalar(select(Need.account_id).where(Need.id == need_id))
    if account_id is None:
        raise NotFound("no such need")
    lock_account(session, account_id)
    need = session.get_one(Need, need_id, with_for_update=True, populate_existing=True)
    if need.archived_at is None:
        need.archived_at = writing.at
        note_change(session, "archived", need, by=writing.by, at=writing.at)
    return need


def confirm_all(session: Session, import_id: uuid.UUID, kind: HeardKind, writing: Writing) -> int:
    """Confirm an import's suggestions of this kind as they are, some hundred at a time; answers how many it did.

    What asks for a person stays open: a next action without a day, or where something is planned already.
    """
    waiting = (
        select(Suggestion.id, Account.owner_id)
        .join(Account, Account.id == Suggestion.account_id)
        .where(*_of_import(import_id, kind), Account.archived_at.is_(None))
        .order_by(Suggestion.account_id, Suggestion.id)
    )
    if kind in PROMISES:
        waiting = waiting.where(Suggestion.value.has_key("due_on"))
    done = 0
    for suggestion_id, owner_id in session.execute(waiting.limit(AT_ONCE)).all():
        done += _confirm_as_it_is(session, suggestion_id, owner_id or writing.by, writing)
    return done


def dismiss_all(session: Session, import_id: uuid.UUID, kind: HeardKind, writing: Writing) -> int:
    """Dismiss an import's suggestions of this kind."""
    decided = {"state": SuggestionState.DISMISSED, "decided_at": writing.at, "decided_by": writing.by}
    mine = update(Suggestion).where(*_of_import(import_id, kind)).values(decided).returning(Suggestion.id)
    return len(session.execute(mine).all())


def _confirm_as_it_is(session: Session, suggestion_id: uuid.UUID, owner_id: uuid.UUID | None, writing: Writing) -> bool:
    try:
        with session.begin_nested():
            _account, suggestion = _lock(session, suggestion_id)
            if suggestion.kind in PROMISES and open_next_actions(session, suggestion.account_id, suggestion.contact_id):
                return False
            confirm(session, suggestion_id, proposal(suggestion, owner_id=owner_id, today=writing.today), writing)
    except AbmError:
        # Whatever stands against this one, a person will see it on the list; the others go on.
        return False
    return True


def _lock(session: Session, suggestion_id: uuid.UUID) -> tuple[Account, Suggestion]:
    account_id = session.scalar(select(Suggestion.account_id).where(Suggestion.id == suggestion_id))
    if account_id is None:
        raise NotFound("no such suggestion")
    account = lock_account(session, account_id)
    suggestion = session.get(Suggestion, suggestion_id, with_for_update=True, populate_existing=True)
    if suggestion is None or suggestion.account_id != account_id:
        raise Conflict("this has just moved with a merge; reload the page and look", "moved_meanwhile")
    if suggestion.state != SuggestionState.OPEN:
        raise Conflict("somebody has decided about this already", "decided_already")
    return account, suggestion


def _decide(suggestion: Suggestion, state: SuggestionState, writing: Writing) -> None:
    suggestion.state, suggestion.decided_at, suggestion.decided_by = state.value, writing.at, writing.by


def _works_there(session: Session, contact_id: uuid.UUID, account_id: uuid.UUID) -> bool:
    contact = session.get(Contact, contact_id)
    return contact is not None and contact.account_id == account_id and contact.archived_at is None


def _of_import(import_id: uuid.UUID, kind: HeardKind) -> tuple[Any, ...]:
    return Suggestion.import_id == import_id, Suggestion.kind == kind, Suggestion.state == SuggestionState.OPEN


def _want(session: Session, suggestion: Suggestion, choice: Choice, writing: Writing) -> None:
    if not choice.what and not choice.product_id:
        raise Invalid("say what they want, or choose a product", "what", "required")
    timed = _need_of_note(session, suggestion, choice, has_horizon=True)
    if timed and timed.kind == suggestion.kind:
        timed.topic, timed.said = choice.what, suggestion.said
        note_change(session, "changed", timed, by=writing.by, at=writing.at)
    else:
        _add_need(session, suggestion, choice, writing, NeedKind(suggestion.kind))


def _horizon(session: Session, suggestion: Suggestion, choice: Choice, writing: Writing) -> None:
    """When they mean to act belongs to what they want, where the same note has said it."""
    if choice.first is None:
        raise Invalid("say when they mean to act", "first", "required")
    if choice.last and choice.last < choice.first:
        raise Invalid("this day lies before the beginning", "last", "before_start")
    need = _need_of_note(session, suggestion, choice, has_horizon=False)
    if need is None:
        _add_need(session, suggestion, choice, writing, NeedKind.INTEREST)
        return
    need.horizon_from, need.horizon_until = choice.first, choice.last or choice.first
    changes = {"horizon_from": {"old": None, "new": choice.first.isoformat()}}
    note_change(session, "changed", need, by=writing.by, at=writing.at, changes=changes)


def _need_of_note(session: Session, suggestion: Suggestion, choice: Choice, *, has_horizon: bool) -> Need | None:
    """What the same note has said they want, of the same product or topic."""
    of_note = select(Need).where(
        Need.account_id == suggestion.account_id,
        Need.item_id == suggestion.item_id,
        Need.horizon_from.is_not(None) if has_horizon else Need.horizon_from.is_(None),
        Need.archived_at.is_(None),
        Need.product_id == choice.product_id if choice.product_id else Need.topic == choice.what,
    )
    return session.scalar(of_note.order_by(Need.kind, Need.id).limit(1))


def _add_need(session: Session, suggestion: Suggestion, choice: Choice, writing: Writing, kind: NeedKind) -> None:
    need = Need(
        account_id=suggestion.account_id,
        department_id=suggestion.department_id,
        contact_id=choice.contact_id,
        product_id=choice.product_id,
        kind=kind.value,
        topic=choice.what,
        said=suggestion.said,
        said_on=_day(suggestion.value.get("on")) or writing.today,
        horizon_from=choice.first,
        horizon_until=choice.last or choice.first,
        item_id=suggestion.item_id,
        by_user_id=writing.by,
        created_at=writing.at,
    )
    session.add(need)
    session.flush()
    note_change(session, "created", need, by=writing.by, at=writing.at)


def _lost(session: Session, suggestion: Suggestion, choice: Choice, writing: Writing) -> None:
    """The deal that was lost gets its reason; where nobody wrote one down, a lost deal is written down now."""
    if choice.reason is None:
        raise Invalid("choose the reason", "reason", "required")
    ended = {
        "stage": DealStage.LOST.value,
        "lost_reason": choice.reason.value,
        "closed_on": _day(suggestion.value.get("on")) or writing.today,
    }
    if choice.deal_id:
        deal = session.get(Deal, choice.deal_id)
        if deal is None or deal.account_id != suggestion.account_id:
            raise Invalid("this deal is not of the account", "deal_id", "unknown")
        change_record(session, DEAL, choice.deal_id, ended, writing)
        return
    product = session.get(Product, choice.product_id) if choice.product_id else None
    typed = {
        "name": (choice.what or (product.name if product else suggestion.said))[:NAME_LENGTH],
        "product_id": choice.product_id,
        "contact_id": choice.contact_id,
        "department_id": suggestion.department_id,
        "owner_id": choice.owner_id,
        "note": suggestion.said,
        **ended,
    }
    add_record(session, DEAL, suggestion.account_id, typed, writing)


def _promise(session: Session, suggestion: Suggestion, choice: Choice, writing: Writing) -> None:
    assert writing.by is not None, "a promise is made by somebody"
    if choice.due_on is None:
        raise Invalid("choose the day", "due_on", "required")
    what = (choice.what or suggestion.said).strip()
    promise = Promise(suggestion.account_id, choice.due_on, choice.owner_id or writing.by, what, choice.contact_id)
    set_next_action(session, promise, by=writing.by, at=writing.at)


CONSEQUENCES: dict[HeardKind, Callable[[Session, Suggestion, Choice, Writing], None]] = {
    **dict.fromkeys(WANTS, _want),
    HeardKind.HORIZON: _horizon,
    HeardKind.LOST_REASON: _lost,
    **dict.fromkeys(PROMISES, _promise),
}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
