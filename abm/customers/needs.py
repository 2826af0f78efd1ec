"""Wants that somebody writes down: what a customer is interested in, suffers from or needs, dated and with whom."""

import uuid
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, set_fields
from abm.customers.keep import Writing
from abm.customers.records import lock_account
from abm.customers.timeline import Item, add_items
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Contact, Department, Need, Product
from abm.words import ItemKind, NeedKind

LONGEST_TOPIC, LONGEST_WORDS = 200, 500


@dataclass(frozen=True)
class Wanted:
    """A want as its form holds it: of a product or a topic, or of both; of a person, a department or the whole firm."""

    kind: NeedKind
    topic: str | None = None
    product_id: uuid.UUID | None = None
    contact_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None
    said: str | None = None
    # None is today for a new one; what is known stays.
    said_on: date | None = None
    horizon_from: date | None = None
    horizon_until: date | None = None


def write_need(session: Session, account_id: uuid.UUID, wanted: Wanted, writing: Writing) -> Need:
    """Keep what they want, and tell it on the timeline."""
    lock_account(session, account_id)
    wanted = _checked(session, account_id, replace(wanted, said_on=wanted.said_on or writing.today), writing)
    need = Need(account_id=account_id, **_values(wanted), by_user_id=writing.by, created_at=writing.at)
    session.add(need)
    session.flush()
    note_change(session, "created", need, by=writing.by, at=writing.at)
    add_items(session, [_line(session, need, writing)])
    return need


def change_need(session: Session, need_id: uuid.UUID, wanted: Wanted, writing: Writing) -> Need:
    """Make it what the form says; Conflict when they want it no longer."""
    need = _lock(session, need_id)
    wanted = _checked(session, need.account_id, replace(wanted, said_on=wanted.said_on or need.said_on), writing)
    if changes := set_fields(need, _values(wanted)):
        session.flush()
        note_change(session, "changed", need, by=writing.by, at=writing.at, changes=changes)
    return need


def _lock(session: Session, need_id: uuid.UUID) -> Need:
    account_id = session.scalar(select(Need.account_id).where(Need.id == need_id))
    if account_id is None:
        raise NotFound("no such need")
    lock_account(session, account_id)
    need = session.get_one(Need, need_id, with_for_update=True, populate_existing=True)
    if need.account_id != account_id:
        raise Conflict("this has just moved with a merge; reload the page and look", "moved_meanwhile")
    if need.archived_at is not None:
        raise Conflict("they want this no longer; write it down anew", "decided_already")
    return need


def _checked(session: Session, account_id: uuid.UUID, wanted: Wanted, writing: Writing) -> Wanted:
    """The want with the department of its person; Invalid for what is missing or somebody else's."""
    if not wanted.topic and not wanted.product_id:
        raise Invalid("say what they want, or choose a product", "topic", "required")
    if wanted.product_id and session.get(Product, wanted.product_id) is None:
        raise Invalid("there is no such product", "product_id", "unknown")
    if wanted.said_on and wanted.said_on > writing.today:
        raise Invalid("this day is still to come", "said_on", "future")
    first, last = wanted.horizon_from, wanted.horizon_until
    if last and (first is None or last < first):
        raise Invalid("this day lies before the beginning", "horizon_until", "before_start")
    contact = session.get(Contact, wanted.contact_id) if wanted.contact_id else None
    if wanted.contact_id and (contact is None or contact.account_id != account_id):
        raise Invalid("this person is not at the account", "contact_id", "unknown")
    department_id = contact.department_id if contact else wanted.department_id
    department = session.get(Department, department_id) if department_id else None
    if department_id and (department is None or department.account_id != account_id):
        raise Invalid("this department is not of the account", "department_id", "unknown")
    return replace(wanted, department_id=department_id, horizon_until=last or first)


def _values(wanted: Wanted) -> dict[str, object]:
    said = wanted.said or wanted.topic or ""
    return {**vars(wanted), "kind": wanted.kind.value, "said": said}


def _line(session: Session, need: Need, writing: Writing) -> Item:
    product = session.get(Product, need.product_id) if need.product_id else None
    detail = {"kind": need.kind, "topic": need.topic, "product": product.name if product else None}
    return Item(
        ItemKind.NEED_HEARD,
        need.account_id,
        writing.at,
        department_id=need.department_id,
        contact_id=need.contact_id,
        body=need.said if need.said != need.topic else None,
        detail={name: value for name, value in detail.items() if value},
        subject_id=need.id,
        by_user_id=writing.by,
    )
