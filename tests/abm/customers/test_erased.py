"""Meeting an erased person again: whoever asked for it stays unknown, by a digest of the address only."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.erase import erase_person
from abm.customers.erased import refuse_erased
from abm.customers.suppression import is_suppressed
from abm.models import Contact, Suppression, User
from abm.tokens import Signer
from abm.words import SuppressionReason
from tests.abm.customers.erasing import ANNA, DIGESTS, erase
from tests.worlds import NOON


def test_an_erased_address_is_refused_in_any_writing(session: Session, anna: Contact, user: User) -> None:
    erase(session, anna, user)

    refused = refuse_erased(session, ["Ａnna@ACME.example ", "bert@acme.example", None], DIGESTS, NOON)

    assert refused == 1
    assert session.scalars(select(Suppression.reason)).all() == [SuppressionReason.ERASED]


def test_a_refusal_before_the_erasure_is_kept_as_a_digest_only(session: Session, anna: Contact, user: User) -> None:
    session.add(Suppression(email=ANNA, reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="link"))
    session.flush()

    erase(session, anna, user)

    assert not is_suppressed(session, ANNA)
    assert refuse_erased(session, [ANNA], DIGESTS, NOON) == 1


def test_a_digest_made_with_an_older_secret_is_known(session: Session, anna: Contact, user: User) -> None:
    erase(session, anna, user)
    renewed = Signer([b"n" * 32, b"k" * 32]).digests

    assert refuse_erased(session, [ANNA], renewed, NOON + timedelta(days=400)) == 1


def test_who_never_asked_may_be_met_again(session: Session, anna: Contact) -> None:
    erase_person(session, anna.id, None, by=None, at=NOON)

    assert refuse_erased(session, [ANNA], DIGESTS, NOON) == 0


def test_who_never_asked_is_not_mailed_again_after_saying_stop(session: Session, anna: Contact) -> None:
    session.add(Suppression(email=ANNA, reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="link"))
    session.flush()

    erase_person(session, anna.id, None, by=None, at=NOON)

    assert is_suppressed(session, ANNA)
