"""Addresses of erased people: known again by a keyed digest, so that nobody who brings them back mails them."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.suppression import suppress
from abm.models import Contact, ErasedAddress, ImportRow
from abm.words import SuppressionReason

# The digests of an address, the newest secret's first: `Signer.digests`.
Digests = Callable[[str], list[bytes]]
EVIDENCE = "asked to be erased earlier; came back by a form or a list"
BATCH = 1_000


def remember_erased(session: Session, address: str, digests: Digests, at: datetime) -> None:
    """Keep the digest of this address, so that it is known again."""
    row = insert(ErasedAddress).values(digest=digests(address)[0], at=at)
    session.execute(row.on_conflict_do_nothing())


def refuse_erased(session: Session, addresses: Iterable[str | None], digests: Digests, at: datetime) -> int:
    """Suppress those of these addresses whose people were erased; answers how many were not suppressed before."""
    of_digest = {digest: address for address in addresses if address for digest in digests(address)}
    if not of_digest:
        return 0
    known = session.scalars(select(ErasedAddress.digest).where(ErasedAddress.digest.in_(of_digest)))
    return _suppress(session, of_digest, known.all(), at)


def refuse_erased_of_import(session: Session, import_id: uuid.UUID, digests: Digests, at: datetime) -> int:
    """The same for everybody an import has just written; nothing is asked while nobody was ever erased."""
    if not session.scalar(select(exists().where(ErasedAddress.digest.is_not(None)))):
        return 0
    people = select(ImportRow.contact_id).where(ImportRow.import_id == import_id)
    addresses = select(Contact.email).where(Contact.id.in_(people), Contact.email.is_not(None))
    refused = 0
    for batch in session.scalars(addresses.execution_options(yield_per=BATCH)).partitions(BATCH):
        refused += refuse_erased(session, batch, digests, at)
    return refused


def _suppress(session: Session, of_digest: Mapping[bytes, str], known: Sequence[bytes], at: datetime) -> int:
    found = [of_digest[digest] for digest in known]
    return sum(suppress(session, address, SuppressionReason.ERASED, at, EVIDENCE) for address in sorted(set(found)))
