"""The search in the bar and on its page."""

import uuid

import pytest

from abm.models import SearchChange
from abm.reports.search import KEPT_BEFORE_ASKING
from abm.words import Role, SearchKind
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact

IN_BAR = {"HX-Request": "true", "HX-Target": "search-found"}


@pytest.fixture(autouse=True)
def world(installation: Installation) -> None:
    with unit_of_work() as work:
        acme = make_account(work.session, "みなと物流株式会社")
        make_contact(work.session, acme, "安奈 花子", "anna@minato.example")


def test_every_page_has_the_box_and_it_works_without_scripts(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER).get("/tasks").text

    assert 'action="/search"' in page
    assert 'name="q"' in page


def test_results_are_grouped_and_lead_to_the_record(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER).get("/search?q=minato.example").text

    assert "安奈 花子" in page
    assert "Contacts</h2>" in page.replace(" ", "").replace("\n", "")
    assert "Mail address" in page
    assert 'href="/contacts/' in page


def test_while_one_types_only_the_results_are_sent(log_in: LogIn) -> None:
    answer = log_in(Role.VIEWER).get("/search?q=ミナト", headers=IN_BAR).text

    assert "みなと物流株式会社" in answer
    assert "<html" not in answer


def test_a_typing_error_says_that_names_are_only_similar(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER, language="ja").get("/search?q=みなと物琉").text

    assert "似た名前" in page
    assert "みなと物流株式会社" in page


def test_nothing_found_says_what_to_try(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER).get("/search?q=造船所").text

    assert "Try a shorter part of the name" in page


def test_before_anything_is_typed_the_page_teaches(log_in: LogIn) -> None:
    assert "opens the search on every page" in log_in(Role.VIEWER).get("/search").text


def test_while_a_large_import_is_taken_in_the_search_says_so(log_in: LogIn) -> None:
    viewer = log_in(Role.VIEWER)
    before = viewer.get("/search?q=造船所").text
    with unit_of_work() as work:
        waiting = [SearchChange(kind=SearchKind.NOTE, record_id=uuid.uuid4()) for _ in range(3 * KEPT_BEFORE_ASKING)]
        work.session.add_all(waiting)

    during = viewer.get("/search?q=造船所").text

    assert ("still being taken in" in before, "still being taken in" in during) == (False, True)


def test_what_was_typed_is_shown_as_text(log_in: LogIn) -> None:
    assert "<b>x</b>" not in log_in(Role.VIEWER).get("/search?q=<b>x</b>").text


def test_lists_find_what_the_search_finds(log_in: LogIn) -> None:
    viewer = log_in(Role.VIEWER)

    assert "みなと物流株式会社" in viewer.get("/accounts?q=ﾐﾅﾄ").text
    assert "安奈 花子" in viewer.get("/contacts?q=物流").text
    assert "みなと物流株式会社" in viewer.get("/accounts?q=みなと物琉").text


def test_strangers_are_asked_to_log_in(log_in: LogIn) -> None:
    client = log_in(Role.VIEWER)
    client.post("/logout")

    assert client.get("/search?q=anna").status_code in (303, 401)
