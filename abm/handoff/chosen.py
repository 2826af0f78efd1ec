"""Acts on the chosen rows of a list: a task, a next action, a note, an owner, a place in a frozen list."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.freshness import confirm_contact
from abm.customers.next_actions import Promise, set_next_action
from abm.customers.records import lock_account
from abm.customers.rights import EVERYTHING, looked_after_by
from abm.errors import Conflict, Invalid
from abm.handoff.activities import Activity, log_activity
from abm.handoff.feed import Ask, ask_for_tasks
from abm.models import Account, Contact, Deal, Segment, SegmentMember, User
from abm.words import Field, ItemKind, Operator, Role, SegmentKind, TaskKind

# What a person can have looked at before pressing a button.
MOST_CHOSEN = 200
MOST_NAMES = 1_000
LONGEST_NAME = 100
# A task made from a list is due at the end of its day.
END_OF_DAY = time(18)


@dataclass(frozen=True)
class Chosen:
    """One chosen row: its account, and the person or deal it is about."""

    account_id: uuid.UUID
    contact_id: uuid.UUID | None = None
    deal_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts, with which role, and when."""

    by: uuid.UUID
    role: Role
    at: datetime
    zone: ZoneInfo


def choose_mine(session: Session, chosen: Sequence[Chosen], actor: Actor) -> list[Chosen]:
    """The rows this user may act on: marketers all of them, sales those of accounts they look after.

    They come in the order in which accounts are locked, so that two who choose the same rows wait for each other.
    """
    if len(chosen) > MOST_CHOSEN:
        raise Invalid(f"choose {MOST_CHOSEN} rows at most", "rows", "too_many")
    accounts = select(Account.id).where(
        Account.id.in_([one.account_id for one in chosen]), Account.archived_at.is_(None)
    )
    if actor.role == Role.VIEWER:
        return []
    if actor.role == Role.SALES:
        accounts = accounts.where(looked_after_by(actor.by))
    mine = set(session.scalars(accounts))
    people = _homes(session, Contact, [one.contact_id for one in chosen])
    deals = _homes(session, Deal, [one.deal_id for one in chosen])
    # What a row names must belong to its account: else one's own account would open everybody's people and deals.
    rows = {
        one
        for one in chosen
        if one.account_id in mine
        and one.account_id == people.get(one.contact_id, one.account_id if one.contact_id is None else None)
        and one.account_id == deals.get(one.deal_id, one.account_id if one.deal_id is None else None)
    }
    return sorted(rows, key=lambda one: str(one))


def _homes(
    session: Session, table: type[Contact | Deal], ids: Sequence[uuid.UUID | None]
) -> dict[uuid.UUID | None, uuid.UUID]:
    """The account of each of these records."""
    found = session.execute(select(table.id, table.account_id).where(table.id.in_([one for one in ids if one])))
    return {row.id: row.account_id for row in found}


def make_tasks(
    session: Session,
    chosen: Sequence[Chosen],
    what: str,
    actor: Actor,
    *,
    owner_id: uuid.UUID | None,
    due_on: date | None,
    title: Mapping[str, str],
) -> int:
    """A task for each row, by the owner named or else whoever looks after the account; says from which list."""
    text = _said(what)
    owners = _owners(session, chosen, owner_id)
    due_at = datetime.combine(due_on, END_OF_DAY, actor.zone) if due_on else None
    if due_at and due_at < actor.at:
        raise Invalid("the day must not have passed", "due_on", "past")
    why: list[dict[str, Any]] = [{"code": "asked", "text": text}, {"code": "listed", "title": dict(title)}]
    for one in chosen:
        lock_account(session, one.account_id)
        evidence = [{"deal": str(one.deal_id)}] if one.deal_id else []
        ask = Ask(TaskKind.MANUAL, one.account_id, why, evidence, owners[one.account_id], None, one.contact_id, due_at)
        ask_for_tasks(session, [ask], actor.at)
    return len(chosen)


def plan_actions(
    session: Session, chosen: Sequence[Chosen], what: str, due_on: date | None, actor: Actor, owner_id: uuid.UUID | None
) -> int:
    """The next action of each row; what was planned before counts as replaced."""
    text = _said(what)
    if due_on is None:
        raise Invalid("say on which day", "due_on", "required")
    owners = _owners(session, chosen, owner_id)
    for one in chosen:
        owner = owners[one.account_id] or actor.by
        promise = Promise(one.account_id, due_on, owner, text, one.contact_id, one.deal_id)
        set_next_action(session, promise, by=actor.by, at=actor.at)
    return len(chosen)


