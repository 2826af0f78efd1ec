"""Forms are heard, files are always handed out, and whoever is met by a form becomes somebody we know."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from abm.customers.erase import erase_person
from abm.customers.export import export_person
from abm.importers.actors import meet_people
from abm.importers.met import has_strangers
from abm.models import Account, Asset, Consent, Contact, Event, Form, Hit, TimelineItem
from abm.words import FormKind, Language, Verdict
from tests.tracking.conftest import Doors
from tests.tracking.test_doors import break_spool, without_database
from tests.tracking.world import CONTENT, Sent
from tests.worlds import NOON, make_account
from tracking.desk import refresh
from tracking.forms import LONGEST_MESSAGE

ASKED = "見積りを\n希望します"
FILLED = {"company": "株式会社ゼータ", "name": "善田 太郎", "mail": "Zenda@zeta.example", "message": ASKED}
CONSENT = "ご案内メールの受信に同意します"


def make_form(session: Session, key: str, kind: FormKind) -> Form:
    fields = ["company", "name", "mail", "phone", "message"]
    form = Form(
        key=key,
        kind=kind,
        title={"ja": "お問い合わせ", "en": "Ask us"},
        fields=[{"name": name, "required": name in ("name", "mail")} for name in fields],
        consent={"ja": CONSENT, "en": "Send me mail"},
        topics=["導入"],
    )
    session.add(form)
    session.flush()
    return form


@pytest.fixture(autouse=True)
def forms(doors: Doors, sent: Sent) -> None:
    with Session(doors.installation.engine) as session:
        # Those that every installation begins with.
        session.execute(delete(Form))
        make_form(session, "contact", FormKind.INQUIRY)
        make_form(session, "demo", FormKind.DEMO)
        gate = make_form(session, "guide", FormKind.DOWNLOAD)
        session.execute(update(Asset).values(form_id=gate.id))
        session.commit()
    refresh(doors.desk)


def send(doors: Doors, path: str, /, **fields: str):
    kind = "application/x-www-form-urlencoded"
    return doors.visit(path, method="POST", data=urlencode({"shown_at": "1", **fields}), content_type=kind)


def settle(doors: Doors) -> None:
    doors.load()
    doors.record()
    meet_people()
    doors.record()


def rows(doors: Doors, model: type) -> list:
    with Session(doors.installation.engine) as session:
        return list(session.scalars(select(model)))


def events(doors: Doors) -> list[tuple[str, str]]:
    return sorted((one.kind, one.verdict) for one in rows(doors, Event) if one.kind != "open")


def stranger(doors: Doors) -> Contact:
    [found] = [one for one in rows(doors, Contact) if one.email == "Zenda@zeta.example"]
    return found


def test_the_page_is_there_in_both_languages_also_while_the_database_is_away(doors: Doors):
    without_database(doors)

    japanese, english = (doors.visit(f"/f/contact?lang={one}") for one in Language)
    by_browser = doors.client.get("/f/contact", headers={"Accept-Language": "en-GB,en;q=0.9"})

    assert (japanese.status_code, english.status_code) == (200, 200)
    assert "会社名" in japanese.text
    assert CONSENT in japanese.text
    assert "Ask us" in english.text
    assert "Ask us" in by_browser.text


def test_an_unknown_form_is_not_there(doors: Doors):
    assert doors.visit("/f/nothing").status_code == 404
    assert send(doors, "/f/nothing", **FILLED).status_code == 404


def test_what_is_required_is_asked_for_again_with_what_was_filled_in(doors: Doors):
    answer = send(doors, "/f/contact", company="<b>株式会社ゼータ</b>")

    assert (answer.status_code, "X-Hit" in answer.headers) == (422, False)
    assert "&lt;b&gt;株式会社ゼータ" in answer.text
    assert "必須の項目をご記入ください" in answer.text


def test_an_address_that_can_be_none_is_asked_for_again(doors: Doors):
    answer = send(doors, "/f/contact?lang=en", **{**FILLED, "mail": "zenda@zeta"})

    assert (answer.status_code, "X-Hit" in answer.headers) == (422, False)
    assert "Please check the mail address" in answer.text
    assert 'value="善田 太郎"' in answer.text


@pytest.mark.parametrize(("key", "kind"), [("contact", "inquiry"), ("demo", "demo_request")])
def test_a_stranger_who_asks_is_met_once_with_what_was_asked(doors: Doors, key: str, kind: str):
    answer = send(doors, f"/f/{key}", **FILLED)
    settle(doors)
    settle(doors)

    met = stranger(doors)
    assert answer.status_code == 200
    assert (met.full_name, met.family_name, met.given_name) == ("善田 太郎", "善田", "太郎")
    assert [one.name for one in rows(doors, Account) if one.id == met.account_id] == ["株式会社ゼータ"]
    [event] = [one for one in rows(doors, Event) if one.contact_id == met.id]
    assert (event.kind, str(event.hit_id), event.topics) == (kind, answer.headers["X-Hit"], ["導入"])
    assert [item.body for item in rows(doors, TimelineItem) if item.subject_id == event.id] == [ASKED]


def test_a_firm_we_know_is_recognised_as_in_an_import(doors: Doors):
    with Session(doors.installation.engine) as session:
        known = make_account(session, "ゼータ株式会社", phone="0312345678").id
        session.execute(update(Account).where(Account.id == known).values(normalised_name="ゼータ"))
        session.commit()

    send(doors, "/f/contact", **FILLED, phone="03-1234-5678")
    settle(doors)

    assert stranger(doors).account_id == known


def test_consent_is_written_in_the_ledger_with_its_text_only_when_ticked(doors: Doors):
    send(doors, "/f/contact", **FILLED)
    settle(doors)
    assert [one for one in rows(doors, Consent) if one.contact_id == stranger(doors).id] == []

    send(doors, "/f/contact", **FILLED, consent="1")
    settle(doors)
    settle(doors)

    [given] = [one for one in rows(doors, Consent) if one.contact_id == stranger(doors).id]
    assert (given.granted, given.basis, given.purpose) == (True, "opt_in", "mail")
    assert given.evidence == f"form contact, text 1: {CONSENT}"


def test_an_inquiry_that_cannot_be_kept_says_so(doors: Doors):
    break_spool(doors)

    assert send(doors, "/f/contact", **FILLED).status_code == 503


def test_a_gated_file_asks_first_and_the_look_is_a_click(doors: Doors, sent: Sent):
    answer = doors.visit(sent.download)
    settle(doors)

    assert (answer.status_code, "資料をダウンロード" in answer.text) == (200, True)
    assert [kind for kind, _ in events(doors)] == ["click"]


def test_whoever_fills_in_the_form_gets_the_file_and_it_counts_as_that_download(doors: Doors, sent: Sent):
    answer = send(doors, sent.download, name="安奈 花子", mail=sent.contact.email)
    settle(doors)

    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert [kind for kind, _ in events(doors)] == ["download"]


@pytest.mark.parametrize("fields", [{}, {"mail": "no address"}, {"name": "x" * 9_999}])
def test_the_file_is_handed_out_whatever_was_filled_in(doors: Doors, sent: Sent, fields: dict[str, str]):
    assert send(doors, sent.download, **fields).data == CONTENT


def test_who_fills_in_nothing_has_only_downloaded(doors: Doors, sent: Sent):
    send(doors, sent.download, name=" ")
    settle(doors)

    assert events(doors) == [("download", "likely")]


def test_the_file_is_handed_out_whatever_is_down(doors: Doors, sent: Sent):
    break_spool(doors)
    without_database(doors)

    answer = send(doors, sent.download, **FILLED)

    assert (answer.status_code, answer.data, "X-Hit" in answer.headers) == (200, CONTENT, False)


def test_a_mail_passed_on_does_not_count_for_who_got_it_first(doors: Doors, sent: Sent):
    send(doors, sent.download, **FILLED, consent="1")
    settle(doors)

    assert {one.contact_id for one in rows(doors, Event)} == {stranger(doors).id}


def test_who_only_takes_a_file_without_consent_is_not_recorded(doors: Doors, sent: Sent):
    assert send(doors, sent.download, **FILLED).data == CONTENT
    settle(doors)

    assert [one.set_aside for one in rows(doors, Hit)] == ["no_consent"]
    assert len(rows(doors, Contact)) == 1


@pytest.mark.parametrize("trap", [{"website": "https://spam.example"}, {"shown_at": "99999999999"}])
def test_a_trapped_program_is_thanked_and_marked(doors: Doors, trap: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    if "shown_at" in trap:
        monkeypatch.setattr("tracking.forms.host_time", lambda: datetime.fromtimestamp(99999999999, UTC))

    answer = send(doors, "/f/contact", **FILLED, consent="1", **trap)
    settle(doors)

    [hit] = rows(doors, Hit)
    assert (answer.status_code, hit.verdict, hit.set_aside) == (200, Verdict.MACHINE, "machine_form")
    assert len(rows(doors, Contact)) == 1


def test_long_and_odd_texts_are_kept_within_limits(doors: Doors):
    send(doors, "/f/contact", **{**FILLED, "name": "a\x00b" + "x" * 9_999, "message": "\x01" + "あ" * 9_999})
    settle(doors)

    [hit] = rows(doors, Hit)
    assert hit.detail["name"].startswith("a b")
    assert len(hit.detail["message"]) == LONGEST_MESSAGE - 1


def test_strangers_waiting_are_seen_by_the_sweep(doors: Doors):
    send(doors, "/f/contact", **FILLED)
    doors.load()
    doors.record()

    with Session(doors.installation.engine) as session:
        assert has_strangers(session)


def test_whoever_is_erased_leaves_no_word_of_what_was_filled_in(doors: Doors):
    send(doors, "/f/contact", **FILLED, consent="1")
    settle(doors)
    with Session(doors.installation.engine) as session:
        told = export_person(session, stranger(doors).id, NOON)
        erase_person(session, stranger(doors).id, None, by=None, at=NOON)
        session.commit()

    [hit] = rows(doors, Hit)
    assert told["hits"][0]["detail"]["mail"] == FILLED["mail"]
    assert (hit.detail, hit.ip, hit.user_agent) == ({}, None, "")
