"""Folding: whatever the order, the ledger comes to the same."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.models import Account, Contact, ContactScore, Event, MqaChange, Refold, ScoreEntry, StageChange, TimelineItem
from abm.scoring.fold import fold_next_batch
from abm.scoring.score import Act, decay, make_entries, person_scores
from abm.words import EventKind, ExcludedReason, MqaCause, Seniority, Stage, Verdict
from tests.abm.scoring.ledgers import MODEL, MONDAY, TOKYO, hours
from tests.worlds import make_account, make_contact, make_event

KINDS = (EventKind.CLICK, EventKind.OPEN, EventKind.DOWNLOAD, EventKind.WEBINAR_ATTENDED, EventKind.UNSUBSCRIBE)
LATER = MONDAY + timedelta(days=40)


def fold_all(session: Session, at: datetime, limit: int = 5_000) -> int:
    """Fold until nothing waits; answers how many were folded."""
    total = 0
    while folded := fold_next_batch(session, at, TOKYO, limit=limit):
        total += folded
    return total


def score_rows(session: Session, at: datetime) -> dict[uuid.UUID, float]:
    """What the stored scores are worth at a moment."""
    sums: dict[uuid.UUID, float] = {}
    for row in session.scalars(select(ContactScore).execution_options(populate_existing=True)):
        left = row.points * decay((at - row.as_of) / timedelta(days=1), row.half_life_days)
        sums[row.contact_id] = sums.get(row.contact_id, 0) + left
    return sums


def replayed(session: Session, at: datetime) -> dict[uuid.UUID, float]:
    """The same from the events alone, by the pure rules."""
    rows = session.execute(
        select(Event.id, Event.contact_id, Event.kind, Event.happened_at, Event.verdict, Contact.seniority)
        .add_columns(Event.minutes)
        .join(Contact, Contact.id == Event.contact_id)
    )
    acts = [Act(*row) for row in rows]
    return dict(person_scores(make_entries(acts, MODEL, TOKYO).values(), at))


def two_people(session: Session) -> tuple[Contact, Contact]:
    account = make_account(session)
    anna = make_contact(session, account, seniority=Seniority.DEPARTMENT_HEAD)
    bo = make_contact(session, account, "坊 太郎", "bo@acme.example", seniority=Seniority.SECTION_HEAD)
    return anna, bo


def test_events_become_entries_scores_and_a_stage(session: Session) -> None:
    anna, bo = two_people(session)
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY, verdict=Verdict.PROVEN)
    make_event(session, bo, EventKind.WEBINAR_ATTENDED, MONDAY, verdict=Verdict.PROVEN, minutes=45)

    folded = fold_all(session, MONDAY)

    account = session.get_one(Account, anna.account_id, populate_existing=True)
    assert folded == 2
    assert score_rows(session, MONDAY) == {anna.id: 6.25, bo.id: 15}
    assert (account.depth, account.counted_depth, account.breadth) == (21.25, 6.25 + 9.375, 1)
    assert account.stage == Stage.AWARE


def test_folding_twice_changes_nothing(session: Session) -> None:
    anna, _ = two_people(session)
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY)
    fold_all(session, MONDAY)
    before = score_rows(session, MONDAY)

    assert fold_all(session, MONDAY) == 0
    assert score_rows(session, MONDAY) == before


def test_a_late_event_moves_the_cap(session: Session) -> None:
    anna, _ = two_people(session)
    for minute in range(5):
        make_event(session, anna, EventKind.CLICK, MONDAY + timedelta(minutes=minute), verdict=Verdict.LIKELY)
    fold_all(session, LATER)

    late = make_event(session, anna, EventKind.CLICK, MONDAY - timedelta(minutes=1))
    fold_all(session, LATER)

    capped = session.execute(select(ScoreEntry.capped, ScoreEntry.entry).order_by(ScoreEntry.happened_at)).all()
    assert [tuple(row) for row in capped] == [(False, 1.25)] * 5 + [(True, 0)]
    assert session.get_one(ScoreEntry, late.id).capped is False
    assert score_rows(session, LATER) == pytest.approx(replayed(session, LATER), abs=1e-9)


def test_an_event_to_come_waits_for_its_time(session: Session) -> None:
    anna, _ = two_people(session)
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY + hours(1))

    assert fold_all(session, MONDAY) == 0
    assert fold_all(session, MONDAY + hours(1)) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_arrival_comes_to_the_replay(session: Session, data: st.DataObject) -> None:
    session.execute(text("delete from accounts"))
    people = two_people(session)
    acts = st.tuples(
        st.sampled_from(people),
        st.sampled_from(KINDS),
        st.integers(0, 60 * 24 * 3).map(lambda minutes: MONDAY + timedelta(minutes=minutes * 7)),
        st.sampled_from(list(Verdict)),
        st.none() | st.floats(0, 90),
    )
    drawn = data.draw(st.lists(acts, min_size=1, max_size=40))
    # Many on one day, so that the cap bites.
    drawn += [(people[0], EventKind.CLICK, MONDAY + timedelta(minutes=n % 4), Verdict.LIKELY, None) for n in range(7)]
    for who, kind, when, verdict, minutes in data.draw(st.permutations(drawn)):
        make_event(session, who, kind, when, verdict=verdict, minutes=minutes)
        if data.draw(st.integers(0, 5)) == 0:
            fold_all(session, LATER, limit=data.draw(st.integers(1, 5)))
        if data.draw(st.integers(0, 15)) == 0:
            change_something(session, who, data)

    fold_all(session, LATER, limit=3)

    expected = replayed(session, LATER)
    found = score_rows(session, LATER)
    assert {who: found.get(who, 0.0) for who in expected} == pytest.approx(expected, abs=1e-9)
    account = session.get_one(Account, people[0].account_id, populate_existing=True)
    assert account.depth == pytest.approx(sum(expected.values()), abs=1e-9)


def change_something(session: Session, who: Contact, data: st.DataObject) -> None:
    """A promotion, or a verdict taken back."""
    if data.draw(st.booleans()):
        who.seniority = data.draw(st.sampled_from(list(Seniority)))
        session.flush()
    else:
        one = session.scalar(select(Event.id).where(Event.contact_id == who.id).order_by(Event.id).limit(1))
        session.execute(update(Event).where(Event.id == one).values(verdict=Verdict.MACHINE))
    ask_refold(session, [who.id])


def test_a_refold_is_done_once(session: Session) -> None:
    anna, _ = two_people(session)
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY)
    fold_all(session, MONDAY)
    anna.seniority = Seniority.EXECUTIVE
    session.flush()

    ask_refold(session, [anna.id])
    ask_refold(session, [anna.id])

    assert fold_all(session, MONDAY) == 1
    assert score_rows(session, MONDAY) == {anna.id: 10}
    assert session.scalar(select(func.count()).select_from(Refold)) == 0


def test_a_moved_contact_takes_its_points_along(session: Session) -> None:
    anna, _ = two_people(session)
    old = anna.account_id
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY)
    fold_all(session, MONDAY)
    anna.account_id = make_account(session, "新会社").id
    session.flush()

    ask_refold(session, [anna.id])
    fold_all(session, MONDAY)

    depths = {
        account.id: account.depth
        for account in session.scalars(select(Account).execution_options(populate_existing=True))
    }
    assert depths == {old: 0, anna.account_id: 6.25}


def test_a_competitor_earns_nothing(session: Session) -> None:
    anna, _ = two_people(session)
    session.get_one(Account, anna.account_id).excluded_reason = ExcludedReason.COMPETITOR
    make_event(session, anna, EventKind.DEMO_REQUEST, MONDAY, verdict=Verdict.PROVEN)

    fold_all(session, MONDAY)

    entry = session.scalars(select(ScoreEntry)).one()
    assert (entry.base, entry.struck, entry.entry) == (50, True, 0)
    assert session.get_one(Account, anna.account_id, populate_existing=True).stage == Stage.EXCLUDED
    assert session.scalars(select(MqaChange)).all() == []


def hot_account(session: Session) -> Account:
    """Two executives who each just had a webinar: 40 points together."""
    account = make_account(session)
    for number in range(2):
        who = make_contact(session, account, f"役員 {number}", f"{number}@acme.example", seniority=Seniority.EXECUTIVE)
        make_event(session, who, EventKind.WEBINAR_ATTENDED, MONDAY, verdict=Verdict.PROVEN, minutes=30)
    return account


def changes(session: Session, model: Any) -> list[Any]:
    return list(session.scalars(select(model).order_by(model.id)))


def test_crossing_the_threshold_asks_for_a_hand_off_once(session: Session) -> None:
    account = hot_account(session)

    fold_all(session, MONDAY)
    ask_refold(session, session.scalars(select(Contact.id)))
    fold_all(session, MONDAY + timedelta(minutes=1))

    session.refresh(account)
    assert (account.is_mqa, account.mqa_since, account.stage) == (True, MONDAY, Stage.MQA)
    assert [change.cause for change in changes(session, MqaChange)] == [MqaCause.ENTERED]
    assert [(change.old, change.new) for change in changes(session, StageChange)] == [(Stage.ALL_OTHERS, Stage.MQA)]
    assert session.scalars(select(TimelineItem.kind)).all() == ["stage_changed"]
    assert "open_hand_offs" in {name for name, _ in session.info["bells"]}


def test_a_request_asks_for_itself(session: Session) -> None:
    anna, _ = two_people(session)
    event = make_event(session, anna, EventKind.DEMO_REQUEST, MONDAY, verdict=Verdict.PROVEN)

    fold_all(session, MONDAY)
    ask_refold(session, [anna.id])
    fold_all(session, MONDAY)

    (change,) = changes(session, MqaChange)
    assert (change.cause, change.contact_id, change.event_id) == (MqaCause.ACT_NOW, anna.id, event.id)
    assert session.get_one(Account, anna.account_id, populate_existing=True).is_mqa


def test_an_old_request_found_in_a_file_calls_nobody(session: Session) -> None:
    anna, _ = two_people(session)
    make_event(session, anna, EventKind.DEMO_REQUEST, MONDAY - timedelta(days=200), verdict=Verdict.PROVEN)

    fold_all(session, MONDAY)

    assert changes(session, MqaChange) == []


def test_many_events_in_small_batches_come_to_one_batch(session: Session) -> None:
    anna, bo = two_people(session)
    chance = random.Random(7)
    for _ in range(60):
        when = MONDAY + timedelta(minutes=chance.randrange(60 * 24 * 20))
        make_event(session, chance.choice((anna, bo)), chance.choice(KINDS), when, minutes=chance.randrange(90))
    fold_all(session, LATER, limit=7)
    small = score_rows(session, LATER)

    session.execute(text("update events set folded_at = null"))
    session.execute(text("delete from score_entries"))
    session.execute(text("delete from contact_scores"))
    fold_all(session, LATER)

    assert small == pytest.approx(score_rows(session, LATER), abs=1e-9)


def test_ages_of_silence_and_moments_of_presence_are_no_points_and_no_error(session: Session) -> None:
    anna, _ = two_people(session)
    for year in (1700, 1800, 1900, 2000):
        make_event(session, anna, EventKind.CLICK, datetime(year, 1, 1, tzinfo=UTC), verdict=Verdict.LIKELY)
        make_event(session, anna, EventKind.OPEN, datetime(year, 6, 1, tzinfo=UTC), verdict=Verdict.LIKELY)
        fold_all(session, LATER)
    make_event(session, anna, EventKind.WEBINAR_ATTENDED, MONDAY, verdict=Verdict.PROVEN, minutes=5e-324)

    fold_all(session, LATER)

    depth = session.scalar(select(Account.depth).where(Account.id == anna.account_id))
    assert depth == pytest.approx(0, abs=1e-9)


def test_entries_go_with_their_events_by_whatever_way(session: Session) -> None:
    anna, bo = two_people(session)
    for who in (anna, bo, bo):
        make_event(session, who, EventKind.DOWNLOAD, MONDAY)
    fold_all(session, MONDAY)

    session.execute(text("delete from events where contact_id = :anna"), {"anna": anna.id})
    session.execute(text("delete from contacts where id = :bo"), {"bo": bo.id})

    assert session.scalar(select(func.count()).select_from(ScoreEntry)) == 0
