"""Publishing to a segment: whoever is in it at that moment is taken on, in one statement."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.errors import Invalid, NotFound
from abm.models import Enrollment, Segment
from abm.segments.segments import save_segment
from abm.words import SegmentKind
from campaigns.sequences import apply_sequence, publish_sequence
from tests.campaigns.worlds import make_people
from tests.worlds import NOON

NAME = "first_steps"
LEADERS = {"field": "contact.title", "op": "contains", "value": "部長"}


def leaders(session: Session, kind: SegmentKind = SegmentKind.DYNAMIC) -> tuple[Segment, list[Any]]:
    people = make_people(session, 3)
    people[0].title = people[1].title = "購買部長"
    session.flush()
    moment = Moment(NOON, ZoneInfo("Asia/Tokyo"))
    return save_segment(session, "leaders", read_condition(LEADERS), moment, kind=kind), people


def taken_on(session: Session) -> set[Any]:
    return set(session.scalars(select(Enrollment.contact_id)))


@pytest.mark.parametrize("kind", SegmentKind)
def test_only_the_people_of_the_segment_are_taken_on(session: Session, kind: SegmentKind) -> None:
    segment, people = leaders(session, kind)
    apply_sequence(session, NAME, NOON)

    version = publish_sequence(session, NAME, segment_id=segment.id, at=NOON)

    assert taken_on(session) == {people[0].id, people[1].id}
    assert version.segment["name"] == "leaders"


def test_publishing_again_takes_on_who_has_come_since(session: Session) -> None:
    segment, people = leaders(session)
    apply_sequence(session, NAME, NOON)
    publish_sequence(session, NAME, segment_id=segment.id, at=NOON)
    people[2].title = "部長"

    publish_sequence(session, NAME, segment_id=segment.id, at=NOON)

    assert taken_on(session) == {one.id for one in people}


def test_an_unknown_segment_publishes_nothing(session: Session) -> None:
    _, people = leaders(session)
    apply_sequence(session, NAME, NOON)

    with pytest.raises(NotFound):
        publish_sequence(session, NAME, segment_id=people[0].id, at=NOON)


def test_an_import_and_a_segment_at_once_are_refused(session: Session) -> None:
    segment, people = leaders(session)
    apply_sequence(session, NAME, NOON)

    with pytest.raises(Invalid, match="one segment"):
        publish_sequence(session, NAME, segment_id=segment.id, contact_ids=[people[0].id], at=NOON)
