"""The mail and web domains of an account: added and taken away by hand; shared ones are refused."""

import re
import unicodedata
import uuid
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.audit import note_change
from abm.customers.domains import SharedDomains, registrable_domain
from abm.customers.records import lock_account
from abm.errors import Invalid
from abm.models import Account, AccountDomain

DOMAIN = re.compile(r"(?=.{4,253}$)(?:(?!-)[\w-]{1,63}(?<!-)\.)+(?!\d+$)[\w-]{2,63}")
MOST_DOMAINS = 50


def domains_of(session: Session, account_id: uuid.UUID) -> Sequence[str]:
    """The account's domains, in order."""
    mine = select(AccountDomain.domain).where(AccountDomain.account_id == account_id)
    return session.scalars(mine.order_by(AccountDomain.domain)).all()


def add_domain(
    session: Session, account_id: uuid.UUID, typed: str, shared: SharedDomains, *, by: uuid.UUID, at: datetime
) -> str:
    """Add the registrable part of a domain, address or link; Invalid when many firms share it."""
    account = lock_account(session, account_id)
    domain = read_domain(typed)
    if shared.is_shared(domain):
        raise Invalid(f"{domain} is a provider's: many firms write from it", "domain", "domain_shared")
    domain = registrable_domain(domain)
    old = domains_of(session, account_id)
    if domain in old:
        return domain
    if len(old) >= MOST_DOMAINS:
        raise Invalid("an account has fifty domains at most", "domain", "too_many")
    session.add(AccountDomain(account_id=account_id, domain=domain))
    _note(session, account, old, [*old, domain], by, at)
    return domain


def remove_domain(session: Session, account_id: uuid.UUID, domain: str, *, by: uuid.UUID, at: datetime) -> None:
    """Take a domain away; one that is gone already is no fault."""
    account = lock_account(session, account_id)
    old = domains_of(session, account_id)
    if found := session.get(AccountDomain, (account_id, domain)):
        session.delete(found)
        _note(session, account, old, [one for one in old if one != domain], by, at)


def read_domain(typed: str) -> str:
    """The domain in a name, a mail address or a link; Invalid when there is none."""
    text = unicodedata.normalize("NFKC", typed).strip().casefold()
    if "://" in text or "/" in text:
        text = _host(text)
    text = text.rpartition("@")[2].removeprefix("www.").rstrip(".")
    if not DOMAIN.fullmatch(text):
        raise Invalid("this is no domain, such as company.co.jp", "domain", "domain_unreadable")
    return text


def _host(text: str) -> str:
    try:
        return urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""


def _note(
    session: Session, account: Account, old: Sequence[str], new: Sequence[str], by: uuid.UUID, at: datetime
) -> None:
    changes = {"domains": {"old": ", ".join(old), "new": ", ".join(sorted(new))}}
    note_change(session, "changed", account, by=by, at=at, changes=changes)
