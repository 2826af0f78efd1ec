"""What every chat's messages keep to: whole, small enough, harmless, and with honest answers."""

import json
from dataclasses import replace
from types import ModuleType

import pytest

from abm.connectors.chat import slack, teams
from abm.connectors.chat.note import Note
from abm.connectors.mail.smtp import Fate
from abm.connectors.posting import judge, post
from abm.words import DeliveryReason
from tests.receiver import receiving, say

URLS = {
    slack: "https://hooks.slack.com/services/T000/B000/XXXX",
    teams: "https://prod-01.japaneast.logic.azure.com:443/workflows/abc/triggers/manual/paths/invoke?sig=XXXX",
}
CHATS = [slack, teams]
NOTE = Note(
    headline="営業引き渡しが割り当てられました",
    subject="株式会社アクメ 購買部",
    facts=[("担当", "営業 花子"), ("期限", "2026/11/24（火）10:00")],
    lines=["スコア48.2点（基準40点）、反応のある担当者3名", "関心：原価管理"],
    link="https://abm.example/tasks/1",
    link_title="タスクを開く",
)


@pytest.fixture(params=CHATS, ids=["slack", "teams"])
def chat(request: pytest.FixtureRequest) -> ModuleType:
    """Each chat in turn."""
    found: ModuleType = request.param
    return found


def said(chat: ModuleType, note: Note = NOTE) -> str:
    """The message as text, spelled out."""
    body = chat.make_message(URLS[chat], note).body
    return json.dumps(json.loads(body), ensure_ascii=False)


def test_a_message_says_everything_of_its_note(chat: ModuleType) -> None:
    message = said(chat)

    for words in (NOTE.headline, NOTE.subject, "関心：原価管理", "営業 花子", NOTE.link, NOTE.link_title):
        assert words in message


def test_a_message_goes_to_its_address_as_json(chat: ModuleType) -> None:
    parcel = chat.make_message(URLS[chat], NOTE)

    assert parcel.url == URLS[chat]
    assert parcel.headers["Content-Type"] == "application/json"


def test_a_message_stays_small_whatever_was_typed(chat: ModuleType) -> None:
    long = replace(
        NOTE, headline="長" * 5000, subject="社" * 5000, facts=[("名", "値" * 5000)] * 3, lines=["行" * 5000] * 3
    )

    assert len(chat.make_message(URLS[chat], long).body) < 60_000
    json.loads(chat.make_message(URLS[chat], long).body)


@pytest.mark.parametrize(
    "name", ["<!channel>", "<https://evil.example|click>", "[click](https://evil.example)", "a\n# b"]
)
def test_a_name_is_only_a_name(chat: ModuleType, name: str) -> None:
    message = said(chat, replace(NOTE, subject=name, lines=[name]))

    assert "<!channel>" not in message
    assert "<https://evil.example|click>" not in message
    # Slack has no such links; a card of Teams would show one.
    assert chat is slack or "](https://evil.example)" not in message
    assert "\\n# b" not in message


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/services/T/B/X",
        "https://hooks.slack.com.evil.example/services/x",
        "https://logic.azure.com.evil.example/",
    ],
)
def test_only_the_providers_own_addresses_are_taken(chat: ModuleType, url: str) -> None:
    assert chat.accepts(URLS[chat])
    assert not chat.accepts(url)
    assert not any(chat.accepts(URLS[other]) for other in CHATS if other is not chat)


def test_what_was_taken_is_taken(chat: ModuleType) -> None:
    for status, text in ((200, b"ok"), (202, b"")):
        assert chat.read_answer(judge(status, text)).fate is Fate.ACCEPTED


def test_whoever_asks_for_a_pause_is_tried_again(chat: ModuleType) -> None:
    for status in (429, 500, 502, 503):
        assert chat.read_answer(judge(status, b"rate_limited", 30.0)).fate is Fate.DEFERRED


def test_a_real_post_is_read_to_its_end(chat: ModuleType) -> None:
    with receiving(say(200, "ok")) as receiver:
        posted = post(chat.make_message(receiver.url, NOTE), allow_private=True)

    assert chat.read_answer(posted).fate is Fate.ACCEPTED
    assert json.loads(receiver.got[0][1]) == json.loads(chat.make_message("", NOTE).body)


@pytest.mark.parametrize(
    ("chat_of", "status", "text", "reason"),
    [
        (slack, 404, b"no_service", DeliveryReason.GONE),
        (slack, 404, b"channel_not_found", DeliveryReason.GONE),
        (slack, 410, b"channel_is_archived", DeliveryReason.GONE),
        (slack, 400, b"invalid_payload", DeliveryReason.REFUSED),
        (slack, 403, b"action_prohibited", DeliveryReason.REFUSED),
        (teams, 404, b'{"error":{"code":"WorkflowNotFound"}}', DeliveryReason.GONE),
        (teams, 400, b'{"error":{"code":"WorkflowTriggerIsNotEnabled"}}', DeliveryReason.GONE),
        (teams, 413, b"", DeliveryReason.REFUSED),
        (teams, 401, b"", DeliveryReason.REFUSED),
    ],
)
def test_what_never_gets_through_is_not_tried_again(
    chat_of: ModuleType, status: int, text: bytes, reason: DeliveryReason
) -> None:
    posted = chat_of.read_answer(judge(status, text))

    assert (posted.fate, posted.reason) == (Fate.REFUSED, reason)


def test_a_card_of_teams_is_an_adaptive_card_in_its_envelope() -> None:
    message = json.loads(teams.make_message(URLS[teams], NOTE).body)
    (attachment,) = message["attachments"]
    card = attachment["content"]

    assert (message["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert (card["type"], card["actions"][0]["type"]) == ("AdaptiveCard", "Action.OpenUrl")
    assert len(teams.make_message(URLS[teams], NOTE).body) < 28_000


def test_a_message_of_slack_has_text_for_notifications_and_blocks_within_their_sizes() -> None:
    message = json.loads(slack.make_message(URLS[slack], replace(NOTE, headline="長" * 500)).body)
    header = message["blocks"][0]

    assert message["text"]
    assert (header["type"], len(header["text"]["text"])) == ("header", 150)
    assert {block["type"] for block in message["blocks"]} == {"header", "section", "actions"}
