"""Sequences that listen to segments and conditions: who comes in begins, and goals are noticed."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.models import Account, Enrollment, Segment
from abm.segments.segments import save_segment
from abm.words import EnrollmentState, LeaveReason
from campaigns.sequences import apply_sequence, publish_sequence
from campaigns.starting import start_by_hand
from campaigns.watching import has_due_looks, look_next
from tests.worlds import NOON, make_account, make_contact

TOKYO = ZoneInfo("Asia/Tokyo")
TIER_ONE = {"field": "account.tier", "op": "is", "value": "1:1"}


def publish(session: Session, **over: Any) -> None:
    """A published sequence whose people stand at a task."""
    task = {"key": "call", "kind": "task", "title": {"ja": "電話", "en": "Call"}}
    apply_sequence(session, {"name": "watches", "title": {"ja": "x", "en": "x"}, "steps": [task], **over}, NOON)
    publish_sequence(session, "watches", at=NOON)


def look(session: Session) -> None:
    """As if the pause since the last look were over."""
    session.execute(text("update sequence_triggers set look_at = clock_timestamp() where look_at is not null"))
    while look_next(session, NOON, TOKYO):
        pass


def test_who_comes_into_a_segment_begins_once_for_each_time(session: Session) -> None:
    save_segment(session, "tier one", read_condition(TIER_ONE), Moment(NOON, TOKYO))
    first, second = (make_account(session, name) for name in ("一社", "二社"))
    anna, bert = make_contact(session, first), make_contact(session, second, email="bert@b.example")
    first.tier = "1:1"
    publish(session, triggers=[{"on": "segment", "segment": "tier one"}], reentry={"after": {"days": 0}})
    look(session)
    assert session.scalars(select(Enrollment.contact_id)).all() == [anna.id]

    session.execute(update(Enrollment).values(state="completed", ended_at=NOON))
    second.tier = "1:1"
    session.flush()
    look(session)
    look(session)
    assert set(session.scalars(select(Enrollment.contact_id))) == {anna.id, bert.id}

    for tier in ("1:many", "1:1"):
        session.execute(update(Account).where(Account.id == first.id).values(tier=tier))
        look(session)
    assert list(session.scalars(select(Enrollment.contact_id))).count(anna.id) == 2
    assert not has_due_looks(session)


def test_a_segment_that_is_gone_brings_nobody_and_stops_nothing(session: Session) -> None:
    save_segment(session, "tier one", read_condition(TIER_ONE), Moment(NOON, TOKYO))
    publish(session, triggers=[{"on": "segment", "segment": "tier one"}])
    session.execute(delete(Segment))

    look(session)

    assert not has_due_looks(session)


def test_a_goal_that_is_a_condition_is_reached_by_the_whole_account(session: Session) -> None:
    account = make_account(session)
    people = [make_contact(session, account, email=f"p{n}@acme.example").id for n in range(2)]
    other = make_contact(session, make_account(session, "ゼータ"), email="zeta@zeta.example").id
    publish(session, triggers=[{"on": "import"}], goals=[{"key": "grown", "when": TIER_ONE}])
    start_by_hand(session, "watches", [*people, other], NOON)
    look(session)
    assert set(session.scalars(select(Enrollment.state))) == {EnrollmentState.ACTIVE}

    account.tier = "1:1"
    session.flush()
    look(session)

    reasons = dict(session.execute(select(Enrollment.contact_id, Enrollment.reason)).all())
    assert reasons == {people[0]: LeaveReason.GOAL, people[1]: LeaveReason.GOAL, other: None}
