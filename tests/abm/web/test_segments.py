"""Segments: built line by line with a live count, kept, explained, deleted."""

from typing import Any

import pytest
from sqlalchemy import select

from abm.conditions.parse import read_condition
from abm.models import Segment
from abm.web.builder import draft_of
from abm.words import EventKind, Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact, make_event

TITLE = {"g0.r0.what": "contact.title", "g0.r0.op": "contains", "g0.r0.value": "部長"}
CLICKS = {"g0.r1.what": "did:click", "g0.r1.times": "1", "g0.r1.within": "30", "g0.r1.topic": ""}


@pytest.fixture(autouse=True)
def world(installation: Installation) -> None:
    """A head of purchasing who clicked, and a clerk."""
    with unit_of_work() as work:
        acme = make_account(work.session)
        anna = make_contact(work.session, acme, title="購買部長")
        make_contact(work.session, acme, "蛯名 次郎", "ebina@acme.example", title="主任")
        make_event(work.session, anna, EventKind.CLICK, work.at)


def stored() -> list[Any]:
    with unit_of_work() as work:
        return [segment.condition for segment in work.session.scalars(select(Segment))]


def test_a_change_in_the_builder_answers_with_the_count_and_the_first_people(log_in: LogIn) -> None:
    headers = {"HX-Request": "true", "HX-Target": "builder"}

    page = log_in(Role.MARKETER).post("/segments/build", data={**TITLE, **CLICKS}, headers=headers).text

    assert page.lstrip().startswith('<div id="builder">')
    assert "安奈 花子" in page
    assert "蛯名 次郎" not in page


def test_an_incomplete_line_is_marked_and_not_counted(log_in: LogIn) -> None:
    page = log_in(Role.MARKETER).post("/segments/build", data={**TITLE, "g0.r1.what": "account.depth"}).text

    assert "This line still lacks a value" in page
    assert "安奈 花子" in page


def test_lines_and_groups_are_added_and_removed_without_scripts(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)

    more = marketer.post("/segments/build", data={**TITLE, "press": "line:0"}).text
    other = marketer.post("/segments/build", data={**TITLE, "press": "group"}).text
    fewer = marketer.post("/segments/build", data={**TITLE, **CLICKS, "press": "drop:0:0"}).text

    assert 'name="g0.r1.what"' in more
    assert 'name="g1.r0.what"' in other
    assert 'value="部長"' not in fewer


def test_a_segment_is_saved_and_explains_who_is_in(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)

    there = marketer.post("/segments", data={**TITLE, **CLICKS, "name": "部長"}).location
    page = marketer.get(f"{there}?contact=ebina@acme.example").text

    expected = [
        {"field": "contact.title", "op": "contains", "value": "部長"},
        {"did": "click", "at_least": 1, "within": 30},
    ]
    assert stored() == [{"all": expected}]
    assert "Not in the segment" in page
    assert "found: 主任" in page


def test_with_scripts_saving_leads_to_the_segment(log_in: LogIn) -> None:
    headers = {"HX-Request": "true", "HX-Target": "builder"}

    answer = log_in(Role.MARKETER).post("/segments", data={**TITLE, "name": "部長"}, headers=headers)

    assert (answer.status_code, answer.headers["HX-Redirect"][:10]) == (204, "/segments/")


def test_a_missing_name_is_asked_for_in_the_readers_language(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post("/language", data={"language": "ja"})

    assert "セグメント名を100文字以内で入力してください。" in marketer.post("/segments", data=TITLE).text


@pytest.mark.parametrize("change", [{"name": ""}, {"g0.r0.value": ""}, {"g0.r1.what": "account.depth"}])
def test_what_is_incomplete_is_not_saved(log_in: LogIn, change: dict[str, str]) -> None:
    answer = log_in(Role.MARKETER).post("/segments", data={**TITLE, "name": "部長", **change})

    assert (answer.status_code, stored()) == (422, [])


def test_a_stored_segment_comes_back_into_the_builder(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)
    there = marketer.post("/segments", data={**TITLE, **CLICKS, "name": "部長"}).location

    page = marketer.get(f"/segments/build?from={there.rpartition('/')[2]}").text

    assert 'value="部長"' in page
    assert 'name="g0.r1.times"' in page


@pytest.mark.parametrize(
    "document",
    [
        {"field": "contact.seniority", "op": "in", "value": ["executive", "other"]},
        {"any": [{"field": "account.mqa", "op": "is", "value": False}, {"did": "any", "at_least": 3}]},
        {"any": [{"all": [{"field": "account.depth", "op": "at_least", "value": 20}]}, {"not": [{"did": "reply"}]}]},
        {"all": [{"field": "contact.title", "op": "in", "value": ["部長", "課長"]}]},
    ],
)
def test_a_draft_says_the_condition_it_was_made_of(document: Any) -> None:
    condition = read_condition(document)

    draft = draft_of(document)

    assert draft is not None
    assert draft.is_complete
    assert draft.read() in (condition, read_condition({"all": [document]}))


def test_what_is_nested_deeper_than_the_builder_is_not_flattened() -> None:
    assert draft_of({"all": [{"any": [{"not": [{"did": "click"}]}]}]}) is None


def test_a_segment_is_deleted(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)
    there = marketer.post("/segments", data={**TITLE, "name": "部長"}).location

    marketer.post(f"{there}/delete")

    assert stored() == []


def test_a_viewer_sees_segments_but_builds_none(log_in: LogIn) -> None:
    there = log_in(Role.MARKETER).post("/segments", data={**TITLE, "name": "部長"}).location
    viewer = log_in(Role.VIEWER)

    assert viewer.get(there).status_code == 200
    assert viewer.get("/segments/build").status_code == 403
    assert viewer.post(f"{there}/delete").status_code == 403


def test_pages_speak_japanese(log_in: LogIn) -> None:
    page = log_in(Role.MARKETER, language="ja").post("/segments/build", data={**TITLE, **CLICKS}).text

    assert "セグメントの作成" in page
    assert "最低回数" in page
