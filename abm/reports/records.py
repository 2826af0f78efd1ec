"""Records of sheets as their pages show them: one with the names it points to, those of an account, and choices."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from abm.customers.sheets import Sheet
from abm.errors import NotFound
from abm.models import Account, Contact, Deal, DealFile, Department, Product, User
from abm.reports.paging import PAGE_LENGTH, Page, page_within
from abm.words import Holds, Role

NAMED: dict[Holds, tuple[Any, Any]] = {
    Holds.CONTACT: (Contact, Contact.full_name),
    Holds.DEPARTMENT: (Department, Department.name),
    Holds.PRODUCT: (Product, Product.name),
    Holds.DEAL: (Deal, Deal.name),
    Holds.FILE: (DealFile, DealFile.name),
    Holds.OWNER: (User, User.name),
}
Choices = Mapping[Holds, list[tuple[str, str]]]
# A choice of more is no choice; whoever has more people at one account than this finds them on their own page.
CHOICES_SHOWN = 500


@dataclass(frozen=True)
class RecordView:
    """One record, its account, and the names of what it points to."""

    sheet: Sheet
    record: Any
    account: Account | None
    names: Mapping[uuid.UUID, str]

    @property
    def title(self) -> str:
        """What the record is called; empty when nobody has named it."""
        value = getattr(self.record, self.sheet.title)
        return self.names.get(value, "") if isinstance(value, uuid.UUID) else value or ""


def read_record(session: Session, sheet: Sheet, record_id: uuid.UUID, *, archived: bool | None = False) -> RecordView:
    """The record, also an archived one with archived=None; NotFound when there is none in this state."""
    record: Any = session.get(sheet.model, record_id)
    if record is None or (archived is not None and (record.archived_at is not None) != archived):
        raise NotFound(f"no such {sheet.noun.replace('_', ' ')}")
    account = session.get(Account, record.account_id) if sheet.of_account else None
    if account is not None and account.archived_at is not None:
        raise NotFound("the account is archived")
    return RecordView(sheet, record, account, names_of(session, sheet, [record]))


def records_of(
    session: Session, sheet: Sheet, account_id: uuid.UUID | None, page: int = 1, length: int = PAGE_LENGTH
) -> tuple[Page[Any], Mapping[uuid.UUID, str]]:
    """(a page of living records, the names of what they point to), the newest first."""
    columns = sheet.model.__table__.c
    living: list[ColumnElement[bool]] = [columns.archived_at.is_(None)]
    if account_id:
        living.append(columns.account_id == account_id)
    total = session.scalar(select(func.count()).select_from(sheet.model).where(*living)) or 0
    number = page_within(page, total, length)
    rows = (
        select(sheet.model)
        .where(*living)
        .order_by(columns.created_at.desc(), columns.id.desc())
        .limit(length)
        .offset((number - 1) * length)
    )
    records = tuple(session.scalars(rows))
    return Page(records, total, number, length), names_of(session, sheet, records)


def names_of(session: Session, sheet: Sheet, records: Iterable[Any]) -> dict[uuid.UUID, str]:
    """Names of everything these records point to, a statement for each kind of it."""
    records = list(records)
    names: dict[uuid.UUID, str] = {}
    for holds in {field.holds for field in sheet.fields if field.points}:
        fields = [field.name for field in sheet.fields if field.holds is holds]
        keys = {key for record in records for name in fields if (key := getattr(record, name))}
        if keys:
            model, name = NAMED[holds]
            names.update({row[0]: row[1] for row in session.execute(select(model.id, name).where(model.id.in_(keys)))})
    return names


def choices_for(session: Session, sheet: Sheet, account_id: uuid.UUID | None, record: Any = None) -> Choices:
    """(id, name) of what a form of this account may point to; what the record points to already stays in the choice."""
    return {
        holds: _choices(session, holds, account_id, _pointed(sheet, holds, record))
        for holds in {field.holds for field in sheet.fields if field.points}
    }


def _choices(
    session: Session, holds: Holds, account_id: uuid.UUID | None, kept: list[uuid.UUID]
) -> list[tuple[str, str]]:
    model, name = NAMED[holds]
    if holds is Holds.OWNER:
        living = User.disabled_at.is_(None)
    elif holds is Holds.PRODUCT:
        living = Product.archived_at.is_(None)
    else:
        living = model.archived_at.is_(None) & (model.account_id == account_id)
    # Who sells stands first among those who may be responsible.
    first = [User.role != Role.SALES] if holds is Holds.OWNER else []
    rows = select(model.id, name).where(or_(living, model.id.in_(kept))).order_by(*first, name, model.id)
    return [(str(key), text) for key, text in session.execute(rows.limit(CHOICES_SHOWN))]


def _pointed(sheet: Sheet, holds: Holds, record: Any) -> list[uuid.UUID]:
    if record is None:
        return []
    return [key for field in sheet.fields if field.holds is holds and (key := getattr(record, field.name))]
