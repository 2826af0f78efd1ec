"""Finding an account, a department or a contact by what a person types: id, number, domain, name or address."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from abm.errors import Conflict, NotFound
from abm.models import Account, AccountDomain, Contact, Department, Product

CORPORATE_NUMBER_DIGITS = 13
CANDIDATES_SHOWN = 10


def find_account(session: Session, text: str) -> Account:
    """The one account meant; Conflict names the candidates when it could be several, NotFound when none."""
    for ask in (_by_id, _by_corporate_number, _by_domain, _by_name):
        if found := ask(session, text.strip()):
            return _only(found, text)
    raise NotFound(
        f"no account {text!r}; give its id, corporate number, domain or exact name (as shown, 株式会社 included)"
    )


def find_contact(session: Session, text: str, account: Account | None = None) -> Contact:
    """The one contact with this id or mail address, of this account if one is given."""
    wanted = _as_id(text.strip())
    condition = Contact.id == wanted if wanted else Contact.email == text.strip()
    contact = session.scalar(select(Contact).where(condition, Contact.archived_at.is_(None)))
    if contact is None:
        raise NotFound(f"no contact {text!r}; give its id or mail address")
    if account and contact.account_id != account.id:
        raise NotFound(f"{text!r} is not a contact of {account.name}")
    return contact


def find_product(session: Session, text: str) -> uuid.UUID:
    """The id of the product with this code."""
    found = session.scalar(select(Product.id).where(Product.code == text.strip(), Product.archived_at.is_(None)))
    if found is None:
        raise NotFound(f"no product with the code {text!r}")
    return found


def find_department(session: Session, account: Account, text: str) -> Department:
    """The department of this account with this id or name."""
    wanted = _as_id(text.strip())
    condition = Department.id == wanted if wanted else Department.name == text.strip()
    department = session.scalar(select(Department).where(condition, Department.account_id == account.id))
    if department is None:
        names = session.scalars(select(Department.name).where(Department.account_id == account.id))
        known = ", ".join(sorted(names)) or "none"
        raise NotFound(f"{account.name} has no department {text!r}; it has {known}")
    return department


def _by_id(session: Session, text: str) -> Sequence[Account]:
    wanted = _as_id(text)
    return _accounts(session, Account.id == wanted) if wanted else []


def _by_corporate_number(session: Session, text: str) -> Sequence[Account]:
    if not (text.isascii() and text.isdigit() and len(text) == CORPORATE_NUMBER_DIGITS):
        return []
    return _accounts(session, Account.corporate_number == text)


def _by_domain(session: Session, text: str) -> Sequence[Account]:
    owned = select(AccountDomain.account_id).where(AccountDomain.domain == text.lower())
    return _accounts(session, Account.id.in_(owned))


def _by_name(session: Session, text: str) -> Sequence[Account]:
    return _accounts(session, Account.name == text)


def _accounts(session: Session, condition: ColumnElement[bool]) -> Sequence[Account]:
    found = select(Account).where(condition, Account.archived_at.is_(None)).order_by(Account.id)
    return session.scalars(found.limit(CANDIDATES_SHOWN + 1)).all()


def _only(found: Sequence[Account], text: str) -> Account:
    if len(found) == 1:
        return found[0]
    shown = ", ".join(f"{account.id} ({account.name})" for account in found[:CANDIDATES_SHOWN])
    more = ", …" if len(found) > CANDIDATES_SHOWN else ""
    raise Conflict(f"{text!r} could be several accounts: {shown}{more}; give the id")


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
