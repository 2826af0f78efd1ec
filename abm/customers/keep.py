"""Keeping the records of sheets: made, changed, put away, brought back; each act leaves its audit row and its line.

Every act locks the account first, as everywhere, then the record it changes.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change, plain, set_fields
from abm.customers.custom import spread_custom
from abm.customers.pointers import check_pointers
from abm.customers.records import ask_evaluation, check_version, lock_account
from abm.customers.sheets import DEAL, Sheet, SheetRecord
from abm.customers.sold import Moment, Values
from abm.customers.timeline import Item, add_items
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, Deal, DealChange, DecisionStep, Product
from abm.words import ItemKind


@dataclass(frozen=True)
class Writing:
    """Who writes a record, at what moment, and which day that is in the installation's zone."""

    by: uuid.UUID | None
    at: datetime
    today: date

    @property
    def moment(self) -> Moment:
        """When, as rules want it."""
        return Moment(self.at, self.today)


def add_record(
    session: Session,
    sheet: Sheet,
    account_id: uuid.UUID | None,
    typed: Mapping[str, Any],
    writing: Writing,
    **fixed: Any,
) -> Any:
    """Make a record of this sheet; `fixed` are values that no form asks for (which hand-off opened the deal)."""
    account = lock_account(session, account_id) if account_id else None
    values = _ruled(session, sheet, None, sheet.new_values(typed), writing, account_id)
    owned = {"account_id": account_id} if account_id else {}
    record = sheet.model(**owned, **values, **fixed, created_at=writing.at)
    session.add(record)
    session.flush()
    note_change(session, "created", record, by=writing.by, at=writing.at)
    _tell(session, sheet, record, None, writing)
    if account and sheet.moves_account:
        ask_evaluation(session, account, writing.at)
    return record


def change_record(
    session: Session,
    sheet: Sheet,
    record_id: uuid.UUID,
    typed: Mapping[str, Any],
    writing: Writing,
    *,
    version: str | None = None,
) -> Any:
    """Make the record what was typed, the rest stays; Conflict when it is no longer what the form showed."""
    account, record = lock_record(session, sheet, record_id)
    before = sheet.values_of(record)
    check_version(version_of_record(sheet, record), version)
    wanted = {**before, **{name: value for name, value in typed.items() if name in before}}
    values = _ruled(session, sheet, before, wanted, writing, account.id if account else None, record)
    changes = set_fields(record, values)
    session.flush()
    if not changes:
        return record
    note_change(session, "changed", record, by=writing.by, at=writing.at, changes=_shown(changes))
    if told := sheet.tells(changes):
        _tell(session, sheet, record, before, writing, told)
    if account and sheet.moves_account:
        ask_evaluation(session, account, writing.at)
    return record


def archive_record(session: Session, sheet: Sheet, record_id: uuid.UUID, writing: Writing) -> Any:
    """Put the record away; it counts no longer, and can be restored."""
    account, record = lock_record(session, sheet, record_id)
    record.archived_at = writing.at
    note_change(session, "archived", record, by=writing.by, at=writing.at)
    if account and sheet.moves_account:
        ask_evaluation(session, account, writing.at)
    return record


def restore_record(session: Session, sheet: Sheet, record_id: uuid.UUID, writing: Writing) -> Any:
    """Bring the record back."""
    account, record = lock_record(session, sheet, record_id, archived=True)
    if isinstance(record, Product) and _code_taken(session, record.code, record):
        raise Conflict("another product has this code by now; change one of the two first", "code_taken")
    record.archived_at = None
    note_change(session, "restored", record, by=writing.by, at=writing.at)
    if account and sheet.moves_account:
        ask_evaluation(session, account, writing.at)
    return record


def lock_record(
    session: Session, sheet: Sheet, record_id: uuid.UUID, *, archived: bool = False
) -> tuple[Account | None, Any]:
    """(its account, the record), both locked for this act; NotFound when there is none in this state."""
    account = _lock_account_of(session, sheet, record_id) if sheet.of_account else None
    record: Any = session.get(sheet.model, record_id, with_for_update=True, populate_existing=True)
    if record is None or (record.archived_at is not None) != archived:
        raise NotFound(f"no such {sheet.noun.replace('_', ' ')}")
    return account, record


def version_of_record(sheet: Sheet, record: SheetRecord) -> str:
    """A mark of everything the form showed: it differs when somebody, or an import, changed the record meanwhile."""
    values = [plain(value) for value in sheet.values_of(record).values()]
    return blake2b(repr(values).encode(), digest_size=8).hexdigest()


