"""Plain functions that build the standing cast: Acme (hot), Anna (engaged), Bert (suppressed), Zeta (stranger)."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from abm.guard.live import default_document
from abm.guard.policy import CAPS
from abm.models import Account, Consent, Contact, Department, Event, GuardPolicy, User
from abm.words import ConsentBasis, ConsentPurpose, EventKind, GuardAnswer, GuardReason, Role, Verdict

# Friday noon in Tokyo, the day after the sample webinar.
NOON = datetime(2026, 11, 13, 3, tzinfo=UTC)


def make_account(session: Session, name: str = "株式会社アクメ", **over: Any) -> Account:
    """An account under this name."""
    return _added(session, Account(**{"name": name, "normalised_name": name, **over}))


def make_department(session: Session, account: Account, name: str = "購買部", **over: Any) -> Department:
    """A department of an account."""
    values = {"account_id": account.id, "name": name, "normalised_name": name, **over}
    return _added(session, Department(**values))


def make_contact(
    session: Session,
    account: Account,
    full_name: str = "安奈 花子",
    email: str | None = "anna@acme.example",
    *,
    consent: bool = True,
    **over: Any,
) -> Contact:
    """A person at an account, with consent to be mailed unless told otherwise."""
    family, _, given = full_name.partition(" ")
    values = {"account_id": account.id, "full_name": full_name, "family_name": family, "given_name": given or None}
    contact = _added(session, Contact(**{**values, "email": email, **over}))
    if consent:
        grant_consent(session, contact)
    return contact


def grant_consent(session: Session, contact: Contact, purpose: ConsentPurpose = ConsentPurpose.MAIL) -> Consent:
    """The contact agrees, by business card."""
    return _added(
        session,
        Consent(
            contact_id=contact.id,
            purpose=purpose,
            granted=True,
            basis=ConsentBasis.BUSINESS_CARD,
            evidence="exchanged at the fair",
            at=datetime(2026, 1, 5, tzinfo=UTC),
        ),
    )


def make_user(session: Session, role: Role = Role.SALES, name: str = "営業 太郎", **over: Any) -> User:
    """A user who may log in once a password is set."""
    values = {"email": f"{role.value}-{uuid.uuid4().hex[:6]}@firm.example", "name": name, "role": role, **over}
    return _added(session, User(**values))


def make_event(
    session: Session,
    contact: Contact,
    kind: EventKind = EventKind.CLICK,
    happened_at: datetime = NOON,
    *,
    verdict: Verdict = Verdict.LIKELY,
    **over: Any,
) -> Event:
    """Something the contact did."""
    values = {
        "id": uuid.uuid4(),
        "kind": kind,
        "happened_at": happened_at,
        "account_id": contact.account_id,
        "department_id": contact.department_id,
        "contact_id": contact.id,
        "verdict": verdict,
    }
    return _added(session, Event(**{**values, **over}))


def send_at_any_hour(session: Session, **over: Any) -> GuardPolicy:
    """The default policy without its send window: tests run at night and on Sundays too."""
    document = {**default_document(), **over}
    document[GuardReason.SEND_WINDOW]["answer"] = GuardAnswer.SEND.value
    published_at = datetime(2026, 1, 5, tzinfo=UTC)
    return _added(session, GuardPolicy(version=1, document=document, published_at=published_at, is_live=True))


def mail_freely(session: Session) -> GuardPolicy:
    """The same without caps, for tests that send much at once."""
    return send_at_any_hour(session, **{CAPS: {"person": {}, "account": {}}})


def _added(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
