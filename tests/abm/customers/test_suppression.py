"""An address on the suppression list stays there, and the timeline says since when."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.suppression import is_suppressed, suppress
from abm.models import Suppression, TimelineItem
from abm.words import ItemKind, SuppressionReason
from tests.worlds import NOON, make_account, make_contact


def test_a_suppressed_address_is_told_on_its_contacts_timeline(session: Session):
    bert = make_contact(session, make_account(session), "部留 登", "bert@acme.example")

    assert suppress(session, "Bert@Acme.example", SuppressionReason.UNSUBSCRIBED, NOON, "stop link")

    item = session.scalars(select(TimelineItem)).one()
    assert (item.kind, item.contact_id, item.happened_at) == (ItemKind.SUPPRESSED, bert.id, NOON)
    assert item.detail == {"reason": "unsubscribed"}
    assert is_suppressed(session, "bert@acme.example")


def test_the_first_reason_stands_and_is_told_once(session: Session):
    make_contact(session, make_account(session), "部留 登", "bert@acme.example")
    suppress(session, "bert@acme.example", SuppressionReason.UNSUBSCRIBED, NOON, "stop link")

    again = suppress(session, "bert@acme.example", SuppressionReason.BOUNCED, NOON + timedelta(days=1), "5.1.1")

    assert not again
    assert session.scalars(select(Suppression.reason)).all() == ["unsubscribed"]
    assert len(session.scalars(select(TimelineItem)).all()) == 1


def test_an_address_without_a_contact_can_be_suppressed(session: Session):
    assert suppress(session, "zeta@zeta.example", SuppressionReason.DO_NOT_CONTACT, NOON, "asked by phone")

    assert is_suppressed(session, "zeta@zeta.example")
    assert not is_suppressed(session, "anna@acme.example")
