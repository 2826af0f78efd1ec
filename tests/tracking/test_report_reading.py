"""Posts that wait become what they tell of, once, and stay when they cannot be read."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from abm.errors import ProviderError
from abm.models import Contact, Event, InboundPost, Message, ProviderReport, Suppression, TimelineItem, Webinar
from abm.words import HitKind
from abm.work import Installation
from tests.contracts.senders import NOW, amazon, senders
from tests.tracking.world import Sent, did
from tests.worlds import NOON, make_account, make_contact
from tracking import report_reading
from tracking.bounces import keep_unread
from tracking.copying import copy_hits
from tracking.record import record_batch
from tracking.report_reading import Reader, read_next_posts, retry_inbound
from tracking.webhooks import READERS

SENDERS = senders()
OURS = "<5f0c2d9a41b7e8360d1f@sender.example>"
RETURNED = b"""\
From: MAILER-DAEMON@mx.acme.example
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Final-Recipient: rfc822; anna@acme.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such person here

--b--
"""
# The post is received a while after the samples tell of.
RECEIVED = NOW + timedelta(days=2)


class Inbox:
    """Posts of one installation, and its reader."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.engine = installation.engine
        self.asked: list[str] = []
        self.certificate: bytes | None = amazon()[1]
        self.reader = Reader(installation.engine, folder / "certificates", self._fetch, lambda: NOW)

    def put(self, source: str, sample: str = "", body: bytes | None = None) -> uuid.UUID:
        """A post as the loader leaves it."""
        headers, posted = SENDERS[source].post(sample) if sample else ({}, b"")
        post = InboundPost(
            hit_id=uuid.uuid4(),
            source=source,
            received_at=RECEIVED,
            headers=headers,
            body=posted if body is None else body,
        )
        with Session(self.engine) as session:
            session.add(post)
            session.commit()
            return post.hit_id

    def read(self) -> None:
        while read_next_posts(self.reader):
            pass

    def all(self, model: Any, *order: Any) -> list[Any]:
        with Session(self.engine) as session:
            return list(session.scalars(select(model).order_by(*order)))

    @property
    def states(self) -> list[tuple[str, str, str | None]]:
        return sorted((one.source, one.state, one.reason) for one in self.all(InboundPost))

    def again_now(self) -> None:
        """As if the pause were over."""
        with Session(self.engine) as session:
            session.execute(update(InboundPost).values(not_before=None))
            session.commit()

    def _fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.certificate is None:
            raise ProviderError("no answer", permanent=False)
        return self.certificate


@pytest.fixture
def inbox(installation: Installation, tmp_path: Path) -> Inbox:
    return Inbox(installation, tmp_path)


@pytest.fixture
def anna(inbox: Inbox) -> Contact:
    with Session(inbox.engine, expire_on_commit=False) as session:
        contact = make_contact(session, make_account(session))
        session.commit()
        return contact


@pytest.fixture
def mailed(inbox: Inbox, sent: Sent) -> Sent:
    """Anna's mail under the Message-ID of the samples."""
    with Session(inbox.engine) as session:
        session.execute(update(Message).values(message_id=OURS))
        session.commit()
    return sent


@pytest.mark.parametrize(
    ("source", "sample", "reason"),
    [
        ("ses", "bounce_permanent", "bounced"),
        ("ses", "complaint", "complained"),
        ("ses", "unsubscribed", "unsubscribed"),
        ("postmark", "bounce_hard", "bounced"),
        ("mailgun", "complained", "complained"),
        ("mailgun", "suppressed_complaint", "complained"),
        ("resend", "bounced", "bounced"),
        ("generic", "unsubscribe", "unsubscribed"),
    ],
)
def test_who_bounced_complained_or_stopped_is_never_mailed_again(
    inbox: Inbox, anna: Contact, source: str, sample: str, reason: str
) -> None:
    inbox.put(source, sample)
    inbox.put(source, sample)

    inbox.read()

    assert [(one.email, one.reason) for one in inbox.all(Suppression)] == [("anna@acme.example", reason)]
    [report] = inbox.all(ProviderReport)
    assert (report.applied, report.contact_id, report.address) == ("taken", anna.id, None)
    assert inbox.states == [(source, "done", None)] * 2


