"""What cannot be true is bounded and marked where events are folded, whichever way it came in; nothing else waits."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.models import Account, Contact, Event, TimelineItem
from abm.scoring.actors import has_unfolded
from abm.scoring.fold import fold_next_batch
from abm.scoring.report import score_report
from abm.words import EventKind, EventReason, ItemKind, Seniority, Verdict
from tests.abm.scoring.ledgers import MONDAY, TOKYO
from tests.worlds import make_account, make_contact, make_event

FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def anna(session: Session) -> Contact:
    return make_contact(session, make_account(session), seniority=Seniority.SECTION_HEAD)


def fold(session: Session) -> None:
    while fold_next_batch(session, MONDAY, TOKYO):
        pass
    session.expire_all()


def depth(session: Session, contact: Contact) -> float:
    return session.get_one(Account, contact.account_id).depth


@pytest.mark.parametrize(
    ("told", "kept", "points"),
    [
        (float("nan"), None, 0),
        (float("-inf"), None, 0),
        (-30, None, 0),
        (float("inf"), 1440, 20),
        (1e9, 1440, 20),
        (1441, 1440, 20),
    ],
)
def test_minutes_that_cannot_be_are_bounded_and_marked(
    session: Session, anna: Contact, told: float, kept: float | None, points: float
) -> None:
    event = make_event(session, anna, EventKind.WEBINAR_ATTENDED, MONDAY, verdict=Verdict.PROVEN, minutes=told)

    fold(session)

    (row,) = score_report(session, anna.account_id, at=MONDAY)["entries"]
    assert (event.minutes, row["base"], row["marks"]) == (kept, points, [EventReason.IMPLAUSIBLE_MINUTES])
    assert float(event.detail["told_minutes"]) == pytest.approx(told, nan_ok=True)


def test_an_event_dated_years_ahead_counts_from_when_we_heard_of_it(session: Session, anna: Contact) -> None:
    event = make_event(session, anna, EventKind.REPLY, FAR_AHEAD, verdict=Verdict.PROVEN)
    line = Item(ItemKind.EVENT, anna.account_id, FAR_AHEAD, None, anna.id, subject_id=event.id)
    told = select(TimelineItem.happened_at).where(TimelineItem.subject_id == event.id)
    add_items(session, [line])
    assert has_unfolded(session, MONDAY)

    fold(session)

    assert event.happened_at == session.scalar(told) == MONDAY
    assert event.reasons == [EventReason.IMPLAUSIBLE_TIME]
    assert datetime.fromisoformat(event.detail["told_at"]) == FAR_AHEAD
    assert depth(session, anna) == 20


def test_an_event_dated_before_such_mail_was_sent_is_bounded_and_worth_nothing(session: Session, anna: Contact) -> None:
    events = [make_event(session, anna, EventKind.REPLY, at) for at in (LONG_AGO, datetime(1, 1, 1, tzinfo=UTC))]

    fold(session)

    assert [event.happened_at.year for event in events] == [1990, 1990]
    assert [event.reasons for event in events] == [[EventReason.IMPLAUSIBLE_TIME]] * 2
    assert depth(session, anna) == pytest.approx(0, abs=1e-9)


def test_a_clock_that_is_a_little_fast_is_waited_for(session: Session, anna: Contact) -> None:
    event = make_event(session, anna, EventKind.REPLY, MONDAY + timedelta(days=30))

    fold(session)

    assert (event.folded_at, event.reasons, has_unfolded(session, MONDAY)) == (None, [], False)


def test_what_is_wrong_with_one_event_holds_up_no_other(session: Session, anna: Contact) -> None:
    for told in (float("nan"), float("inf"), 1e300, 5e-324, -1):
        make_event(session, anna, EventKind.MEETING, MONDAY, verdict=Verdict.PROVEN, minutes=told)
    for at in (LONG_AGO, FAR_AHEAD, datetime(9999, 12, 31, 23, 59, tzinfo=UTC)):
        make_event(session, anna, EventKind.CLICK, at)
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY, verdict=Verdict.PROVEN)

    fold(session)

    assert session.scalars(select(Event.id).where(Event.folded_at.is_(None))).all() == []
    # Two meetings of a day at most, two clicks and the download.
    assert depth(session, anna) == pytest.approx(30 + 30 + 1 + 1 + 5)


def test_a_clock_that_jumped_ahead_and_back_leaves_the_score_right(session: Session, anna: Contact) -> None:
    make_event(session, anna, EventKind.REPLY, MONDAY, verdict=Verdict.PROVEN)
    fold_next_batch(session, MONDAY + timedelta(days=3650), TOKYO)
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY, verdict=Verdict.PROVEN)

    fold(session)

    assert depth(session, anna) == pytest.approx(25)
