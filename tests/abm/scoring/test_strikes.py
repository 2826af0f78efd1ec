"""A struck event stays in the ledger and counts nothing, until somebody takes the strike back."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AuditEntry, Contact, Event, User
from abm.scoring.fold import fold_next_batch
from abm.scoring.report import score_report
from abm.scoring.strikes import strike_events, withdraw_strike
from abm.words import EventKind, Role, Seniority, Verdict
from tests.abm.scoring.ledgers import MONDAY, TOKYO
from tests.worlds import make_account, make_contact, make_event, make_user

OUR_DEMO = "自社のデモ"


@pytest.fixture
def marketer(session: Session) -> User:
    return make_user(session, Role.MARKETER, "広報 花子")


@pytest.fixture
def anna(session: Session) -> Contact:
    return make_contact(session, make_account(session), seniority=Seniority.SECTION_HEAD)


@pytest.fixture
def demo(session: Session, anna: Contact) -> Event:
    """A reply of 20 points beside a download of 5, both folded."""
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY - timedelta(days=1), verdict=Verdict.PROVEN)
    event = make_event(session, anna, EventKind.REPLY, MONDAY, verdict=Verdict.PROVEN)
    fold(session)
    return event


def fold(session: Session) -> None:
    while fold_next_batch(session, MONDAY, TOKYO):
        pass


def points(session: Session, account_id: uuid.UUID) -> float:
    session.expire_all()
    assert session.get_one(Account, account_id).depth == score_report(session, account_id, at=MONDAY)["points"]
    return session.get_one(Account, account_id).depth


def test_a_struck_event_counts_nothing_and_says_who_and_why(session: Session, demo: Event, marketer: User) -> None:
    strike_events(session, [demo.id], f" {OUR_DEMO} ", by=marketer.id, at=MONDAY)
    fold(session)

    report = score_report(session, demo.account_id, at=MONDAY)
    row = next(entry for entry in report["entries"] if entry["event"] == str(demo.id))
    assert (row["struck"], row["base"], row["entry"], row["shown"]) == (True, 20, 0, 0)
    assert row["strike"] == {"reason": OUR_DEMO, "by": "広報 花子", "at": "2026-11-09T03:00:00Z"}
    assert points(session, demo.account_id) == pytest.approx(5 * 2 ** (-1 / 21))
    # Nor was it a person's act that was heard last.
    assert report["vector"]["recency"] == 1


def test_a_strike_taken_back_leaves_the_score_as_it_was(session: Session, demo: Event, marketer: User) -> None:
    before = points(session, demo.account_id)
    strike_events(session, [demo.id], OUR_DEMO, by=marketer.id, at=MONDAY)
    fold(session)

    withdraw_strike(session, demo.id, by=marketer.id, at=MONDAY)
    fold(session)

    assert points(session, demo.account_id) == pytest.approx(before, abs=1e-12)
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == demo.id).order_by(AuditEntry.id))
    assert list(acts) == ["event.struck", "event.restored"]


def test_an_event_struck_before_it_is_folded_never_counts(session: Session, anna: Contact, marketer: User) -> None:
    event = make_event(session, anna, EventKind.REPLY, MONDAY, verdict=Verdict.PROVEN)

    strike_events(session, [event.id], OUR_DEMO, by=marketer.id, at=MONDAY)
    fold(session)

    assert points(session, anna.account_id) == 0


def test_an_event_may_be_struck_again_after_it_was_restored(session: Session, demo: Event, marketer: User) -> None:
    for _ in range(2):
        strike_events(session, [demo.id], OUR_DEMO, by=marketer.id, at=MONDAY)
        withdraw_strike(session, demo.id, by=marketer.id, at=MONDAY)
    strike_events(session, [demo.id], OUR_DEMO, by=marketer.id, at=MONDAY)

    with pytest.raises(Conflict):
        strike_events(session, [demo.id], OUR_DEMO, by=marketer.id, at=MONDAY)


@pytest.mark.parametrize(("reason", "field"), [("", "reason"), (" 　", "reason"), ("あ" * 501, "reason")])
def test_a_strike_says_why_in_few_words(session: Session, demo: Event, marketer: User, reason: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        strike_events(session, [demo.id], reason, by=marketer.id, at=MONDAY)
    assert refused.value.field == field


def test_all_of_them_are_struck_or_none(session: Session, demo: Event, marketer: User) -> None:
    with pytest.raises(NotFound):
        strike_events(session, [demo.id, uuid.uuid4()], OUR_DEMO, by=marketer.id, at=MONDAY)
    with pytest.raises(Invalid):
        strike_events(session, [], OUR_DEMO, by=marketer.id, at=MONDAY)
    with pytest.raises(NotFound):
        withdraw_strike(session, demo.id, by=marketer.id, at=MONDAY)

    fold(session)

    assert points(session, demo.account_id) > 20