@pytest.mark.parametrize(
    ("source", "sample"),
    [("ses", "bounce_transient"), ("postmark", "bounce_soft"), ("postmark", "auto_reply"), ("ses", "delay"),
     ("mailgun", "failed_temporary"), ("ses", "complaint_withdrawn"), ("postmark", "allowed_again")],
)  # fmt: skip
def test_what_passes_stops_nobody(inbox: Inbox, anna: Contact, source: str, sample: str) -> None:
    inbox.put(source, sample)

    inbox.read()

    assert inbox.all(Suppression) == []
    assert len(inbox.all(ProviderReport)) == 1


@pytest.mark.parametrize(
    ("source", "sample"),
    [("ses", "delivery"), ("postmark", "delivery"), ("mailgun", "delivered"), ("resend", "delivered")],
)
def test_a_delivery_tells_when_the_mail_arrived(inbox: Inbox, mailed: Sent, source: str, sample: str) -> None:
    inbox.put(source, sample)

    inbox.read()

    [message] = inbox.all(Message)
    assert abs(message.delivered_at - NOW) < timedelta(seconds=10)
    assert [one.applied for one in inbox.all(ProviderReport)] == ["taken"]


def test_a_delivery_without_our_message_id_is_of_the_newest_mail_to_that_address(inbox: Inbox, mailed: Sent) -> None:
    said = json.loads(SENDERS["postmark"].sample("delivery"))
    inbox.put("postmark", body=json.dumps(said | {"Metadata": {}}).encode())

    inbox.read()

    assert inbox.all(Message)[0].delivered_at is not None


def test_a_mail_of_another_system_on_the_same_account_is_not_ours(inbox: Inbox, sent: Sent) -> None:
    inbox.put("ses", "delivery")

    inbox.read()

    assert inbox.all(Message)[0].delivered_at is None
    assert [one.applied for one in inbox.all(ProviderReport)] == ["evidence"]


def test_a_batch_is_taken_apart_and_a_providers_opens_and_clicks_count_for_nothing(inbox: Inbox, mailed: Sent) -> None:
    inbox.put("sendgrid", "batch")

    inbox.read()

    told = {one.kind: one.applied for one in inbox.all(ProviderReport)}
    assert (told["opened"], told["clicked"], told["unknown"]) == ("evidence", "evidence", "unknown_event")
    assert len(inbox.all(ProviderReport)) == 14
    assert {one.kind for one in inbox.all(Event)} == {"unsubscribe"}


def test_a_webinar_is_told_as_it_happens_in_any_order(inbox: Inbox, anna: Contact) -> None:
    for sample in ("left", "registered", "joined", "joined", "left"):
        inbox.put("zoom", sample)
        inbox.read()

    assert [(one.kind, one.verdict, one.minutes) for one in inbox.all(Event, Event.kind)] == [
        ("webinar_attended", "proven", 40.0),
        ("webinar_registered", "proven", None),
    ]
    [webinar] = inbox.all(Webinar)
    assert (webinar.title, webinar.held_at.isoformat()) == ("在庫管理ウェビナー", "2026-11-12T05:00:00+00:00")
    items = inbox.all(TimelineItem, TimelineItem.happened_at)
    assert [one.detail.get("minutes") for one in items if one.kind == "event"].count(40.0) == 1


def test_all_of_a_webinar_in_one_go_is_the_same(inbox: Inbox, anna: Contact) -> None:
    for sample in ("joined", "left", "registered", "started"):
        inbox.put("zoom", sample)

    inbox.read()

    assert [(one.kind, one.verdict, one.minutes) for one in inbox.all(Event, Event.kind)] == [
        ("webinar_attended", "proven", 40.0),
        ("webinar_registered", "proven", None),
    ]


IMPOSSIBLE = [
    ('"event": "inquiry", "at": "2100-01-01T00:00:00Z"', "implausible_time", None),
    ('"event": "attendance", "minutes": 30, "at": "2100-01-01T00:00:00Z"', "implausible_time", 30.0),
    ('"event": "attendance", "minutes": 1000000000', "implausible_minutes", 1440.0),
    ('"event": "meeting", "minutes": -5', "implausible_minutes", None),
    (f'"event": "attendance", "minutes": 1{"0" * 400}', "implausible_minutes", None),
    ('"event": "meeting", "minutes": NaN', "implausible_minutes", None),
]


