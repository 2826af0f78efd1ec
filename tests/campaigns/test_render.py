"""Rendering: the bytes one person gets, taken apart again as a mail program would."""

import os
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from abm.config import Settings
from abm.tokens import Signer, TokenKind
from abm.words import Language
from campaigns.addressing import Recipient, merge_values
from campaigns.compile import MailSource, compile_mail
from campaigns.mails import TOKEN_KINDS, compile_folder
from campaigns.mime import address_header, header_text, is_usable
from campaigns.render import Letter, Stored, make_skeleton, render, subject_of
from tests.worlds import NOON

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
SIGNER = Signer([b"a secret for golden mails, long enough"])
SETTINGS = Settings(
    base_url="https://abm.sender.example",
    sender_name="株式会社サンプル",
    sender_mail="marketing@sender.example",
    sender_address="東京都千代田区1-1-1",
)
ANNA = Recipient("anna@acme.example", "株式会社アクメ", "安奈 花子", "安奈", "花子", title="課長", department="購買部")
SENT_AT = NOON.astimezone(ZoneInfo("Asia/Tokyo"))


def stored(source: MailSource, language: Language = Language.JAPANESE) -> Stored:
    compiled = compile_mail(source, language)
    keys = {f"link.{link.n}": (TOKEN_KINDS[link.kind], bytes([link.n] * 5)) for link in compiled.links}
    return Stored(UUID(int=1), language, compiled.subject, compiled.html, compiled.text, keys, b"honey")


def letter(who: Recipient = ANNA, **over: object) -> Letter:
    return replace(Letter(who, b"8 bytes!", "<one@sender.example>"), **over)


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def rendered(subject: str = "Hi", html: str = "<p>x</p>", text: str = "x", who: Recipient = ANNA) -> EmailMessage:
    return read(render(make_skeleton(stored(MailSource(subject, html, text)), SETTINGS), letter(who), SIGNER, SENT_AT))


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def golden_names() -> list[tuple[str, Language]]:
    mails = ("first_steps_guide", "first_steps_costing", "first_steps_talk", "first_steps_summary")
    return [(name, language) for name in mails for language in Language]


@pytest.mark.parametrize(("name", "language"), golden_names())
def test_the_librarys_mails_look_as_they_were_looked_at(name: str, language: Language) -> None:
    """ABM_GOLDEN=write renews the files; look at them before they are committed."""
    compiled = next(mail.compiled for mail in compile_folder(name) if mail.language == language)
    keys = {f"link.{link.n}": (TOKEN_KINDS[link.kind], bytes([link.n] * 5)) for link in compiled.links}
    mail = Stored(UUID(int=1), language, compiled.subject, compiled.html, compiled.text, keys, b"honey")
    english = Recipient("carl@acme.example", "Acme Ltd", "Carl Cook", "Cook", "Carl", department="Purchasing")
    who = ANNA if language == Language.JAPANESE else english

    raw = render(make_skeleton(mail, SETTINGS), letter(who), SIGNER, SENT_AT)

    file = GOLDEN / f"{name}.{language}.eml"
    if os.environ.get("ABM_GOLDEN") == "write":
        file.write_bytes(raw)
    assert raw == file.read_bytes()


def test_headers_say_what_the_standards_ask_for() -> None:
    message = rendered("「原価管理」のご案内 {{contact.family_name}} 様")

    assert message["Subject"] == "「原価管理」のご案内 安奈 様"
    assert message["From"].addresses[0].display_name == "株式会社サンプル"
    assert message["To"].addresses[0].addr_spec == "anna@acme.example"
    assert message["Message-ID"] == "<one@sender.example>"
    assert message["Date"].datetime == NOON
    assert message["Date"].endswith("+0900")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = message["List-Unsubscribe"].strip("<>")
    assert SIGNER.read(stop.removeprefix("https://abm.sender.example/u/"), TokenKind.STOP) is not None


def test_both_parts_say_the_same_to_the_same_person() -> None:
    message = rendered(html="<p>{{contact.addressee}}</p>", text="{{contact.addressee}}\n")

    assert "<p>株式会社アクメ 購買部 課長 安奈 花子 様</p>" in part(message, "html")
    assert part(message, "plain").startswith("株式会社アクメ 購買部 課長 安奈 花子 様\n")


def test_every_link_carries_its_own_token() -> None:
    message = rendered(html='<a href="https://www.example.com/a">A</a><a href="asset:guide">G</a>')

    html = part(message, "html")
    click = html.split("https://abm.sender.example/c/")[1].split('"')[0]
    download = html.split("https://abm.sender.example/d/")[1].split('"')[0]
    first, second = SIGNER.read(click, TokenKind.CLICK), SIGNER.read(download, TokenKind.DOWNLOAD)
    assert first is not None
    assert (first.message_key, first.link_key) == (b"8 bytes!", b"\x01" * 5)
    assert second is not None
    assert second.link_key == b"\x02" * 5


