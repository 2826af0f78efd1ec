"""Loaded hits become events and timeline items once, and later evidence changes what was thought of them."""

import uuid
from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.models import Asset, Contact, Event, Hit, Message, Refold, TimelineItem
from abm.tokens import Signer
from abm.words import EventKind, HitKind, Verdict
from abm.work import Installation
from tests.tracking.world import PAGE, SCANNER, Sent, did, send_mail
from tests.worlds import NOON, make_account, make_contact
from tracking import hit as hits
from tracking.actors import has_unrecorded_hits
from tracking.copying import copy_hits
from tracking.hits import list_hits
from tracking.record import record_batch


@pytest.fixture
def sent(session: Session) -> Sent:
    return send_mail(session, Signer([b"a secret for tests that is long enough"]))


def trap(sent: Sent, seconds: float = 0) -> hits.Hit:
    return did(sent, HitKind.CLICK, seconds, link_key=sent.honeypot.key, honeypot=True)


def record(session: Session, *arrived: hits.Hit) -> None:
    copy_hits(session, arrived)
    while record_batch(session):
        pass
    session.expire_all()


def events(session: Session, *kinds: EventKind) -> list[Event]:
    found = session.scalars(select(Event).order_by(Event.happened_at, Event.id))
    return [event for event in found if not kinds or event.kind in kinds]


def items(session: Session) -> list[dict]:
    return list(session.scalars(select(TimelineItem.detail).where(TimelineItem.kind == "event")))


def bells(session: Session) -> Iterable[str]:
    return [name for name, _ in session.info.get("bells", {}).values()]


def test_a_click_becomes_an_event_of_its_contact_with_topics(session: Session, sent: Sent):
    click = did(sent, HitKind.CLICK)

    record(session, click)

    [event] = events(session, EventKind.CLICK)
    assert (event.id, event.hit_id) == (uuid.UUID(click.id), uuid.UUID(click.id))
    assert (event.contact_id, event.account_id, event.message_id) == (
        sent.contact.id,
        sent.contact.account_id,
        sent.message.id,
    )
    assert (event.happened_at, event.verdict, event.topics) == (NOON, Verdict.LIKELY, ["在庫管理"])
    assert "fold_events" in bells(session)


def test_a_click_is_told_on_the_timeline(session: Session, sent: Sent):
    record(session, did(sent, HitKind.CLICK))

    assert items(session) == [
        {"event": "click", "verdict": "likely", "title": "製品ページ", "url": PAGE, "topics": ["在庫管理"]}
    ]


def test_a_click_implies_one_open_however_often_it_is_clicked(session: Session, sent: Sent):
    record(session, did(sent, HitKind.CLICK), did(sent, HitKind.CLICK, 100))
    record(session, did(sent, HitKind.DOWNLOAD, 200))

    assert [event.happened_at for event in events(session, EventKind.OPEN)] == [NOON]


def test_a_machines_click_implies_no_open_until_a_person_clicks(session: Session, sent: Sent):
    record(session, trap(sent))
    assert events(session, EventKind.OPEN) == []

    record(session, did(sent, HitKind.CLICK, 300))
    assert [event.verdict for event in events(session, EventKind.OPEN)] == [Verdict.LIKELY]


@pytest.mark.parametrize(("premium", "kind"), [(False, EventKind.DOWNLOAD), (True, EventKind.PREMIUM_DOWNLOAD)])
def test_a_download_is_premium_when_its_file_is(session: Session, sent: Sent, premium: bool, kind: EventKind):
    session.execute(update(Asset).values(is_premium=premium))

    record(session, did(sent, HitKind.DOWNLOAD))

    [event] = events(session, EventKind.DOWNLOAD, EventKind.PREMIUM_DOWNLOAD)
    assert (event.kind, event.asset_id, event.topics) == (kind, sent.file.asset_id, ["導入"])
    assert items(session)[0]["title"] == "導入ガイド"