@pytest.mark.parametrize(("said", "mark", "minutes"), IMPOSSIBLE)
def test_what_cannot_be_true_is_bounded_and_marked(
    inbox: Inbox, anna: Contact, said: str, mark: str, minutes: float | None
) -> None:
    told = f'{{"email": "{anna.email}", "webinar": "X", {said}}}'
    inbox.put(
        "generic",
        body=f'{{"type": "person.did", "timestamp": "{RECEIVED.isoformat()}", "data": {told}}}'.encode(),
    )

    inbox.read()

    [event] = inbox.all(Event)
    assert (event.happened_at, event.reasons[1:], event.minutes) == (RECEIVED, [mark], minutes)


def test_other_systems_tell_what_people_did(inbox: Inbox, anna: Contact) -> None:
    for sample in SENDERS["generic"].samples:
        inbox.put("generic", sample)

    inbox.read()

    assert {one.kind: (one.verdict, one.minutes) for one in inbox.all(Event)} == {
        "inquiry": ("proven", None),
        "demo_request": ("proven", None),
        "booth_talk": ("proven", None),
        "webinar_attended": ("proven", 42.0),
        "page": ("likely", None),
        "unsubscribe": ("likely", None),
    }
    [inquiry] = [one for one in inbox.all(Event) if one.kind == "inquiry"]
    assert (inquiry.topics, inquiry.product, inquiry.contact_id) == (["在庫管理"], "stock", anna.id)
    assert {one.applied for one in inbox.all(ProviderReport)} == {"taken", "unknown_event"}


def test_a_file_and_a_webhook_tell_of_one_webinar(inbox: Inbox, anna: Contact) -> None:
    inbox.put("generic", "attendance")
    inbox.put("zoom", "registered")

    inbox.read()

    assert len(inbox.all(Webinar)) == 1


def test_a_person_nobody_knew_is_found_once_there_is_a_record(inbox: Inbox) -> None:
    inbox.put("generic", "inquiry")
    inbox.read()
    assert [(one.applied, one.address) for one in inbox.all(ProviderReport)] == [("nobody", "anna@acme.example")]

    with Session(inbox.engine) as session:
        make_contact(session, make_account(session))
        again = retry_inbound(session)
        session.commit()

    assert again == (0, 1)
    assert [one.kind for one in inbox.all(Event)] == ["inquiry"]
    assert [(one.applied, one.address) for one in inbox.all(ProviderReport)] == [("taken", None)]


def test_what_cannot_be_read_is_kept_as_it_came_and_tried_again(inbox: Inbox, anna: Contact) -> None:
    inbox.put("sendgrid", body=b"no json \xff")
    inbox.put("generic", "inquiry")
    inbox.read()
    assert inbox.states == [("generic", "done", None), ("sendgrid", "failed", "unreadable")]

    with Session(inbox.engine) as session:
        session.execute(
            update(InboundPost).where(InboundPost.state == "failed").values(body=SENDERS["sendgrid"].sample("batch"))
        )
        again = retry_inbound(session, "sendgrid")
        session.commit()
    inbox.read()

    assert again == (1, 0)
    assert inbox.states == [("generic", "done", None), ("sendgrid", "done", None)]


def test_a_mail_that_came_back_and_was_not_read_is_tried_again_too(inbox: Inbox, anna: Contact) -> None:
    with Session(inbox.engine) as session:
        keep_unread(session, b"Subject: hello\n\nhow are you?\n", RECEIVED)
        keep_unread(session, RETURNED, RECEIVED)
        again = retry_inbound(session)
        session.commit()

    inbox.read()

    assert again == (2, 0)
    assert inbox.states == [("mail", "done", None), ("mail", "failed", "unreadable")]
    assert [(one.email, one.reason) for one in inbox.all(Suppression)] == [("anna@acme.example", "bounced")]


def test_a_body_that_was_read_is_not_kept(inbox: Inbox, anna: Contact) -> None:
    inbox.put("generic", "inquiry")

    inbox.read()

    [post] = inbox.all(InboundPost)
    assert (post.body, post.headers) == (b"", {})


def test_amazons_certificate_is_fetched_once_and_kept(inbox: Inbox, anna: Contact) -> None:
    for sample in ("delivery", "click", "complaint"):
        inbox.put("ses", sample)
        inbox.read()

    assert len(inbox.asked) == 1
    assert {state for _, state, _ in inbox.states} == {"done"}


def test_a_certificate_that_cannot_be_kept_is_used_all_the_same(inbox: Inbox, anna: Contact) -> None:
    inbox.reader.certificates.write_text("no folder")
    inbox.put("ses", "complaint")

    inbox.read()

    assert inbox.states == [("ses", "done", None)]