def test_the_pixel_is_there_only_with_consent() -> None:
    skeleton = make_skeleton(stored(MailSource("Hi", "<p>x</p>", "x")), SETTINGS)

    without = part(read(render(skeleton, letter(), SIGNER, SENT_AT)), "html")
    with_consent = part(read(render(skeleton, letter(counts_opens=True), SIGNER, SENT_AT)), "html")

    assert "/o/" not in without
    assert "https://abm.sender.example/o/" in with_consent
    assert "{{" not in without + with_consent


def test_a_name_cannot_break_out_of_the_html() -> None:
    message = rendered(html="<p>{{contact.family_name}}</p>", who=replace(ANNA, family_name='<script>"&'))

    assert "<p>&lt;script&gt;&quot;&amp;</p>" in part(message, "html")


@pytest.mark.parametrize("evil", ["安奈\r\nBcc: all@acme.example", "x\nSubject: won\n\nbody", "a\u2028b", "\x00\x0b"])
def test_a_name_cannot_start_a_header(evil: str) -> None:
    who = replace(ANNA, full_name=evil, family_name=evil, account_name=evil)

    raw = render(
        make_skeleton(stored(MailSource("{{contact.family_name}}", "x", "x")), SETTINGS), letter(who), SIGNER, SENT_AT
    )

    message = read(raw)
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1
    assert message.defects == []
    assert [address.addr_spec for address in message["To"].addresses] == ["anna@acme.example"]


@pytest.mark.parametrize("name", ["Doe, John", 'The "Boss"', "a <b@c.example>", "=?utf-8?B?eA==?=", "髙﨑 " * 40])
def test_a_name_in_to_reads_as_it_was_typed_and_adds_no_address(name: str) -> None:
    raw = b"To: " + address_header(name, "anna@acme.example")

    message = read(raw + b"\r\n\r\n")
    assert [address.addr_spec for address in message["To"].addresses] == ["anna@acme.example"]
    assert str(make_header(decode_header(raw.decode().removeprefix("To: ").split(" <anna@")[0]))) == name.strip()


@pytest.mark.parametrize("text", ["", "plain, with. marks!", "長い件名" * 60, "x" * 500, "mixed 日本 text =?x?="])
def test_a_subject_reads_as_it_was_typed(text: str) -> None:
    raw = b"Subject: " + header_text(text) + b"\r\n\r\n"

    assert read(raw)["Subject"] == text
    assert max(len(line) for line in raw.split(b"\r\n")) <= 90


def test_no_line_is_longer_than_the_wire_allows() -> None:
    long = "長" * 3_000 + "=" * 3_000 + " " * 3_000
    who = replace(ANNA, family_name="x" * 5_000, full_name="名" * 300)
    html = f"<p>{long}{{{{contact.family_name}}}}{long}</p>"

    skeleton = make_skeleton(stored(MailSource("x", html, long)), SETTINGS)
    raw = render(skeleton, letter(who), SIGNER, SENT_AT)

    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert long + "x" * 5_000 + long in part(read(raw), "html")


@pytest.mark.parametrize(
    ("who", "addressee", "salutation"),
    [
        (Recipient("a@b.example", "株式会社アクメ", "安奈 花子", "安奈"), "株式会社アクメ 安奈 花子 様", "安奈 様"),
        (Recipient("a@b.example", "株式会社アクメ", "安奈"), "株式会社アクメ 安奈 様", "安奈 様"),
        (Recipient("a@b.example", "株式会社アクメ", department="購買部"), "株式会社アクメ 購買部 御中", "ご担当者 様"),
        (Recipient("a@b.example", "株式会社アクメ"), "株式会社アクメ 御中", "ご担当者 様"),
        (Recipient("a@b.example", ""), "ご担当者 様", "ご担当者 様"),
    ],
)
def test_people_get_sama_and_companies_onchu_never_both(who: Recipient, addressee: str, salutation: str) -> None:
    values = merge_values(who, Language.JAPANESE)

    assert values["contact.addressee"] == addressee
    assert values["contact.salutation"] == salutation


def test_a_missing_name_leaves_no_hole_in_either_language() -> None:
    nobody = Recipient("a@b.example", "Acme Ltd")

    assert merge_values(nobody, Language.JAPANESE)["contact.family_name"] == "ご担当者"
    assert merge_values(nobody, Language.ENGLISH)["contact.salutation"] == "Hello"
    assert merge_values(nobody, Language.ENGLISH)["contact.addressee"] == "Acme Ltd"


def test_the_subject_in_the_timeline_is_the_one_that_was_read() -> None:
    skeleton = make_skeleton(stored(MailSource("{{contact.salutation}} ご案内", "x", "x")), SETTINGS)

    assert subject_of(skeleton, ANNA) == "安奈 様 ご案内"


@pytest.mark.parametrize(
    "address", ["a@b", "a b@c.example", "a@c.example>\r\nRCPT TO:<x@y.example", "あ@c.example", "@c.example", ""]
)
def test_an_address_the_wire_cannot_carry_is_not_mailed(address: str) -> None:
    assert not is_usable(address)


def test_dates_show_the_installations_offset() -> None:
    at = datetime(2026, 1, 5, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    raw = render(make_skeleton(stored(MailSource("x", "x", "x")), SETTINGS), letter(), SIGNER, at)

    assert b"\r\nDate: Mon, 05 Jan 2026 09:30:00 +0900\r\n" in raw
