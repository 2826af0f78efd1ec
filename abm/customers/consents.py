"""The consent ledger: what a person allowed or refused, with the evidence; entries are added, never changed."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.errors import Invalid
from abm.models import Consent, Contact
from abm.words import ConsentBasis, ConsentPurpose, ItemKind


@dataclass(frozen=True)
class Statement:
    """A grant (with its basis) or a refusal (without one), and how we know of it."""

    granted: bool
    basis: ConsentBasis | None
    evidence: str
    purpose: ConsentPurpose = ConsentPurpose.MAIL


def record_consent(session: Session, contact: Contact, said: Statement, *, by: uuid.UUID, at: datetime) -> Consent:
    """Add what the person said; Invalid without evidence, or when a grant names no basis."""
    if said.granted and said.basis is None:
        raise Invalid("a consent needs a basis: why may this person be mailed?", "basis", "required")
    if not said.evidence.strip():
        raise Invalid("say how we know: when, where and to whom it was said", "evidence", "required")
    entry = Consent(
        contact_id=contact.id,
        purpose=said.purpose,
        granted=said.granted,
        basis=said.basis if said.granted else None,
        evidence=said.evidence.strip(),
        at=at,
        by_user_id=by,
    )
    session.add(entry)
    add_items(session, [_item(contact, said, by, at)])
    return entry


def _item(contact: Contact, said: Statement, by: uuid.UUID, at: datetime) -> Item:
    basis = said.basis.value if said.granted and said.basis else None
    return Item(
        ItemKind.CONSENT_CHANGED,
        contact.account_id,
        at,
        department_id=contact.department_id,
        contact_id=contact.id,
        body=said.evidence.strip(),
        detail={"granted": said.granted, "basis": basis, "purpose": said.purpose.value},
        by_user_id=by,
    )
