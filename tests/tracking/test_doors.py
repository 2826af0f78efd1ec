"""Recipients always get their picture, page and file; what they did is in the database once."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from abm.models import Hit, Suppression
from abm.tokens import TokenKind
from abm.words import Language
from abm.work import set_clock_offset
from tests.tracking.conftest import Doors
from tests.tracking.world import CONTENT, Sent
from tracking import metrics
from tracking.answers import PIXEL
from tracking.desk import refresh
from tracking.links import LinkTable

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def without_database(doors: Doors) -> None:
    """As if PostgreSQL had gone away: every connection is refused."""
    object.__setattr__(doors.desk, "engine", create_engine(AWAY))


def hits(doors: Doors) -> list[Hit]:
    with Session(doors.installation.engine) as session:
        return list(session.scalars(select(Hit).order_by(Hit.at, Hit.id)))


def suppressed(doors: Doors) -> list[str]:
    with Session(doors.installation.engine) as session:
        return list(session.scalars(select(Suppression.email)))


def spooled(doors: Doors) -> list[str]:
    return sorted(path.name for path in doors.spool.glob("*-*")) if doors.spool.exists() else []


def test_an_open_gets_the_picture(doors: Doors, sent: Sent):
    answer = doors.visit(sent.pixel)

    assert (answer.status_code, answer.data, answer.content_type) == (200, PIXEL, "image/gif")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_click_leads_on(doors: Doors, sent: Sent):
    answer = doors.visit(sent.click)

    expected = "https://www.sender.example/products?plan=a&utm=%E8%A6%8B%E7%A9%8D"
    assert (answer.status_code, answer.headers["Location"]) == (302, expected)
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_download_hands_out_the_file_under_its_name(doors: Doors, sent: Sent):
    answer = doors.visit(sent.download)

    assert (answer.status_code, answer.data, answer.content_type) == (200, CONTENT, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%B0%8E%E5%85%A5")


def test_every_accepted_hit_is_stored_once_under_its_id(doors: Doors, sent: Sent):
    answers = [doors.visit(path) for path in (sent.pixel, sent.click, sent.download)]

    doors.load()

    assert sorted(str(hit.id) for hit in hits(doors)) == sorted(answer.headers["X-Hit"] for answer in answers)
    assert {hit.kind for hit in hits(doors)} == {"open", "click", "download"}


def test_a_hit_is_stamped_with_business_time(doors: Doors, sent: Sent):
    with Session(doors.installation.engine) as session:
        set_clock_offset(session, timedelta(days=-30))
        session.commit()
    refresh(doors.desk)

    doors.visit(sent.click)
    doors.load()

    [hit] = hits(doors)
    assert timedelta(days=29, hours=23) < hit.stored_at - hit.at < timedelta(days=30, hours=1)


def test_head_is_answered_like_get_without_a_body(doors: Doors, sent: Sent):
    answer = doors.visit(sent.download, method="HEAD")

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(CONTENT))


@pytest.mark.parametrize("door", ["click", "download", "stop"])
def test_an_altered_token_leads_nowhere(doors: Doors, sent: Sent, door: str):
    path = getattr(sent, door)
    for altered in {path[:-1] + ("A" if path[-1] != "A" else "B"), path[:4] + "_" + path[5:], path + "A", path[:-2]}:
        answer = doors.visit(f"{altered}?url=https://evil.example&next=https://evil.example")

        assert (answer.status_code, answer.headers.get("Location")) == (404, None)
        assert "X-Hit" not in answer.headers


def test_a_token_of_another_door_opens_nothing(doors: Doors, sent: Sent):
    assert doors.visit(sent.click.replace("/c/", "/d/")).status_code == 404
    assert doors.visit(sent.stop.replace("/u/", "/c/")).status_code == 404


def test_whoever_asks_for_the_picture_gets_it(doors: Doors):
    answer = doors.visit("/o/nonsense.gif")

    assert (answer.status_code, answer.data) == (200, PIXEL)
    assert "X-Hit" not in answer.headers


def test_a_link_made_a_moment_ago_is_known(doors: Doors, sent: Sent):
    object.__setattr__(doors.desk, "links", LinkTable(doors.installation.settings.state_dir / "elsewhere"))

    assert doors.visit(sent.click).status_code == 302


def test_other_methods_are_refused(doors: Doors, sent: Sent):
    assert doors.visit(sent.click, method="POST").status_code == 405
    assert doors.visit(sent.stop, method="DELETE").status_code == 405


def test_everything_else_goes_to_the_pages(doors: Doors):
    assert doors.visit("/elsewhere").data == b"a page"


def test_looking_at_the_stop_page_changes_nothing(doors: Doors, sent: Sent):
    for method in ("GET", "HEAD"):
        answer = doors.visit(sent.stop, method=method)

        assert answer.status_code == 200
        assert "X-Hit" not in answer.headers
    assert suppressed(doors) == []
    assert spooled(doors) == []


def test_the_stop_page_speaks_the_language_of_the_mail(doors: Doors, sent: Sent):
    assert "配信を停止する" in doors.visit(sent.stop).text
    assert "Stop mail" in doors.visit(f"/u/{sent.token(TokenKind.STOP, language=Language.ENGLISH)}").text


def test_why_we_write_is_told_in_the_language_of_the_mail(doors: Doors, sent: Sent):
    japanese, english = (doors.visit(f"/why/{sent.token(TokenKind.WHY, language=one)}") for one in Language)

    assert "お送りしている理由" in japanese.text
    assert "Why you receive our mail" in english.text
    assert "X-Hit" not in japanese.headers
    assert spooled(doors) == []


def test_why_answers_to_nothing_but_its_own_token(doors: Doors, sent: Sent):
    for path in (sent.stop.replace("/u/", "/why/"), "/why/", "/why/nonsense"):
        assert doors.visit(path).status_code == 404
    assert doors.visit(f"/why/{sent.token(TokenKind.WHY)}", method="POST").status_code == 405


def test_a_posted_stop_takes_effect_before_the_answer(doors: Doors, sent: Sent):
    answer = doors.visit(sent.stop, method="POST")

    assert answer.status_code == 200
    assert "配信を停止しました" in answer.text
    assert suppressed(doors) == ["anna@acme.example"]


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_stops_without_a_page(doors: Doors, sent: Sent, encoding: str):
    answer = doors.visit(sent.stop, method="POST", agent="", data=ONE_CLICK, content_type=encoding)

    assert (answer.status_code, answer.content_type) == (200, "text/plain")
    assert suppressed(doors) == ["anna@acme.example"]


def test_a_scanner_that_posts_a_stop_is_believed(doors: Doors, sent: Sent):
    doors.visit(sent.stop, method="POST", agent="curl/8")

    assert suppressed(doors) == ["anna@acme.example"]


def test_stopping_twice_is_stopping_once(doors: Doors, sent: Sent):
    assert [doors.visit(sent.stop, method="POST").status_code for _ in range(2)] == [200, 200]
    doors.load()
    doors.record()

    assert suppressed(doors) == ["anna@acme.example"]


def test_people_arrive_while_the_database_is_away(doors: Doors, sent: Sent):
    refresh(doors.desk)
    state = doors.installation.settings.state_dir
    without_database(doors)
    # A process that starts during the outage has only what lies on disk.
    object.__setattr__(doors.desk, "links", LinkTable(state / "links"))

    answers = [doors.visit(path) for path in (sent.click, sent.download)]

    assert [answer.status_code for answer in answers] == [302, 200]
    doors.load()
    assert sorted(str(hit.id) for hit in hits(doors)) == sorted(answer.headers["X-Hit"] for answer in answers)


def test_a_stop_during_an_outage_is_received_and_takes_effect_later(doors: Doors, sent: Sent):
    without_database(doors)

    page = doors.visit(sent.stop, method="POST")
    one_click = doors.visit(sent.stop, method="POST", data=ONE_CLICK)

    assert (page.status_code, one_click.status_code) == (202, 202)
    assert "数分以内" in page.text
    doors.load()
    assert suppressed(doors) == ["anna@acme.example"]


def test_an_unwritable_spool_costs_the_hit_but_not_the_visit(doors: Doors, sent: Sent):
    break_spool(doors)
    before = unstored()

    answers = [doors.visit(path) for path in (sent.pixel, sent.click, sent.download)]

    assert [answer.status_code for answer in answers] == [200, 302, 200]
    assert not any("X-Hit" in answer.headers for answer in answers)
    assert unstored() == before + 3


def test_an_unwritable_spool_still_takes_a_stop(doors: Doors, sent: Sent):
    break_spool(doors)

    answer = doors.visit(sent.stop, method="POST")

    assert answer.status_code == 200
    assert suppressed(doors) == ["anna@acme.example"]


def test_a_stop_that_nothing_took_says_so_and_how_else(doors: Doors, sent: Sent):
    break_spool(doors)
    without_database(doors)

    page = doors.visit(sent.stop, method="POST")
    one_click = doors.visit(sent.stop, method="POST", data=ONE_CLICK)

    assert (page.status_code, one_click.status_code) == (503, 503)
    assert f"mailto:{doors.installation.settings.sender_mail}" in page.text


def test_the_spool_is_used_again_once_it_can_be_written(doors: Doors, sent: Sent):
    break_spool(doors)
    doors.visit(sent.click)
    doors.spool.unlink()

    assert "X-Hit" in doors.visit(sent.click).headers


def break_spool(doors: Doors) -> None:
    shutil.rmtree(doors.spool, ignore_errors=True)
    doors.spool.write_text("no folder")


def unstored() -> float:
    return metrics.UNSTORED._value.get()