def keep_notes(session: Session, chosen: Sequence[Chosen], text: str, actor: Actor) -> int:
    """The same note on the timeline of each row, for example why nothing moves."""
    said = _said(text)
    for one in chosen:
        note = Activity(ItemKind.NOTE, one.account_id, actor.at, said, contact_id=one.contact_id)
        log_activity(session, note, by=actor.by, at=actor.at, zone=actor.zone)
    return len(chosen)


def give_owner(session: Session, chosen: Sequence[Chosen], owner_id: uuid.UUID | None, actor: Actor) -> int:
    """Make this user the owner of the accounts; answers how many had another."""
    if actor.role not in EVERYTHING:
        raise Invalid("your role does not give accounts away", "act", "not_allowed")
    _check_user(session, owner_id)
    changed = 0
    for account_id in sorted({one.account_id for one in chosen}):
        account = lock_account(session, account_id)
        if changes := set_fields(account, {"owner_id": owner_id}):
            note_change(session, "changed", account, by=actor.by, at=actor.at, changes=changes)
            changed += 1
    return changed


def confirm_records(session: Session, chosen: Sequence[Chosen], actor: Actor) -> int:
    """Somebody looked: the records of these people are right."""
    people = sorted({one.contact_id for one in chosen if one.contact_id})
    for contact_id in people:
        confirm_contact(session, contact_id, by=actor.by, at=actor.at)
    return len(people)


def put_into_list(session: Session, chosen: Sequence[Chosen], name: str, actor: Actor) -> tuple[Segment, int]:
    """Put the people – of rows without one everybody of the account – into a frozen list, made if there is none."""
    if actor.role not in EVERYTHING:
        raise Invalid("your role does not make segments", "act", "not_allowed")
    segment = _frozen_list(session, name, actor)
    named = [one.contact_id for one in chosen if one.contact_id]
    whole = [one.account_id for one in chosen if one.contact_id is None]
    people = select(Contact.id).where(
        or_(Contact.id.in_(named), Contact.account_id.in_(whole)), Contact.archived_at.is_(None)
    )
    _name_accounts(session, segment, chosen)
    rows = [{"segment_id": segment.id, "contact_id": contact_id} for contact_id in session.scalars(people)]
    if not rows:
        return segment, 0
    added = insert(SegmentMember).on_conflict_do_nothing().returning(SegmentMember.contact_id)
    return segment, len(session.scalars(added, rows).all())


def _owners(
    session: Session, chosen: Sequence[Chosen], owner_id: uuid.UUID | None
) -> Mapping[uuid.UUID, uuid.UUID | None]:
    """Who does it, by account: the one named, else its owner as long as that user can log in."""
    if owner_id is not None:
        _check_user(session, owner_id)
        return {one.account_id: owner_id for one in chosen}
    rows = session.execute(
        select(Account.id, User.id)
        .outerjoin(User, (User.id == Account.owner_id) & User.disabled_at.is_(None))
        .where(Account.id.in_([one.account_id for one in chosen]))
    )
    return dict(rows.all())


def _check_user(session: Session, user_id: uuid.UUID | None) -> None:
    user = session.get(User, user_id) if user_id else None
    if user is None or user.disabled_at is not None:
        raise Invalid("choose a user who can log in", "owner_id", "unknown")


def _said(text: str) -> str:
    bare = text.replace("\0", "").strip()[:500]
    if not bare:
        raise Invalid("say what is to be done", "what", "required")
    return bare


def _frozen_list(session: Session, name: str, actor: Actor) -> Segment:
    bare = name.replace("\0", "").strip()
    if not bare or len(bare) > LONGEST_NAME:
        raise Invalid(f"a list needs a name of 1 to {LONGEST_NAME} signs", "name", "required")
    values = {"kind": SegmentKind.STATIC, "condition": {}, "created_at": actor.at, "by_user_id": actor.by}
    new = insert(Segment).values(name=bare, changed_at=actor.at, filled_at=actor.at, **values)
    session.execute(new.on_conflict_do_nothing(index_elements=["name"]))
    segment = session.scalars(select(Segment).where(Segment.name == bare).with_for_update()).one()
    if segment.kind != SegmentKind.STATIC:
        raise Conflict("a segment of this name asks its condition anew each time; choose another name", "dynamic")
    return segment


def _name_accounts(session: Session, segment: Segment, chosen: Sequence[Chosen]) -> None:
    """A frozen list put together by hand tells whose people are in it, in the language of segments."""
    known = segment.condition.get("value", [])
    if segment.condition and segment.condition.get("field") != Field.ACCOUNT_NAME:
        return
    new = session.scalars(select(Account.name).where(Account.id.in_([one.account_id for one in chosen])))
    names = list(dict.fromkeys([*known, *sorted(new)]))[:MOST_NAMES]
    segment.condition = {"field": Field.ACCOUNT_NAME.value, "op": Operator.IN.value, "value": names}
