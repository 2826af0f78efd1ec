"""A webinar is one whoever tells of it, and so is what a person did there."""

import uuid
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.webinars import WebinarDeed, find_webinar, get_webinar, tell_deeds
from abm.models import Contact, Event, Refold, TimelineItem
from abm.words import EventKind
from tests.worlds import NOON, make_account, make_contact

TITLE = "在庫管理ウェビナー"


def attended(session: Session, contact: Contact, minutes: float | None, minutes_late: float = 0) -> WebinarDeed:
    webinar = get_webinar(session, TITLE, NOON)
    at = NOON + timedelta(minutes=minutes_late)
    return WebinarDeed(webinar.id, contact.id, EventKind.WEBINAR_ATTENDED, at, uuid.uuid4(), minutes)


def events(session: Session) -> list[tuple[str, str, float | None, list[str]]]:
    found = session.scalars(select(Event).order_by(Event.kind).execution_options(populate_existing=True))
    return [(one.kind, one.verdict, one.minutes, one.reasons) for one in found]


def test_a_webinar_that_began_late_is_the_one_that_was_announced(session: Session) -> None:
    announced = get_webinar(session, TITLE, NOON)

    assert find_webinar(session, TITLE, NOON + timedelta(minutes=7)).id == announced.id
    assert find_webinar(session, TITLE, NOON + timedelta(hours=3)).is_new
    assert find_webinar(session, "another", NOON).is_new


def test_somebody_who_came_is_proven_once_it_is_known_for_how_long(session: Session) -> None:
    anna = make_contact(session, make_account(session))

    tell_deeds(session, [attended(session, anna, None)])
    before = events(session)
    tell_deeds(session, [attended(session, anna, 40.0)])

    assert before == [("webinar_attended", "unknown", None, ["no_minutes"])]
    assert events(session) == [("webinar_attended", "proven", 40.0, ["attendance_with_minutes"])]
    [item] = session.scalars(select(TimelineItem).where(TimelineItem.kind == "event"))
    assert (item.detail["verdict"], item.detail["minutes"], item.body) == ("proven", 40.0, TITLE)
    assert [one.contact_id for one in session.scalars(select(Refold))] == [anna.id]


def test_told_twice_or_with_fewer_minutes_nothing_changes(session: Session) -> None:
    anna = make_contact(session, make_account(session))
    tell_deeds(session, [attended(session, anna, 40.0)])

    tell_deeds(session, [attended(session, anna, 40.0), attended(session, anna, 10.0, minutes_late=30)])
    tell_deeds(session, [attended(session, anna, None)])

    assert events(session) == [("webinar_attended", "proven", 40.0, ["attendance_with_minutes"])]
