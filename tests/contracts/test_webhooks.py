"""What every provider's webhooks keep to, on payloads as the provider posts them."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from abm.connectors.mail import ses
from abm.connectors.webinar import zoom
from abm.errors import Invalid
from abm.words import ProviderEventKind as Kind
from tests.contracts.senders import NOW, OTHER_SVIX, SVIX, TOPIC, Sender, amazon, senders

SENDERS = senders()
OURS = "<5f0c2d9a41b7e8360d1f@sender.example>"
ANNA = "anna@acme.example"
# (source, sample, number in it) → kind, whether hard, status.
SAID: dict[tuple[str, str, int], tuple[Kind, bool | None, str]] = {
    ("ses", "delivery", 0): (Kind.DELIVERED, None, ""),
    ("ses", "bounce_permanent", 0): (Kind.BOUNCED, True, "5.1.1"),
    ("ses", "bounce_transient", 0): (Kind.BOUNCED, False, "4.2.2"),
    ("ses", "complaint", 0): (Kind.COMPLAINED, None, ""),
    ("ses", "complaint_withdrawn", 0): (Kind.UNKNOWN, None, ""),
    ("ses", "delay", 0): (Kind.DEFERRED, None, "4.4.1"),
    ("ses", "click", 0): (Kind.CLICKED, None, ""),
    ("ses", "unsubscribed", 0): (Kind.UNSUBSCRIBED, None, ""),
    ("ses", "confirmation", 0): (Kind.ASKED_TO_CONFIRM, None, ""),
    ("ses", "something_new", 0): (Kind.UNKNOWN, None, ""),
    ("sendgrid", "batch", 0): (Kind.ACCEPTED, None, ""),
    ("sendgrid", "batch", 1): (Kind.DEFERRED, None, "4.7.1"),
    ("sendgrid", "batch", 2): (Kind.DELIVERED, None, "2.0.0"),
    ("sendgrid", "batch", 3): (Kind.OPENED, None, ""),
    ("sendgrid", "batch", 4): (Kind.CLICKED, None, ""),
    ("sendgrid", "batch", 5): (Kind.BOUNCED, True, "5.1.1"),
    ("sendgrid", "batch", 6): (Kind.BOUNCED, False, "5.7.1"),
    ("sendgrid", "batch", 7): (Kind.BOUNCED, True, "5.0.0"),
    ("sendgrid", "batch", 8): (Kind.DROPPED, None, ""),
    ("sendgrid", "batch", 9): (Kind.COMPLAINED, None, ""),
    ("sendgrid", "batch", 10): (Kind.UNSUBSCRIBED, None, ""),
    ("sendgrid", "batch", 11): (Kind.UNSUBSCRIBED, None, ""),
    ("sendgrid", "batch", 12): (Kind.UNSUBSCRIBED, None, ""),
    ("sendgrid", "batch", 13): (Kind.UNKNOWN, None, ""),
    ("postmark", "delivery", 0): (Kind.DELIVERED, None, "2.0.0"),
    ("postmark", "bounce_hard", 0): (Kind.BOUNCED, True, "5.1.1"),
    ("postmark", "bounce_soft", 0): (Kind.BOUNCED, False, "4.2.2"),
    ("postmark", "auto_reply", 0): (Kind.UNKNOWN, None, ""),
    ("postmark", "complaint", 0): (Kind.COMPLAINED, None, ""),
    ("postmark", "open", 0): (Kind.OPENED, None, ""),
    ("postmark", "click", 0): (Kind.CLICKED, None, ""),
    ("postmark", "stopped", 0): (Kind.UNSUBSCRIBED, None, ""),
    ("postmark", "allowed_again", 0): (Kind.UNKNOWN, None, ""),
    ("postmark", "inbound", 0): (Kind.UNKNOWN, None, ""),
    ("mailgun", "delivered", 0): (Kind.DELIVERED, None, ""),
    ("mailgun", "failed_permanent", 0): (Kind.BOUNCED, True, "5.1.1"),
    ("mailgun", "failed_for_long", 0): (Kind.BOUNCED, False, ""),
    ("mailgun", "failed_temporary", 0): (Kind.DEFERRED, None, "4.2.2"),
    ("mailgun", "suppressed_complaint", 0): (Kind.COMPLAINED, None, ""),
    ("mailgun", "complained", 0): (Kind.COMPLAINED, None, ""),
    ("mailgun", "unsubscribed", 0): (Kind.UNSUBSCRIBED, None, ""),
    ("mailgun", "opened", 0): (Kind.OPENED, None, ""),
    ("mailgun", "clicked", 0): (Kind.CLICKED, None, ""),
    ("mailgun", "stored", 0): (Kind.UNKNOWN, None, ""),
    ("resend", "delivered", 0): (Kind.DELIVERED, None, ""),
    ("resend", "bounced", 0): (Kind.BOUNCED, True, "5.1.1"),
    ("resend", "bounced_transient", 0): (Kind.BOUNCED, False, "4.2.2"),
    ("resend", "suppressed", 0): (Kind.BOUNCED, True, ""),
    ("resend", "complained", 0): (Kind.COMPLAINED, None, ""),
    ("resend", "delayed", 0): (Kind.DEFERRED, None, ""),
    ("resend", "clicked", 0): (Kind.CLICKED, None, ""),
    ("resend", "opened_by_two", 0): (Kind.OPENED, None, ""),
    ("resend", "opened_by_two", 1): (Kind.OPENED, None, ""),
    ("resend", "domain", 0): (Kind.UNKNOWN, None, ""),
    ("zoom", "registered", 0): (Kind.REGISTERED, None, ""),
    ("zoom", "joined", 0): (Kind.JOINED, None, ""),
    ("zoom", "left", 0): (Kind.LEFT, None, ""),
    ("zoom", "started", 0): (Kind.UNKNOWN, None, ""),
    ("zoom", "question", 0): (Kind.UNKNOWN, None, ""),
    ("generic", "inquiry", 0): (Kind.DID, None, ""),
    ("generic", "demo_request", 0): (Kind.DID, None, ""),
    ("generic", "booth_talk", 0): (Kind.DID, None, ""),
    ("generic", "attendance", 0): (Kind.DID, None, ""),
    ("generic", "page", 0): (Kind.DID, None, ""),
    ("generic", "unsubscribe", 0): (Kind.UNSUBSCRIBED, None, ""),
    ("generic", "invoice", 0): (Kind.UNKNOWN, None, ""),
}
OF_MAIL = ("ses", "sendgrid", "postmark", "mailgun", "resend")


@pytest.fixture(params=SENDERS, ids=str)
def sender(request: pytest.FixtureRequest) -> Sender:
    return SENDERS[request.param]


def test_a_signed_post_is_genuine(sender: Sender) -> None:
    for name in sender.samples:
        headers, body = sender.post(name)

        assert sender.reader.verify(headers, body, sender.secrets[:1], NOW), name


def test_a_secret_can_be_changed_while_posts_are_under_way(sender: Sender) -> None:
    headers, body = sender.post(sender.samples[0], sender.secrets[1])

    assert sender.reader.verify(headers, body, sender.secrets, NOW)


def test_a_post_signed_with_another_secret_is_refused(sender: Sender) -> None:
    headers, body = sender.post(sender.samples[0], sender.secrets[1])

    assert not sender.reader.verify(headers, body, sender.secrets[:1], NOW)


def test_without_a_secret_nothing_comes_in(sender: Sender) -> None:
    headers, body = sender.post(sender.samples[0])

    assert not sender.reader.verify(headers, body, (), NOW)


def test_an_altered_body_is_refused_where_the_signature_covers_it(sender: Sender) -> None:
    headers, body = sender.post(sender.samples[0])

    assert sender.reader.verify(headers, body + b" ", sender.secrets, NOW) is not sender.covers_body


def test_an_old_post_is_refused_and_so_is_one_of_the_future(sender: Sender) -> None:
    headers, body = sender.post(sender.samples[0])
    days_later, hours_before = NOW + timedelta(days=2), NOW - timedelta(hours=1)

    assert sender.reader.verify(headers, body, sender.secrets, days_later) is not sender.grows_old
    assert sender.reader.verify(headers, body, sender.secrets, hours_before) is not sender.grows_old


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'"text"', b"\xff\xfe", b"[" * 5000, b'{"signature": 1}'])
@pytest.mark.parametrize("junk", ["", "é", "-1", "9" * 30, "nan", "a,b c"])
def test_junk_is_refused_and_breaks_nothing(sender: Sender, body: bytes, junk: str) -> None:
    names = sender.post(sender.samples[0])[0]

    assert not sender.reader.verify({}, body, sender.secrets, NOW)
    assert not sender.reader.verify(dict.fromkeys(names, junk), body, (*sender.secrets, junk), NOW)


def test_every_sample_says_what_we_say_it_says(sender: Sender) -> None:
    said = {
        (sender.name, name, number): (one.kind, one.hard if one.kind is Kind.BOUNCED else None, one.status)
        for name in sender.samples
        for number, one in enumerate(sender.reader.read_webhook(*sender.post(name)))
    }

    assert said == {place: expected for place, expected in SAID.items() if place[0] == sender.name}


def test_every_event_has_a_number_of_its_own_that_is_the_same_when_told_again(sender: Sender) -> None:
    def ids() -> list[str]:
        return [one.id for name in sender.samples for one in sender.reader.read_webhook(*sender.post(name))]

    assert len(set(ids())) == len(ids())
    assert ids() == ids()
    assert all(ids())


@pytest.mark.parametrize("source", OF_MAIL)
def test_events_of_a_mail_name_its_address_and_our_own_message_id(source: str) -> None:
    for name in SENDERS[source].samples:
        for one in SENDERS[source].reader.read_webhook(*SENDERS[source].post(name)):
            if one.kind not in (Kind.UNKNOWN, Kind.ASKED_TO_CONFIRM):
                assert one.message_id == OURS, name
                assert one.address in (ANNA, "bert@acme.example")
                assert datetime(2026, 11, 13, tzinfo=UTC) <= one.at < datetime(2026, 11, 15, tzinfo=UTC)


def test_what_is_no_json_is_named_as_unreadable(sender: Sender) -> None:
    for body in (b"", b"no json", b"\xff\xfe", b"[" * 5000, b'"text"'):
        with pytest.raises(Invalid) as refused:
            sender.reader.read_webhook({}, body)

        assert refused.value.code == "unreadable"


@pytest.mark.parametrize("wrong", [None, [], {}, "x", 1e308, -1, True, [[]], {"a": {}}, "\x00"])
def test_values_of_any_other_sort_are_read_or_named_but_never_break_the_reader(sender: Sender, wrong: object) -> None:
    for name in sender.samples:
        document = json.loads(sender.sample(name))
        if sender.name == "ses":
            document = json.loads(document["Message"]) if document["Type"] == "Notification" else document
        for bent in _bent(document, wrong):
            body = {"Type": "Notification", "Message": json.dumps(bent), "Timestamp": NOW.isoformat()}
            posted = json.dumps(body if sender.name == "ses" else bent).encode()
            try:
                read = sender.reader.read_webhook({}, posted)
            except Invalid:
                continue
            assert all(one.at.tzinfo and "\x00" not in one.address + one.reason for one in read)


def test_zoom_is_answered_with_the_secret_it_asked_with() -> None:
    headers, body = SENDERS["zoom"].post("question", "second-token")

    answer = zoom.answer_question(headers, body, ("first-token", "second-token"), NOW)

    # HMAC-SHA256 of "qgg8vlvZRS6UYooatFL8Aw" with "second-token", by `openssl dgst -sha256 -hmac second-token`.
    assert json.loads(answer or b"") == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": "b57418213fbe8907629803c2c05196a64ace037ba2afd81c6f5ac0b70c4ed66a",
    }
    assert zoom.answer_question(headers, body, ("first-token",), NOW) is None
    assert zoom.answer_question(*SENDERS["zoom"].post("joined"), ("first-token",), NOW) is None


@pytest.mark.parametrize("name", ["delivery", "confirmation"])
@pytest.mark.parametrize("version", ["1", "2"])
def test_amazons_signature_covers_the_whole_envelope(name: str, version: str) -> None:
    said = json.loads(SENDERS["ses"].sample(name)) | {"SignatureVersion": version}
    _, body = SENDERS["ses"].sign(json.dumps(said).encode(), TOPIC, NOW)
    certificate = amazon()[1]

    assert ses.is_signed(body, certificate)
    for field in ("Message", "MessageId", "Timestamp", "TopicArn", "Type"):
        assert not ses.is_signed(json.dumps(json.loads(body) | {field: "other"}).encode(), certificate)
    assert not ses.is_signed(body, b"no certificate")


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://evil.example/?sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.us-east-1.amazonaws.com/bucket/../SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef.pem",
        "",
    ],
)
def test_a_certificate_that_lies_elsewhere_is_not_amazons(url: str) -> None:
    headers, body = SENDERS["ses"].post("delivery")
    bent = json.dumps(json.loads(body) | {"SigningCertURL": url}).encode()

    assert not ses.verify(headers, bent, (TOPIC,), NOW)
    with pytest.raises(Invalid):
        ses.certificate_url(bent)


def test_only_amazons_link_is_shown_to_confirm_a_subscription() -> None:
    said = json.loads(SENDERS["ses"].sample("confirmation"))

    def link(url: str) -> str | None:
        [asked] = ses.read_webhook({}, json.dumps(said | {"SubscribeURL": url}).encode())
        return asked.detail.get("url")

    assert link(said["SubscribeURL"]) == said["SubscribeURL"]
    assert [link(url) for url in ("https://evil.example/?Action=ConfirmSubscription", "javascript:x", "")] == [None] * 3


def test_both_secrets_of_standard_webhooks_may_stand_without_their_prefix() -> None:
    headers, body = SENDERS["generic"].post("inquiry", OTHER_SVIX)

    assert SENDERS["generic"].reader.verify(headers, body, (SVIX, OTHER_SVIX.removeprefix("whsec_")), NOW)


def _bent(document: Any, wrong: object) -> Iterator[Any]:
    """The document with each of its places in turn holding something else."""
    yield wrong
    for path in _paths(document):
        bent = deepcopy(document)
        place = bent
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = wrong
        yield bent


def _paths(document: Any) -> Iterator[tuple[Any, ...]]:
    inside = enumerate(document) if isinstance(document, list) else getattr(document, "items", tuple)()
    for step, value in inside:
        yield (step,)
        yield from ((step, *path) for path in _paths(value))
