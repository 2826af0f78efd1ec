"""Later evidence changes what was thought of hits, whenever it comes; events, the timeline and scores follow."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from abm.models import Account, Event, FirstVisit, Hit, Message, Refold, TimelineItem
from abm.tokens import Signer
from abm.words import EventKind, EventReason, HitKind, Verdict
from tests.tracking.world import Sent, did, make_mail, make_message, send_mail
from tests.worlds import NOON, make_contact, make_event
from tracking import hit as hits
from tracking.actors import has_acts_to_weigh
from tracking.copying import copy_hits
from tracking.judging import LOOKED_AT, judge_again, judge_recorded, weigh_proven
from tracking.record import record_batch
from tracking.verdict import judge_fully
from tracking.verdict_facts import Facts, Known

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture
def signer() -> Signer:
    return Signer([b"a secret for tests that is long enough"])


@pytest.fixture
def sent(session: Session, signer: Signer) -> Sent:
    return send_mail(session, signer, delivered_at=NOON)


def record(session: Session, *arrived: hits.Hit) -> None:
    copy_hits(session, arrived)
    while record_batch(session):
        pass
    session.expire_all()


def verdict(session: Session, hit: hits.Hit) -> str:
    session.expire_all()
    return session.scalars(select(Hit.verdict).where(Hit.id == hit.id)).one()


def reasons(session: Session, hit: hits.Hit) -> list[str]:
    return session.scalars(select(Hit.reasons).where(Hit.id == hit.id)).one()


def colleagues(session: Session, sent: Sent, number: int) -> list[bytes]:
    """Keys of messages of the same mail to so many others of the firm."""
    account = session.get_one(Account, sent.contact.account_id)
    people = [make_contact(session, account, f"同僚 {n}", f"c{n}@acme.example") for n in range(number)]
    mail = make_mail(session)
    return [make_message(session, person, mail, delivered_at=NOON).key for person in people]


def test_a_click_ten_seconds_after_delivery_is_a_machines(session: Session, sent: Sent):
    click = did(sent, HitKind.CLICK, 9)

    record(session, click)

    assert reasons(session, click) == ["too_soon"]


def test_a_mail_that_was_caught_here_passed_no_gateway(session: Session, sent: Sent):
    session.execute(update(Message).values(is_local=True))
    click = did(sent, HitKind.CLICK, 9)

    record(session, click)

    assert verdict(session, click) == Verdict.LIKELY


def test_a_delivery_told_later_changes_the_verdict_and_asks_for_the_scores_again(session: Session, signer: Signer):
    sent = send_mail(session, signer)
    click = did(sent, HitKind.CLICK, 9)
    record(session, click)
    assert verdict(session, click) == Verdict.LIKELY

    session.execute(update(Message).values(delivered_at=NOON))
    judge_again(session, [sent.message.key])

    assert verdict(session, click) == Verdict.MACHINE
    assert set(session.scalars(select(Event.verdict))) == {Verdict.MACHINE}
    assert session.scalars(select(Refold.contact_id)).all() == [sent.contact.id]
    assert [item["verdict"] for item in session.scalars(select(TimelineItem.detail))] == ["machine"]


def test_a_delivery_set_right_takes_a_verdict_back(session: Session, sent: Sent):
    click = did(sent, HitKind.CLICK, 9)
    record(session, click)

    session.execute(update(Message).values(delivered_at=NOON - timedelta(hours=1)))
    judge_again(session, [sent.message.key])

    assert verdict(session, click) == Verdict.LIKELY


@pytest.mark.parametrize(("days", "expected"), [(13, Verdict.LIKELY), (15, Verdict.UNKNOWN)])
def test_a_proven_act_of_the_same_person_makes_an_open_likely(
    session: Session, sent: Sent, days: int, expected: Verdict
):
    opened = did(sent, HitKind.OPEN)
    record(session, opened)
    make_event(session, sent.contact, EventKind.WEBINAR_ATTENDED, NOON + timedelta(days=days), verdict=Verdict.PROVEN)
    session.flush()
    assert has_acts_to_weigh(session, NOON)

    assert weigh_proven(session) == 1

    assert verdict(session, opened) == expected
    assert not has_acts_to_weigh(session, NOON)
    assert weigh_proven(session) == 0


def test_an_open_after_a_proven_act_is_likely_at_once(session: Session, sent: Sent):
    make_event(session, sent.contact, EventKind.WEBINAR_ATTENDED, NOON - timedelta(days=3), verdict=Verdict.PROVEN)
    opened = did(sent, HitKind.OPEN)

    record(session, opened)

    assert reasons(session, opened) == ["open_alone", "proven_nearby"]


def test_three_colleagues_on_one_link_are_a_machine_also_when_the_third_comes_in_later(session: Session, sent: Sent):
    keys = [sent.message.key, *colleagues(session, sent, 2)]
    clicks = [did(sent, HitKind.CLICK, HOUR + place, message_key=key) for place, key in enumerate(keys)]

    record(session, *clicks[:2])
    assert {verdict(session, click) for click in clicks[:2]} == {Verdict.LIKELY}
    record(session, clicks[2])

    assert {tuple(reasons(session, click)) for click in clicks} == {("colleagues_at_once",)}


def test_what_is_found_out_stays_found_out_when_something_else_comes(session: Session, sent: Sent):
    keys = [sent.message.key, *colleagues(session, sent, 2)]
    clicks = [did(sent, HitKind.CLICK, HOUR + place, message_key=key) for place, key in enumerate(keys)]
    record(session, *clicks)

    record(session, did(sent, HitKind.OPEN, DAY))

    assert {verdict(session, click) for click in clicks} == {Verdict.MACHINE}


def test_a_page_makes_the_download_after_it_proven_whichever_comes_in_first(session: Session, sent: Sent):
    download = did(sent, HitKind.DOWNLOAD, HOUR)
    record(session, download)
    page = _visited(session, sent, HOUR - 60)

    judge_recorded(session, [page.id])

    assert reasons(session, download) == ["download_after_page"]
    assert set(session.scalars(select(Event.verdict).where(Event.kind == EventKind.DOWNLOAD))) == {Verdict.PROVEN}


def test_what_a_gateway_did_with_one_mail_is_known_with_the_next(session: Session, sent: Sent):
    keys = [sent.message.key, *colleagues(session, sent, 3)]
    gateway = {"ip": "185.66.1.9", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36"}
    record(session, *[did(sent, HitKind.CLICK, 5, message_key=key, **gateway) for key in keys[:2]])
    assert session.scalar(select(func.count()).select_from(FirstVisit).where(FirstVisit.is_found_out)) == 2

    slower, elsewhere = (
        did(sent, HitKind.CLICK, 90, message_key=keys[2], **gateway),
        did(sent, HitKind.CLICK, 90, message_key=keys[3], ip="203.0.113.9"),
    )
    record(session, slower, elsewhere)

    assert reasons(session, slower) == ["known_gateway"]
    assert reasons(session, elsewhere) == ["browser"]


def test_once_a_domain_is_seen_to_be_scanned_its_earlier_mails_are_judged_again(session: Session, sent: Sent):
    keys = [sent.message.key, *colleagues(session, sent, 2)]
    visits = [
        did(sent, HitKind.CLICK, 100 + 50 * place, message_key=key, ip="185.66.1.9") for place, key in enumerate(keys)
    ]

    for visit in visits:
        record(session, visit)

    assert {tuple(reasons(session, visit)) for visit in visits} == {("scanned_domain",)}


def test_what_sales_called_a_false_signal_stays_one(session: Session, sent: Sent):
    click = did(sent, HitKind.CLICK, HOUR)
    record(session, click)
    session.execute(update(Event).values(verdict=Verdict.MACHINE, reasons=[EventReason.FALSE_SIGNAL]))

    session.execute(update(Hit).values(rules="older", verdict="unknown"))
    judge_again(session, [sent.message.key])

    assert verdict(session, click) == Verdict.LIKELY
    assert set(session.scalars(select(Event.verdict))) == {Verdict.MACHINE}


def test_a_hammered_message_costs_what_is_new_of_it(session: Session, sent: Sent, monkeypatch: pytest.MonkeyPatch):
    judged: list[int] = []

    def count(facts: list[Facts], known: Known) -> object:
        judged.append(len(facts))
        return judge_fully(facts, known)

    monkeypatch.setattr("tracking.judging.judge_fully", count)
    copy_hits(session, [did(sent, HitKind.CLICK, HOUR + number / 200) for number in range(6_000)])

    while record_batch(session, limit=1_000):
        pass

    assert max(judged) <= 1_000 + 5 * LOOKED_AT
    assert session.scalars(text("select distinct verdict from hits")).all() == ["machine"]
    assert session.scalars(text("select distinct verdict from events")).all() == ["machine"]


def _visited(session: Session, sent: Sent, seconds: float) -> Hit:
    page = Hit(
        id=hits.new_hit_id(),
        kind="page",
        at=NOON + timedelta(seconds=seconds),
        method="POST",
        contact_id=sent.contact.id,
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36",
        verdict="unknown",
        reasons=[],
        rules="",
    )
    session.add(page)
    session.flush()
    return page
