"""What every list shares: who the reader asked for, the account each row is about, a page of it, its length."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, outerjoin
from sqlalchemy.sql.elements import ColumnElement

from abm.models import Account, User
from abm.reports.paging import PAGE_LENGTH, Page, page_within

# A file holds so many rows at most: what is more is a matter for the interface, not for a spreadsheet.
MOST_ROWS = 50_000
FETCHED_AT_ONCE = 1_000

Query = Select[*tuple[Any, ...]]
OwnerColumn = InstrumentedAttribute[uuid.UUID | None] | ColumnElement[uuid.UUID | None]


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """What every row of a list says: which account it is about and who looks after it."""

    account_id: uuid.UUID
    account: str
    owner_id: uuid.UUID | None
    owner: str | None


Line = TypeVar("Line", bound=AccountLine)


@dataclass(frozen=True)
class Wanted:
    """What the reader asked for: one owner's rows or those without an owner, a page, and the list's own choices."""

    owner_id: uuid.UUID | None = None
    nobodys: bool = False
    page: int = 1
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_narrow(self) -> bool:
        """True when rows may be left out."""
        return self.nobodys or self.owner_id is not None or any(self.choices.values())

    def choice(self, name: str) -> str:
        """What was chosen under this name; empty when nothing was."""
        return self.choices.get(name, "")


def about_accounts(wanted: Wanted, *columns: Any, owner: OwnerColumn = Account.owner_id, among: Any = Account) -> Query:
    """The living accounts – with the records of theirs in `among` – of the owner asked for, and these columns."""
    lines = (
        select(
            Account.id.label("account_id"),
            Account.name.label("account"),
            owner.label("owner_id"),
            User.name.label("owner"),
            *columns,
        )
        .select_from(outerjoin(among, User, User.id == owner))
        .where(Account.archived_at.is_(None))
    )
    if wanted.nobodys:
        return lines.where(owner.is_(None))
    return lines.where(owner == wanted.owner_id) if wanted.owner_id else lines


def read_page(session: Session, query: Query, kind: type[Line], page: int, length: int = PAGE_LENGTH) -> Page[Line]:
    """One page of a list, with how many rows there are in all."""
    total = count_lines(session, query)
    number = page_within(page, total, length)
    shown = query.limit(length).offset((number - 1) * length)
    return Page(tuple(kind(**row) for row in session.execute(shown).mappings()), total, number, length)


def read_all(session: Session, query: Query, kind: type[Line]) -> Iterator[Line]:
    """The rows of a list for a file, read as they are written."""
    rows = session.execute(query.limit(MOST_ROWS), execution_options={"yield_per": FETCHED_AT_ONCE})
    return (kind(**row) for row in rows.mappings())


def count_lines(session: Session, query: Query) -> int:
    """How many rows a list has now; what its columns say is not computed for it."""
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