def test_without_a_certificate_a_post_waits_and_nothing_follows(inbox: Inbox, anna: Contact) -> None:
    inbox.certificate = None
    inbox.put("ses", "complaint")
    inbox.read()
    assert (inbox.states, inbox.all(ProviderReport)) == ([("ses", "waiting", "no_certificate")], [])

    inbox.certificate = amazon()[1]
    inbox.read()
    assert inbox.states == [("ses", "waiting", "no_certificate")]

    inbox.again_now()
    inbox.read()
    assert inbox.states == [("ses", "done", None)]


def test_nobody_else_waits_for_a_certificate(inbox: Inbox, anna: Contact) -> None:
    done_when_asked: list[str] = []
    fetch = inbox.reader.fetch

    def slow_fetch(url: str) -> bytes:
        done_when_asked.extend(state for source, state, _ in inbox.states if source == "generic")
        return fetch(url)

    inbox.reader = replace(inbox.reader, fetch=slow_fetch)
    inbox.put("ses", "complaint")
    inbox.put("generic", "inquiry")

    inbox.read()

    assert done_when_asked == ["done"]


def test_a_forged_post_is_kept_aside_and_nothing_follows(inbox: Inbox, anna: Contact) -> None:
    _, body = SENDERS["ses"].post("complaint")
    inbox.put("ses", body=body.replace(b"abuse", b"fraud"))

    inbox.read()

    assert inbox.states == [("ses", "failed", "wrong_signature")]
    assert (inbox.all(Suppression), inbox.all(ProviderReport)) == ([], [])


def test_a_question_of_amazons_waits_for_a_person_to_answer_it(inbox: Inbox) -> None:
    inbox.put("ses", "confirmation")

    inbox.read()

    [asked] = inbox.all(ProviderReport)
    assert (asked.kind, asked.applied) == ("asked_to_confirm", "evidence")
    assert asked.detail["url"].startswith("https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription")
    assert all("Action" not in url for url in inbox.asked)


def test_one_post_that_breaks_the_act_does_not_hold_up_the_others(
    inbox: Inbox, anna: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.put("generic", "inquiry")
    inbox.put("mailgun", "complained")
    apply: Callable[..., Any] = report_reading.apply_reports

    def break_on_complaints(session: Session, reports: Any, standards: Any) -> Any:
        if any(one.kind == "complained" for one in reports):
            session.execute(text("select 1 / 0"))
        return apply(session, reports, standards)

    monkeypatch.setattr(report_reading, "apply_reports", break_on_complaints)
    inbox.read()

    assert inbox.states == [("generic", "done", None), ("mailgun", "failed", "not_applied")]
    assert [one.kind for one in inbox.all(Event)] == ["inquiry"]
    assert len(inbox.all(ProviderReport)) == 1


def test_a_fault_in_one_reader_does_not_hold_up_the_others(
    inbox: Inbox, anna: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(headers: object, body: object) -> list[Any]:
        raise ZeroDivisionError

    monkeypatch.setitem(READERS, "mailgun", READERS["mailgun"]._replace(read=stumble))
    inbox.put("mailgun", "complained")
    inbox.put("generic", "inquiry")

    inbox.read()

    assert inbox.states == [("generic", "done", None), ("mailgun", "failed", "not_applied")]


def test_a_click_that_came_with_the_mail_is_a_machines_once_the_delivery_is_told(inbox: Inbox, mailed: Sent) -> None:
    arrived = NOON + timedelta(minutes=30)
    with Session(inbox.engine) as session:
        copy_hits(session, [did(mailed, HitKind.CLICK, 1804)])
        record_batch(session)
        session.commit()
    before = inbox.all(Event)[0].verdict
    said = json.loads(SENDERS["mailgun"].sample("delivered"))
    said["event-data"]["timestamp"] = arrived.timestamp()
    inbox.put("mailgun", body=json.dumps(said).encode())

    inbox.read()

    assert (before, {one.verdict for one in inbox.all(Event) if one.kind == "click"}) == ("likely", {"machine"})


def test_two_readers_at_once_count_a_report_once(inbox: Inbox, anna: Contact) -> None:
    for _ in range(40):
        inbox.put("generic", "inquiry")
        inbox.put("zoom", "joined")
        inbox.put("zoom", "left")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: inbox.read(), range(4)))

    assert [(one.kind, one.minutes) for one in inbox.all(Event, Event.kind)] == [
        ("inquiry", None),
        ("webinar_attended", 40.0),
    ]
    assert {state for _, state, _ in inbox.states} == {"done"}
