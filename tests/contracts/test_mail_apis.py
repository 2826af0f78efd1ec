"""What every service that takes mails by its API keeps to: the mail arrives whole, each answer has its fate."""

import json
import socket
from base64 import b64decode
from dataclasses import replace

import pytest

from abm.connectors.mail import postmark, sendgrid
from abm.connectors.mail.calls import hand_over
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.route import Route
from abm.connectors.mail.smtp import Envelope, Fate, Outcome
from abm.words import MailProvider, SendReason
from tests.receiver import Answer, Receiver, hang_up, receiving, say

OURS = "<5f0c2d9a41b7e8360d1f@sender.example>"
RAW = (
    "Subject: =?utf-8?B?44GU5qGI5YaF?=\r\n"
    'From: "Sender, Inc." <marketing@sender.co.jp>\r\n'
    "To: =?utf-8?B?5bGx55Sw?= <anna@firm.co.jp>\r\n"
    "Date: Mon, 06 Apr 2026 09:00:00 +0900\r\n"
    f"Message-ID: {OURS}\r\n"
    "List-Unsubscribe: <https://sender.co.jp/u/token>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="part"\r\n\r\n'
    "--part\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "=E6=BC=A2=E5=AD=97 text\r\n"
    "--part\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<p>=E6=BC=A2=E5=AD=97</p>\r\n"
    "--part--\r\n"
).encode()
MAIL = Envelope("bounces@sender.co.jp", "anna@firm.co.jp", RAW)
LIST_HEADERS = {
    "List-Unsubscribe": "<https://sender.co.jp/u/token>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
SES, SENDGRID, POSTMARK = MailProvider.SES, MailProvider.SENDGRID, MailProvider.POSTMARK
APIS = (SES, SENDGRID, POSTMARK)
LATER = (Fate.DEFERRED, SendReason.PROVIDER_BUSY)
ACCOUNT = (Fate.DEFERRED, SendReason.PROVIDER_LOGIN)
REFUSED = (Fate.REFUSED, SendReason.PROVIDER_REFUSED)
UNKNOWN = (Fate.UNKNOWN, SendReason.BROKEN_OFF)


def route_to(provider: MailProvider, port: int) -> Route:
    key = "AKIDEXAMPLE:secret" if provider is SES else "secret"
    url = f"http://127.0.0.1:{port}"
    return Route("127.0.0.1", port, password=key, provider=provider, api_url=url, region="ap-northeast-1")


def send(provider: MailProvider, *answers: Answer, within: float = 5, stream: str = "") -> tuple[Outcome, Receiver]:
    with receiving(*answers) as receiver:
        route = replace(route_to(provider, receiver.port), stream=stream)
        return hand_over(SmtpPool(within), route, MAIL), receiver


def test_ses_gets_the_very_bytes_signed() -> None:
    outcome, receiver = send(SES, say(200, '{"MessageId": "1"}'), stream="reports")

    ((headers, body),) = receiver.got
    said = json.loads(body)
    assert outcome == Outcome(Fate.ACCEPTED)
    assert b64decode(said["Content"]["Raw"]["Data"]) == RAW
    assert said["Destination"] == {"ToAddresses": ["anna@firm.co.jp"]}
    assert said["ConfigurationSetName"] == "reports"
    assert "Credential=AKIDEXAMPLE/" in headers["authorization"]
    assert "/ap-northeast-1/ses/aws4_request, SignedHeaders=content-type;host;x-amz-date," in headers["authorization"]
    assert headers["host"] == f"127.0.0.1:{receiver.port}"


def test_sendgrid_gets_every_field_and_counts_nothing_itself() -> None:
    outcome, receiver = send(SENDGRID, 202)

    ((headers, body),) = receiver.got
    said = json.loads(body)
    assert outcome == Outcome(Fate.ACCEPTED)
    assert headers["authorization"] == "Bearer secret"
    assert said["personalizations"] == [{"to": [{"email": "anna@firm.co.jp", "name": "山田"}]}]
    assert said["from"] == {"email": "marketing@sender.co.jp", "name": "Sender, Inc."}
    assert said["subject"] == "ご案内"
    assert [(part["type"], part["value"].strip()) for part in said["content"]] == [
        ("text/plain", "漢字 text"),
        ("text/html", "<p>漢字</p>"),
    ]
    assert said["headers"] == {**LIST_HEADERS, "Message-ID": OURS}
    assert not any(one["enable"] for one in said["tracking_settings"].values())


def test_postmark_gets_every_field_and_keeps_our_message_id() -> None:
    outcome, receiver = send(POSTMARK, say(200, '{"ErrorCode": 0, "Message": "OK"}'))

    ((headers, body),) = receiver.got
    said = json.loads(body)
    assert outcome == Outcome(Fate.ACCEPTED)
    assert headers["x-postmark-server-token"] == "secret"
    assert (said["From"], said["To"]) == ('"Sender, Inc." <marketing@sender.co.jp>', '"山田" <anna@firm.co.jp>')
    assert (said["Subject"], said["TextBody"].strip(), said["HtmlBody"].strip()) == (
        "ご案内",
        "漢字 text",
        "<p>漢字</p>",
    )
    named = {one["Name"]: one["Value"] for one in said["Headers"]}
    assert named == {**LIST_HEADERS, "Message-ID": OURS, "X-PM-KeepID": "true"}
    assert (said["TrackOpens"], said["TrackLinks"], said["MessageStream"]) == (False, "None", "broadcast")


def test_the_reports_of_a_mail_find_it_by_what_went_with_it() -> None:
    _, to_sendgrid = send(SENDGRID, 202)
    _, to_postmark = send(POSTMARK, 200)
    arguments = json.loads(to_sendgrid.got[0][1])["custom_args"]
    metadata = json.loads(to_postmark.got[0][1])["Metadata"]

    event = {"event": "delivered", "sg_event_id": "1", "timestamp": 1_775_433_600, "smtp-id": "<other@geopod>"}
    (delivered,) = sendgrid.read_webhook({}, json.dumps([{**event, **arguments}]).encode())
    report = {"RecordType": "Delivery", "DeliveredAt": "2026-04-06T00:00:00Z", "Metadata": metadata}
    (told,) = postmark.read_webhook({}, json.dumps(report).encode())

    assert (delivered.message_id, told.message_id) == (OURS, OURS)


def ses_error(status: int, name: str, message: str = "") -> Answer:
    return say(status, json.dumps({"message": message}), x_amzn_ErrorType=f"{name}:http://internal.amazon.com/")


def postmark_error(code: int) -> Answer:
    return say(422, json.dumps({"ErrorCode": code, "Message": "no"}))


@pytest.mark.parametrize(
    ("provider", "answer", "fate"),
    [
        *((one, 400, REFUSED) for one in APIS),
        *((one, 413, REFUSED) for one in APIS),
        *((one, 401, ACCOUNT) for one in APIS),
        *((one, 403, ACCOUNT) for one in APIS),
        *((one, 307, ACCOUNT) for one in APIS),
        *((one, 429, LATER) for one in APIS),
        *((one, 500, LATER) for one in APIS),
        *((one, 503, LATER) for one in APIS),
        *((one, 504, UNKNOWN) for one in APIS),
        *((one, hang_up, UNKNOWN) for one in APIS),
        (SES, ses_error(400, "MessageRejected", "invalid content"), REFUSED),
        (SES, ses_error(400, "MessageRejected", "Email address is not verified."), ACCOUNT),
        (SES, ses_error(400, "SendingPausedException"), ACCOUNT),
        (SES, ses_error(400, "ThrottlingException"), LATER),
        (POSTMARK, postmark_error(300), REFUSED),
        (POSTMARK, postmark_error(406), (Fate.REFUSED, SendReason.PROVIDER_SUPPRESSED)),
        (POSTMARK, postmark_error(412), ACCOUNT),
        (POSTMARK, postmark_error(1235), ACCOUNT),
    ],
)
def test_each_answer_has_its_fate(provider: MailProvider, answer: Answer, fate: tuple[Fate, SendReason]) -> None:
    outcome, receiver = send(provider, answer)

    assert (outcome.fate, outcome.reason) == fate
    assert len(receiver.got) == 1


def test_whoever_is_busy_may_say_for_how_long() -> None:
    outcome, _ = send(SENDGRID, say(429, Retry_After="7"))

    assert (outcome.code, outcome.wait) == (429, 7.0)


@pytest.mark.parametrize("provider", APIS)
def test_a_service_that_is_not_there_gets_the_mail_later(provider: MailProvider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert hand_over(SmtpPool(1), route_to(provider, port), MAIL) == Outcome(
        Fate.DEFERRED, SendReason.PROVIDER_UNREACHABLE
    )


@pytest.mark.parametrize("provider", APIS)
def test_silence_after_the_request_was_written_leaves_us_in_doubt(provider: MailProvider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = hand_over(SmtpPool(0.2), route_to(provider, silent.getsockname()[1]), MAIL)

    assert (outcome.fate, outcome.reason) == UNKNOWN
