"""Entries of the consent ledger by hand."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.consents import Statement, record_consent
from abm.errors import Invalid
from abm.guard.ask import ask_guard
from abm.models import TimelineItem
from abm.words import ConsentBasis, GuardAnswer, ItemKind
from tests.worlds import NOON, make_account, make_contact, make_user


def test_a_consent_with_evidence_opens_the_way_for_mail(session: Session) -> None:
    user, anna = make_user(session), make_contact(session, make_account(session), consent=False)

    said = Statement(True, ConsentBasis.OPT_IN, "told at the fair, 12 Nov")
    record_consent(session, anna, said, by=user.id, at=NOON)
    session.flush()

    assert ask_guard(session, anna.id, NOON).answer == GuardAnswer.SEND


def test_a_refusal_closes_it_and_is_told_on_the_timeline(session: Session) -> None:
    user, anna = make_user(session), make_contact(session, make_account(session))

    record_consent(session, anna, Statement(False, None, "by phone"), by=user.id, at=NOON)
    session.flush()

    assert ask_guard(session, anna.id, NOON).answer == GuardAnswer.SKIP
    item = session.scalars(select(TimelineItem).where(TimelineItem.kind == ItemKind.CONSENT_CHANGED)).one()
    assert (item.detail["granted"], item.body) == (False, "by phone")


@pytest.mark.parametrize(
    ("said", "field"),
    [(Statement(True, None, "card"), "basis"), (Statement(True, ConsentBasis.OPT_IN, " "), "evidence")],
)
def test_a_consent_without_basis_or_evidence_is_none(session: Session, said: Statement, field: str) -> None:
    user, anna = make_user(session), make_contact(session, make_account(session))

    with pytest.raises(Invalid) as error:
        record_consent(session, anna, said, by=user.id, at=NOON)

    assert error.value.field == field