def _lock_account_of(session: Session, sheet: Sheet, record_id: uuid.UUID) -> Account:
    """The account is asked for again once locked: a merge may have moved the record meanwhile."""
    columns = sheet.model.__table__.c
    where_it_is = select(columns.account_id).where(columns.id == record_id)
    account_id = session.scalar(where_it_is)
    if account_id is None:
        raise NotFound(f"no such {sheet.noun.replace('_', ' ')}")
    account = lock_account(session, account_id)
    if session.scalar(where_it_is) != account_id:
        raise Conflict("this record has just moved with a merge; reload the page and look", "moved_meanwhile")
    return account


def _ruled(
    session: Session,
    sheet: Sheet,
    before: Values | None,
    values: Values,
    writing: Writing,
    account_id: uuid.UUID | None,
    record: SheetRecord | None = None,
) -> Values:
    """What will be kept: nothing missing, nobody else's, and what the noun's rule makes of it."""
    for field in sheet.fields:
        if field.is_required and values[field.name] in (None, ""):
            raise Invalid(f"{field.name} is missing", field.name, "required")
    check_pointers(session, sheet, before, values, account_id)
    if sheet.model is Product:
        values = {**values, "code": _free_code(session, values, record)}
    return sheet.rule(before, values, writing.moment)


def _free_code(session: Session, values: Values, record: SheetRecord | None) -> str:
    """The word by which files, events and sequences name a product: as typed, else the name itself."""
    code = str(values["code"] or values["name"]).strip()
    if _code_taken(session, code, record):
        raise Invalid(f"another product has the code {code}", "code", "taken")
    return code


def _code_taken(session: Session, code: str, record: SheetRecord | None) -> bool:
    other = session.scalar(select(Product.id).where(Product.code == code))
    return other is not None and (record is None or other != record.id)


def _tell(
    session: Session,
    sheet: Sheet,
    record: Any,
    before: Values | None,
    writing: Writing,
    changed: Sequence[str] = (),
) -> None:
    """The line a new record, or a change of what is told, leaves on the timeline."""
    if sheet is DEAL:
        _keep_stage(session, record, before, writing)
    if sheet.item is None:
        return
    detail = _detail(session, sheet, record, before)
    if sheet.also_told:
        detail |= _said_of_step(record, changed)
    item = Item(
        ItemKind(sheet.item),
        record.account_id,
        writing.at,
        department_id=getattr(record, "department_id", None),
        contact_id=getattr(record, "contact_id", None),
        detail={name: value for name, value in detail.items() if value is not None},
        subject_id=record.id,
        by_user_id=writing.by,
    )
    add_items(session, [item])


def _detail(session: Session, sheet: Sheet, record: Any, before: Values | None) -> dict[str, Any]:
    product_id = getattr(record, "product_id", None)
    product = session.get(Product, product_id) if product_id else None
    return {
        "title": None if sheet.title == "product_id" else getattr(record, sheet.title),
        "product": product.name if product else None,
        "kind": getattr(record, "kind", None),
        "old": plain(before[sheet.told]) if before and sheet.told else None,
        "new": plain(getattr(record, sheet.told)) if sheet.told else None,
        "amount": plain(getattr(record, "amount", None)),
        "currency": getattr(record, "currency", None),
        "score": getattr(record, "score", None),
        "is_complaint": getattr(record, "is_complaint", None),
        "reason": getattr(record, "lost_reason", None),
        "day": plain(getattr(record, "ordered_on", None)),
        "deal": str(record.deal_id) if getattr(record, "deal_id", None) else None,
    }


def _said_of_step(step: DecisionStep, changed: Sequence[str]) -> dict[str, Any]:
    """Whose step it is and by when, and what of that has changed."""
    return {
        "role": step.buying_role,
        "due_on": plain(step.due_on),
        "decided_on": plain(step.decided_on),
        "changed": list(changed) or None,
    }


def _keep_stage(session: Session, deal: Deal, before: Values | None, writing: Writing) -> None:
    old = before["stage"] if before else None
    session.add(DealChange(deal_id=deal.id, at=writing.at, old=old, new=deal.stage, by_user_id=writing.by))


def _shown(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Without what merely follows from a change that is shown itself; custom fields each on their own."""
    told = {name: change for name, change in changes.items() if name not in ("stage_since", "closed_at")}
    return spread_custom(told)
