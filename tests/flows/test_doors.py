"""The doors of a mail in the browser of its reader: stop, preferences, a file behind a form, a webinar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.guard.facts import gather_facts
from abm.guard.guard import MailAbout, decide
from abm.importers.actors import meet_people
from abm.models import Asset, Contact, Event, Form, Hit, Link, Mail, Preference, Suppression, Webinar
from abm.tokens import TokenKind
from abm.words import FormKind, GuardReason, Language, Verdict
from abm.work import Installation, unit_of_work
from campaigns.compile import MailSource, compile_mail
from campaigns.links import save_mail
from campaigns.mails import CompiledMail
from tests.flows.browser import new_page
from tests.flows.entrance import Entrance, entrance, pages_of
from tests.tracking.world import CONTENT, Sent, send_mail

pytestmark = pytest.mark.parametrize(("language", "width"), [(Language.JAPANESE, 390), (Language.ENGLISH, 1280)])


@dataclass(frozen=True)
class Reader:
    """Somebody who got a mail in their language, in front of their browser."""

    sent: Sent
    page: Page
    errors: list[str]
    entrance: Entrance
    language: Language

    def open(self, door: str, kind: TokenKind, link: object = None) -> None:
        """Follow that link of the mail."""
        self.page.goto(self.address(door, kind, link))

    def address(self, door: str, kind: TokenKind, link: object = None) -> str:
        return f"{self.entrance.url}/{door}/{self.sent.token(kind, link, self.language)}"

    def reads(self, japanese: str, english: str) -> None:
        """The page says this in the reader's language, and fits the window."""
        expect(self.page.locator("main")).to_contain_text(japanese if self.language == "ja" else english)
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def reader(chromium: Browser, installation: Installation, language: Language, width: int) -> Iterator[Reader]:
    with unit_of_work() as work:
        sent = send_mail(work.session, installation.signer, sent_at=work.at - timedelta(days=1))
    page, errors = new_page(chromium, language=language, width=width)
    page.set_default_timeout(20_000)
    with entrance(installation) as way_in:
        yield Reader(sent, page, errors, way_in, language)
    page.context.close()


def rows(model: type) -> list:
    with unit_of_work() as work:
        return list(work.session.scalars(select(model)))


def test_the_stop_link_asks_and_the_button_stops(reader: Reader) -> None:
    reader.open("u", TokenKind.STOP)
    reader.reads("配信を停止します", "You will no longer receive mail")
    reader.entrance.settle()
    assert rows(Suppression) == rows(Hit) == []

    reader.page.get_by_role("button").click()

    reader.reads("配信を停止しました", "You are unsubscribed")
    assert [one.email for one in rows(Suppression)] == ["anna@acme.example"]
    assert reader.errors == []


def test_what_is_chosen_among_the_preferences_is_heard_by_the_guard(reader: Reader) -> None:
    reader.open("p", TokenKind.PREFERENCES)
    reader.page.locator("input[name=pace][value=monthly]").check()
    reader.page.locator("input[name=topic][value=在庫管理]").uncheck()
    reader.page.locator("input[name=pause]").check()

    reader.page.get_by_role("button").click()

    reader.reads("設定を保存しました", "Your preferences are saved")
    [kept] = rows(Preference)
    assert (kept.pace, kept.muted_topics) == ("monthly", ["在庫管理"])
    with unit_of_work() as work:
        who = reader.sent.contact.id
        facts = gather_facts(work.session, [who], work.at)[who]
    heard = {GuardReason.TOPIC_MUTED, GuardReason.ASKED_TO_PAUSE, GuardReason.PACE}
    assert heard <= set(decide(facts.of_mail(MailAbout(frozenset({"在庫管理"})))).reasons)
    assert GuardReason.TOPIC_MUTED not in decide(facts.of_mail(MailAbout(frozenset({"導入"})))).reasons
    reader.open("p", TokenKind.PREFERENCES)
    reader.reads("まで停止しています", "Paused until")
    expect(reader.page.locator("input[name=topic][value=在庫管理]")).not_to_be_checked()
    assert reader.errors == []


def test_whoever_fills_in_the_form_before_a_file_gets_it_and_is_known_to_have_it(
    reader: Reader, tmp_path: Path
) -> None:
    stand_before_the_file(reader)
    reader.open("d", TokenKind.DOWNLOAD, reader.sent.file)
    reader.reads("お名前", "Name")
    reader.page.locator("input[name=name]").fill("安奈 花子")
    reader.page.locator("input[name=mail]").fill("anna@acme.example")
    # As if it had been filled in by hand: who is faster than that is taken for a program.
    reader.page.locator("input[name=shown_at]").evaluate("field => field.value -= 20")

    with reader.page.expect_download() as download:
        reader.page.get_by_role("button").click()

    download.value.save_as(tmp_path / "got")
    assert download.value.suggested_filename == "導入ガイド.pdf"
    assert (tmp_path / "got").read_bytes() == CONTENT
    reader.entrance.settle()
    meet_people()
    reader.entrance.settle()
    events = {(one.kind, one.verdict, one.contact_id) for one in rows(Event) if one.kind == "download"}
    assert events == {("download", Verdict.PROVEN, reader.sent.contact.id)}
    assert [one.email for one in rows(Contact)] == ["anna@acme.example"]
    assert reader.errors == []


def stand_before_the_file(reader: Reader) -> None:
    """A form asks who wants the mail's file."""
    with unit_of_work() as work:
        gate = Form(
            key="guide",
            kind=FormKind.DOWNLOAD,
            title={"ja": "導入ガイド", "en": "The guide"},
            fields=[{"name": name, "required": True} for name in ("name", "mail")],
            consent={"ja": "ご案内メールの受信に同意します", "en": "Send me mail"},
        )
        work.session.add(gate)
        work.session.flush()
        work.session.execute(update(Asset).values(form_id=gate.id))
    reader.entrance.refresh()


def test_a_join_link_leads_to_the_webinar_and_is_recorded(reader: Reader) -> None:
    with pages_of({"/join": "<h1>Waiting room</h1>"}) as meeting:
        with unit_of_work() as work:
            webinar = Webinar(title="在庫の見える化", held_at=work.at, join_url=f"{meeting}/join")
            work.session.add(webinar)
            work.session.flush()
            link = published_link(work.session, reader, "webinar:在庫の見える化")
        reader.entrance.refresh()

        reader.open("w", TokenKind.WEBINAR, link)

        expect(reader.page).to_have_url(f"{meeting}/join")
        expect(reader.page.locator("h1")).to_have_text("Waiting room")
    reader.entrance.settle()
    assert [(one.kind, one.set_aside) for one in rows(Hit)] == [("join", None)]
    assert [(one.kind, one.webinar_id) for one in rows(Event) if one.kind != "open"] == [("click", webinar.id)]


def published_link(session: Session, reader: Reader, url: str) -> Link:
    """The first link of a mail that says so, compiled and kept as publishing does."""
    compiled = compile_mail(MailSource("Hi", f'<a href="{url}">Join</a>', "Hi"), reader.language)
    version_id = session.get_one(Mail, reader.sent.page.mail_id).sequence_version_id
    mail = save_mail(session, version_id, CompiledMail("invite", reader.language, compiled), {}, {})
    return session.scalars(select(Link).where(Link.mail_id == mail.id).order_by(Link.number)).first()
