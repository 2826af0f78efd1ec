"""Recipients say how they want mail, are told why they got it, and join webinars, also while the database is away."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.models import AuditEntry, Campaign, Consent, Contact, Event, Hit, Link, Mail, Message, Preference, Webinar
from abm.tokens import TokenKind
from abm.words import ConsentPurpose, Language, LinkKind
from tests.tracking.conftest import Doors
from tests.tracking.test_doors import break_spool, without_database
from tests.tracking.world import Sent, make_link
from tests.worlds import NOON
from tracking.desk import refresh

WISH = [("pace", "weekly"), ("shown", "在庫管理"), ("shown", "導入"), ("topic", "導入"), ("pause", "three_months")]


def page(sent: Sent, language: Language = Language.JAPANESE) -> str:
    return f"/p/{sent.token(TokenKind.PREFERENCES, language=language)}"


def say(doors: Doors, sent: Sent, *fields: tuple[str, str]):
    kind = "application/x-www-form-urlencoded"
    return doors.visit(page(sent), method="POST", data=urlencode(fields), content_type=kind)


def rows(doors: Doors, model: type) -> list:
    with Session(doors.installation.engine) as session:
        return list(session.scalars(select(model)))


def contact(doors: Doors) -> Contact:
    return rows(doors, Contact)[0]


def test_the_page_shows_what_holds_now_in_the_language_of_the_mail(doors: Doors, sent: Sent):
    say(doors, sent, *WISH)

    japanese, english = (doors.visit(page(sent, one)).text for one in Language)

    assert "メールの受信設定" in japanese
    assert "まで停止しています" in japanese
    assert 'value="weekly" checked' in japanese
    assert 'value="導入" checked' in japanese
    assert 'value="在庫管理">' in japanese
    assert "Your mail preferences" in english


def test_looking_changes_nothing(doors: Doors, sent: Sent):
    answer = doors.visit(page(sent))
    doors.load()

    assert (answer.status_code, "X-Hit" in answer.headers) == (200, False)
    assert rows(doors, Hit) == rows(doors, Preference) == []


def test_the_page_is_honest_while_the_database_is_away(doors: Doors, sent: Sent):
    without_database(doors)

    answer = doors.visit(page(sent))

    assert answer.status_code == 200
    assert "現在の設定を表示できません" in answer.text
    assert "checked" not in answer.text


def test_what_is_asked_for_holds_before_the_answer_and_once(doors: Doors, sent: Sent):
    answer = say(doors, sent, *WISH)
    before = [(one.pace, one.muted_topics, one.paused_until) for one in rows(doors, Preference)]
    doors.load()
    doors.record()

    assert answer.status_code == 200
    [(pace, muted, paused_until)] = before
    [hit] = rows(doors, Hit)
    assert (pace, muted) == ("weekly", ["在庫管理"])
    assert paused_until == hit.at + timedelta(days=91)
    assert [(one.pace, one.muted_topics, one.paused_until) for one in rows(doors, Preference)] == before
    assert [entry.act for entry in rows(doors, AuditEntry)] == ["contact.preferences"]
    assert (str(hit.id), hit.kind) == (answer.headers["X-Hit"], "preferences")
    assert rows(doors, Event) == []


def test_what_is_asked_for_during_an_outage_is_received_and_holds_later(doors: Doors, sent: Sent):
    without_database(doors)

    answer = say(doors, sent, *WISH)

    assert answer.status_code == 202
    assert "数分以内" in answer.text
    doors.load()
    doors.record()
    assert [one.pace for one in rows(doors, Preference)] == ["weekly"]


def test_what_nothing_took_says_so(doors: Doors, sent: Sent):
    break_spool(doors)
    without_database(doors)

    assert say(doors, sent, *WISH).status_code == 503


@pytest.mark.parametrize(("news", "reason"), [("moved", "moved"), ("left", "left_company"), ("none", None)])
def test_who_moved_or_left_makes_the_record_stale(doors: Doors, sent: Sent, news: str, reason: str | None):
    say(doors, sent, ("news", news))

    assert contact(doors).stale_reason == reason


def test_a_record_mended_meanwhile_is_not_made_stale_again(doors: Doors, sent: Sent):
    say(doors, sent, ("news", "moved"))
    with Session(doors.installation.engine) as session:
        session.execute(update(Contact).values(stale_reason=None, confirmed_at=contact(doors).stale_since))
        session.commit()

    doors.load()
    doors.record()

    assert contact(doors).stale_reason is None


def test_whether_opens_are_counted_is_written_in_the_ledger_once(doors: Doors, sent: Sent):
    say(doors, sent, ("open_tracking", "no"))
    doors.load()
    doors.record()

    told = [one for one in rows(doors, Consent) if one.purpose == ConsentPurpose.OPEN_TRACKING]
    assert [one.granted for one in told] == [False]


def test_a_picture_of_an_old_mail_stores_nothing_once_opens_may_not_be_counted(doors: Doors, sent: Sent):
    assert "X-Hit" in doors.visit(sent.pixel).headers
    say(doors, sent, ("open_tracking", "no"))
    refresh(doors.desk)
    without_database(doors)

    answer = doors.visit(sent.pixel)

    assert (answer.status_code, answer.content_type, "X-Hit" in answer.headers) == (200, "image/gif", False)
    assert "X-Hit" in doors.visit(sent.click).headers


def test_a_test_send_speaks_for_nobody(doors: Doors, sent: Sent):
    with Session(doors.installation.engine) as session:
        session.execute(update(Message).values(is_test=True))
        session.commit()

    assert say(doors, sent, *WISH).status_code == 200
    assert rows(doors, Preference) == []


def test_the_preferences_page_answers_to_nothing_but_its_own_token(doors: Doors, sent: Sent):
    for path in (sent.stop.replace("/u/", "/p/"), "/p/nonsense"):
        assert [doors.visit(path, method=method).status_code for method in ("GET", "POST")] == [404, 404]


def test_the_stop_page_leads_to_the_preferences(doors: Doors, sent: Sent):
    assert f'href="{page(sent)}"' in doors.visit(sent.stop).text


def test_why_we_wrote_is_told_as_it_is(doors: Doors, sent: Sent):
    japanese, english = (doors.visit(f"/why/{sent.token(TokenKind.WHY, language=one)}").text for one in Language)

    assert "「導入」" in japanese
    assert "名刺を頂戴したため（2026/01/05の記録による）" in japanese
    assert "you gave us your business card (recorded 2026/01/05)" in english
    assert f'href="{sent.stop}"' in japanese


def test_what_we_call_a_campaign_among_ourselves_is_not_told(doors: Doors, sent: Sent):
    with Session(doors.installation.engine) as session:
        campaign = Campaign(name="first_steps", created_at=NOON)
        session.add(campaign)
        session.flush()
        session.execute(update(Message).values(campaign_id=campaign.id))
        session.commit()

    page = doors.visit(f"/why/{sent.token(TokenKind.WHY)}").text

    assert "first_steps" not in page
    assert "「導入」" in page


def test_without_the_database_the_reason_is_told_in_general(doors: Doors, sent: Sent):
    without_database(doors)

    answer = doors.visit(f"/why/{sent.token(TokenKind.WHY)}")

    assert answer.status_code == 200
    assert "名刺交換、お取引など" in answer.text


@pytest.fixture
def join(doors: Doors, sent: Sent) -> Link:
    with Session(doors.installation.engine, expire_on_commit=False) as session:
        webinar = Webinar(title="在庫の見える化", held_at=NOON, join_url="https://meet.example/123", topics=["在庫"])
        session.add(webinar)
        session.flush()
        mail = session.get_one(Mail, sent.page.mail_id)
        link = make_link(session, mail, LinkKind.WEBINAR, "", webinar_id=webinar.id)
        session.commit()
    return link


def test_a_guest_is_led_to_the_webinar_also_while_the_database_is_away(doors: Doors, sent: Sent, join: Link):
    refresh(doors.desk)
    without_database(doors)

    answer = doors.visit(f"/w/{sent.token(TokenKind.WEBINAR, join)}")

    assert (answer.status_code, answer.headers["Location"]) == (302, "https://meet.example/123")
    assert "X-Hit" in answer.headers


def test_following_a_join_link_is_a_click_and_no_attendance(doors: Doors, sent: Sent, join: Link):
    doors.visit(f"/w/{sent.token(TokenKind.WEBINAR, join)}")
    doors.load()
    doors.record()

    assert [(one.kind, one.topics) for one in rows(doors, Event) if one.kind != "open"] == [("click", ["在庫"])]
    assert {one.webinar_id for one in rows(doors, Event)} == {join.webinar_id}


def test_a_webinar_without_an_address_says_so(doors: Doors, sent: Sent, join: Link):
    with Session(doors.installation.engine) as session:
        session.execute(update(Webinar).values(join_url=None))
        session.commit()

    answer = doors.visit(f"/w/{sent.token(TokenKind.WEBINAR, join)}")

    assert (answer.status_code, answer.headers.get("Location")) == (503, None)