def test_recording_twice_changes_nothing(session: Session, sent: Sent):
    arrived = [did(sent, HitKind.OPEN), did(sent, HitKind.CLICK, 1), did(sent, HitKind.DOWNLOAD, 2)]
    record(session, *arrived)
    before = [event.id for event in events(session)]

    session.execute(update(Hit).values(recorded_at=None))
    record(session, *arrived)

    assert [event.id for event in events(session)] == before
    assert len(items(session)) == 3


def test_stops_of_one_mail_are_one_unsubscribe(session: Session, sent: Sent):
    record(session, *[did(sent, HitKind.STOP, second, method="POST") for second in (5, 9)])

    [event] = events(session)
    assert (event.kind, event.happened_at) == (EventKind.UNSUBSCRIBE, NOON + timedelta(seconds=5))


@pytest.mark.parametrize("reason", ["unknown_message", "test_send"])
def test_what_is_nobodys_act_is_set_aside_with_the_reason(session: Session, sent: Sent, reason: str):
    click = did(sent, HitKind.CLICK, message_key=b"unknown!" if reason == "unknown_message" else sent.message.key)
    session.execute(update(Message).values(is_test=reason == "test_send"))

    record(session, click)

    assert events(session) == []
    assert session.scalars(select(Hit.set_aside)).all() == [reason]


def test_a_honeypot_found_later_changes_the_verdict_and_asks_for_the_scores_again(session: Session, sent: Sent):
    record(session, did(sent, HitKind.CLICK))
    assert session.scalars(select(Refold.contact_id)).all() == []

    record(session, trap(sent, seconds=30))

    assert {event.verdict for event in events(session)} == {Verdict.MACHINE}
    assert {item["verdict"] for item in items(session)} == {"machine"}
    assert session.scalars(select(Refold.contact_id)).all() == [sent.contact.id]


def test_a_click_that_arrives_after_its_honeypot_is_a_machines_too(session: Session, sent: Sent):
    record(session, trap(sent, seconds=30))

    record(session, did(sent, HitKind.CLICK))

    assert {event.verdict for event in events(session)} == {Verdict.MACHINE}


def test_an_event_follows_its_contact_to_another_department_and_account(session: Session, sent: Sent):
    other = send_mail(session, sent.signer, _colleague(session)).contact
    session.execute(update(Contact).where(Contact.id == sent.contact.id).values(account_id=other.account_id))

    record(session, did(sent, HitKind.CLICK))

    assert {event.account_id for event in events(session)} == {other.account_id}


def test_hits_waiting_are_seen_by_the_sweep(session: Session, sent: Sent):
    assert not has_unrecorded_hits(session, NOON)
    copy_hits(session, [did(sent, HitKind.OPEN)])
    assert has_unrecorded_hits(session, NOON)
    record(session)
    assert not has_unrecorded_hits(session, NOON)


def test_a_second_recorder_leaves_at_once(installation: Installation):
    with Session(installation.engine) as first, Session(installation.engine) as second:
        sent = send_mail(first, installation.signer)
        copy_hits(first, [did(sent, HitKind.OPEN), did(sent, HitKind.OPEN, 1)])
        first.commit()

        assert record_batch(first, limit=1) == 1
        assert record_batch(second, limit=1) == 0

        first.commit()
        assert record_batch(second) == 1


def test_hits_are_listed_with_their_people_from_a_time_on(session: Session, sent: Sent):
    click = did(sent, HitKind.CLICK, 10)
    record(session, did(sent, HitKind.OPEN), click, did(sent, HitKind.CLICK, 500, user_agent=SCANNER))

    listed = list(list_hits(session, NOON + timedelta(seconds=10)))

    assert [line["verdict"] for line in listed] == ["likely", "machine"]
    assert {name: listed[0][name] for name in ("id", "kind", "at", "contact", "message")} == {
        "id": click.id,
        "kind": "click",
        "at": "2026-11-13T03:00:10Z",
        "contact": str(sent.contact.id),
        "message": str(sent.message.id),
    }


def _colleague(session: Session) -> Contact:
    return make_contact(session, make_account(session, "株式会社ゼータ"), "別人 太郎", "zeta@zeta.example")
