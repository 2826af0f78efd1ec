"""Freshness: confirming a record, and saying why it is not trusted."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.customers.freshness import confirm_contact, contact_left, mark_stale
from abm.errors import NotFound
from abm.models import AuditEntry, Contact
from abm.words import StaleReason
from tests.worlds import NOON, make_account, make_contact, make_user

LATER = NOON + timedelta(days=1)


@pytest.fixture
def anna(session: Session) -> Contact:
    """A person whose record nobody has looked at."""
    return make_contact(session, make_account(session))  # type: ignore[no-any-return]


def audits(session: Session, act: str) -> int:
    return session.scalar(select(func.count()).where(AuditEntry.act == act)) or 0


def test_a_stale_record_says_why_and_since_when(session: Session, anna: Contact) -> None:
    mark_stale(session, anna.id, StaleReason.BOUNCED, by=None, at=NOON)

    assert (anna.stale_reason, anna.stale_since) == ("bounced", NOON)


def test_the_same_reason_again_keeps_the_first_day(session: Session, anna: Contact) -> None:
    mark_stale(session, anna.id, StaleReason.BOUNCED, by=None, at=NOON)
    mark_stale(session, anna.id, StaleReason.BOUNCED, by=None, at=LATER)

    assert anna.stale_since == NOON
    assert audits(session, "contact.stale") == 1


def test_a_machine_does_not_overrule_a_person(session: Session, anna: Contact) -> None:
    mark_stale(session, anna.id, StaleReason.MOVED, by=make_user(session).id, at=NOON)
    mark_stale(session, anna.id, StaleReason.BOUNCED, by=None, at=LATER)

    assert anna.stale_reason == "moved"


def test_a_person_says_better_than_a_machine(session: Session, anna: Contact) -> None:
    mark_stale(session, anna.id, StaleReason.BOUNCED, by=None, at=NOON)
    mark_stale(session, anna.id, StaleReason.MOVED, by=make_user(session).id, at=LATER)

    assert (anna.stale_reason, anna.stale_since) == ("moved", LATER)


def test_confirming_makes_a_record_trusted_again(session: Session, anna: Contact) -> None:
    mark_stale(session, anna.id, StaleReason.BOUNCED, by=None, at=NOON)

    confirm_contact(session, anna.id, by=make_user(session).id, at=LATER)

    assert (anna.confirmed_at, anna.stale_reason, anna.stale_since) == (LATER, None, None)
    assert audits(session, "contact.confirmed") == 1


def test_who_left_is_put_away_with_the_reason(session: Session, anna: Contact) -> None:
    contact_left(session, anna.id, by=make_user(session).id, at=NOON)

    assert (anna.stale_reason, anna.archived_at) == ("left_company", NOON)
    with pytest.raises(NotFound):
        confirm_contact(session, anna.id, by=None, at=LATER)
