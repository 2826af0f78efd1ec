"""One-off mail: a sequence of one mail, at its day and time, under its campaign."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Campaign, Message, Sequence
from abm.words import EnrollmentState, MessageState
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.campaign import Aim, create_campaign
from campaigns.document import validate_document
from campaigns.one_off import OneOff, draft_one_off, one_off_document
from campaigns.sequences import publish_sequence
from tests.campaigns.worlds import enrollments, make_people, messages, pass_time

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)
MAIL = "first_steps_talk"


@pytest.mark.parametrize("on", [None, date(2026, 12, 1)])
@pytest.mark.parametrize("at", [None, time(10, 30)])
def test_whatever_is_asked_for_is_a_sound_document(on: date | None, at: time | None) -> None:
    document = one_off_document("one_off_20261120", OneOff("冬の案内", MAIL, on, at), "冬")

    assert validate_document(document) == []
    assert [step["key"] for step in document["steps"]] == [
        *(["day"] if on else []),
        *(["time"] if at else []),
        "mail",
        "end",
    ]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (OneOff(" ", MAIL), "title"),
        (OneOff("x" * 101, MAIL), "title"),
        (OneOff("冬", "nothing"), "mail"),
        (OneOff("冬", MAIL, date(2026, 11, 19)), "on"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(session: Session, asked: OneOff, field: str) -> None:
    with pytest.raises(Invalid) as raised:
        draft_one_off(session, asked, at=NOON, by=None, zone=TOKYO)

    assert raised.value.field == field


def test_two_of_one_day_have_names_of_their_own(session: Session) -> None:
    names = [draft_one_off(session, OneOff("冬", MAIL), at=NOON, by=None, zone=TOKYO) for _ in range(2)]

    assert names == ["one_off_20261120", "one_off_20261120_2"]


def test_its_day_is_the_one_where_it_is_drafted(session: Session) -> None:
    evening = NOON.replace(hour=20)

    name = draft_one_off(session, OneOff("冬", MAIL, date(2026, 11, 21)), at=evening, by=None, zone=TOKYO)

    assert name == "one_off_20261121"


def test_it_waits_for_its_day_and_is_sent_once_under_its_campaign(installation: Installation) -> None:
    with unit_of_work() as work:
        campaign = create_campaign(work.session, Aim("冬の施策"), by=None, at=work.at)
        on = (work.at + timedelta(days=3)).date()
        name = draft_one_off(
            work.session, OneOff("冬", MAIL, on, campaign_id=campaign.id), at=work.at, by=None, zone=TOKYO
        )
        people = make_people(work.session, 2)
        publish_sequence(work.session, name, contact_ids=[one.id for one in people], at=work.at)
        campaign_id = campaign.id
    advance_enrollments()
    assert messages(installation.engine) == []

    pass_time(timedelta(days=4))
    advance_enrollments()

    with unit_of_work() as work:
        found = work.session.execute(select(Message.state, Message.campaign_id)).all()
        assert {row.campaign_id for row in found} == {campaign_id}
        assert len(found) == 2
        assert {row.state for row in found} <= {MessageState.PLANNED, MessageState.HELD}
        assert MessageState.PLANNED in {row.state for row in found}
        assert work.session.scalars(select(Sequence.campaign_id)).one() == campaign_id
        assert len(work.session.scalars(select(Campaign)).all()) == 1
    assert EnrollmentState.EXITED in {one.state for one in enrollments(installation.engine)}
