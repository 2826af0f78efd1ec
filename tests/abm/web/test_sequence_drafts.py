"""The editor of sequences: forms that say every field of the grammar, saved without scripts and from the canvas."""

from io import BytesIO
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from abm.web.sequence_answers import read_head, read_step
from abm.words import Role, StepKind
from abm.work import Installation, unit_of_work
from campaigns.document import validate_document
from campaigns.drafts import get_draft, open_sequence
from campaigns.library import read_document
from tests.abm.web.conftest import LogIn

STEPS: list[dict[str, Any]] = [
    {"key": "hello", "kind": "mail", "mail": "first_steps_guide", "next": "pause"},
    {"key": "pause", "kind": "wait", "lasts": {"days": 3}, "next": "ask"},
    {
        "key": "ask",
        "kind": "branch",
        "did": "click",
        "of": "hello",
        "within": {"days": 2},
        "if_yes": "end",
        "if_no": "end",
    },
    {"key": "end", "kind": "exit"},
]
EDIT = "/sequences/fresh/edit"
# What multiplies, what holds itself, what is deeper than any reader.
HOSTILE = ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "a: &a [*a]\n", "[" * 3000)


@pytest.fixture
def draft(installation: Installation) -> None:
    document = {"name": "fresh", "title": {"ja": "新規", "en": "Fresh"}, "steps": STEPS}
    with unit_of_work() as work:
        open_sequence(work.session, document, at=work.at, by=None)


def kept() -> tuple[dict[str, Any], str]:
    with unit_of_work() as work:
        draft = get_draft(work.session, "fresh")
        return dict(draft.document), draft.etag


def step(key: str) -> dict[str, Any]:
    return next(one for one in kept()[0]["steps"] if one["key"] == key)


def post(browser: FlaskClient, path: str, **data: Any) -> Any:
    return browser.post(f"{EDIT}/{path}", data={"etag": kept()[1], **data}, follow_redirects=True)


@pytest.mark.usefixtures("draft")
def test_without_scripts_steps_are_added_filled_in_and_taken_out(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)

    page = post(browser, "steps", kind="mail", after="ask|if_no")
    assert "A name is missing here" in page.text or "missing" in page.text
    post(browser, "steps/mail_1", mail="first_steps_talk", next="end", **{"title.ja": "相談", "title.en": "Talk"})
    assert step("mail_1") == {
        "key": "mail_1",
        "kind": "mail",
        "mail": "first_steps_talk",
        "next": "end",
        "title": {"ja": "相談", "en": "Talk"},
    }
    assert step("ask")["if_no"] == "mail_1"
    assert "Nothing is wrong" in browser.get(EDIT).text

    post(browser, "steps/pause/remove")
    assert step("hello")["next"] == "ask"


@pytest.mark.usefixtures("draft")
def test_every_kind_of_step_has_a_form_that_changes_nothing_by_being_sent_back(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)
    for kind in StepKind:
        post(browser, "steps", kind=kind, after="")
        assert browser.get(f"{EDIT}/steps/{kind}_1").status_code == 200

    assert browser.get(f"{EDIT}/steps/head").status_code == 200
    assert browser.get(EDIT).status_code == 200


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({":one": "kinds"}, "until.kinds"),
        ({":one": "date"}, "until.date"),
        ({":one": "field"}, "until.field"),
        ({":one": "window"}, ""),
    ],
)
def test_a_wait_for_something_else_begins_anew_and_says_what_is_missing(form: dict[str, str], fault: str) -> None:
    changed = read_step(MultiDict(form), STEPS[1], {})

    document = {"name": "x", "title": {"ja": "x", "en": "x"}, "steps": [changed, *STEPS[2:], STEPS[0]]}
    places = [flaw.place for flaw in validate_document(document)]
    assert ("lasts" in changed) == (form[":one"] == "kinds")
    assert any(place.startswith(f"steps.pause.{fault}") for place in places) if fault else changed["window"]


def test_a_form_is_read_as_its_grammar_says() -> None:
    wait = {"key": "pause", "kind": "wait", "until": {"kinds": ["click"]}, "lasts": {"days": 3}, "next": "end"}
    form = MultiDict(
        [
            (":one", "kinds"),
            ("until.kinds.:shown", "1"),
            ("until.kinds", "download"),
            ("until.kinds", "reply"),
            ("until.of", "hello"),
            ("lasts.n", "２"),
            ("lasts.unit", "weeks"),
            ("next", "end"),
            ("if_late", "ask"),
        ]
    )

    assert read_step(form, wait, {}) == {
        "key": "pause",
        "kind": "wait",
        "until": {"kinds": ["download", "reply"], "of": "hello"},
        "lasts": {"weeks": 2},
        "next": "end",
        "if_late": "ask",
    }


BRANCH = {"key": "ask", "kind": "branch", "when": {"field": "account.mqa", "op": "is", "value": True}}
LINES = {
    "when.:built": "1",
    "when.:was": "field: account.mqa",
    "when": "field: account.mqa",
    "when.g0.join": "any",
    "when.g0.r0.what": "account.depth",
    "when.g0.r0.op": "at_least",
    "when.g0.r0.value": "３０",
    "when.g0.r1.what": "did:click",
    "when.g0.r1.times": "2",
    "when.g0.r1.within": "14",
}
HOT_OR_CLICKED = {
    "any": [
        {"field": "account.depth", "op": "at_least", "value": 30},
        {"did": "click", "at_least": 2, "within": 14},
    ]
}


@pytest.mark.parametrize(
    ("changed", "condition"),
    [
        ({}, HOT_OR_CLICKED),
        ({"press": "when.drop:0:0"}, {"any": [HOT_OR_CLICKED["any"][1]]}),
        ({"press": "drop:0:0"}, HOT_OR_CLICKED),
        (
            {"when.g0.r0.value": "hot"},
            {"any": [{**HOT_OR_CLICKED["any"][0], "value": "hot"}, HOT_OR_CLICKED["any"][1]]},
        ),
        ({"when.g1.r0.what": "account.mqa"}, {"all": [HOT_OR_CLICKED, {"all": [BRANCH["when"]]}]}),
        ({"when": "did: reply"}, {"did": "reply"}),
        ({"when.:segment": "部長"}, {"field": "contact.title", "op": "is", "value": "部長"}),
    ],
)
def test_a_condition_is_built_of_lines_or_typed_as_yaml(changed: dict[str, str], condition: Any) -> None:
    segments = {"部長": {"field": "contact.title", "op": "is", "value": "部長"}}

    assert read_step(MultiDict({**LINES, **changed}), BRANCH, segments)["when"] == condition


@pytest.mark.usefixtures("draft")
def test_a_marketer_builds_a_branch_and_reads_what_it_means(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)
    post(browser, "steps/ask", **{":one": "when"})
    empty = browser.get(f"{EDIT}/steps/ask").text
    looked = {"HX-Request": "true", "HX-Target": "step-form"}

    tried = browser.post(f"{EDIT}/steps/ask", data={"etag": "old", ":one": "when", **LINES}, headers=looked).text
    lacking = post(
        browser, "steps/ask", **{":one": "when", **LINES, "when.g0.r0.value": "", "press": "when.again"}
    ).text
    known = post(browser, "steps/ask", **{":one": "when", **LINES, "when.:was": "", "when": ""}).text
    page = browser.get(f"{EDIT}/steps/ask").text

    assert "This line still lacks a value" in empty

    assert "Company&#39;s score: at least 30 or Link clicked: at least 2 times, within 14 days" in tried
    assert 'name="etag" value="old"' in tried
    assert "The condition is incomplete" in lacking
    assert "Means: Link clicked: at least 2 times, within 14 days" in lacking
    assert "Means: Company&#39;s score: at least 30 or Link clicked" in page
    assert (step("ask")["when"], "The condition is incomplete" in known) == (HOT_OR_CLICKED, False)


def test_triggers_goals_and_rules_are_read_entry_by_entry() -> None:
    document = {"name": "x", "triggers": [{"on": "hand"}], "goals": [{"key": "met", "kinds": ["meeting"]}]}
    form = MultiDict(
        {
            "triggers.:count": "1",
            "triggers.0.on": "segment",
            "triggers.0.segment": "部長",
            "goals.:count": "1",
            "press": "add:triggers",
            "reentry.after.n": "90",
            "reentry.after.unit": "days",
            "exits.:shown": "1",
            "holdout.percent": "10",
            "priority": "たかい",
        }
    )

    head = read_head(form, document, {})

    assert head["triggers"] == [{"on": "segment", "segment": "部長"}, {"on": "hand"}]
    assert head["goals"] == document["goals"]
    assert (head["reentry"], head["exits"], head["holdout"]) == ({"after": {"days": 90}}, [], {"percent": 10})
    assert head["priority"] == "たかい"
    assert head["start"] is None


@pytest.mark.parametrize("count", ["²", "9" * 5000, "-1", ""])
def test_a_count_that_is_none_changes_nothing(count: str) -> None:
    document = {"name": "x", "triggers": [{"on": "hand"}]}

    assert read_head(MultiDict({"triggers.:count": count}), document, {})["triggers"] == document["triggers"]


def sent_back(page: str) -> MultiDict[str, str]:
    """What a browser sends when a form is saved as it is."""
    found = MultiDict[str, str]()
    form = BeautifulSoup(page, "lxml").select_one(".abm-step-form form")
    assert form is not None
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            found.add(str(field["name"]), str(chosen["value"]) if chosen else "")
        elif field.get("type") != "checkbox" or field.has_attr("checked"):
            found.add(str(field["name"]), field.text if field.name == "textarea" else str(field.get("value", "")))
    return found


@pytest.mark.parametrize("name", ["executive_invitation", "lost_deal_return", "new_inquiry"])
def test_the_library_comes_back_from_its_forms_unchanged(name: str, log_in: LogIn) -> None:
    document = dict(read_document(name))
    with unit_of_work() as work:
        document = dict(open_sequence(work.session, document, at=work.at, by=None).document)
    browser = log_in(Role.MARKETER)

    for one in document["steps"]:
        page = browser.get(f"/sequences/{name}/edit/steps/{one['key']}").text
        assert read_step(sent_back(page), one, {}) == one
    head = read_head(sent_back(browser.get(f"/sequences/{name}/edit/steps/head").text), document, {})
    given = {key: value for key, value in head.items() if value is not None}
    assert given == {key: value for key, value in document.items() if key in head}


@pytest.mark.usefixtures("draft")
def test_what_ends_a_sequence_that_names_nothing_is_ticked_and_stays(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)
    page = BeautifulSoup(browser.get(f"{EDIT}/steps/head").text, "lxml")

    ticked = [one["value"] for one in page.select('input[name="exits"][checked]')]

    assert ticked == ["reply", "meeting", "open_deal"]
    assert post(
        browser, "steps/head", **{"title.ja": "新規", "title.en": "Fresh", "exits.:shown": "1", "exits": ticked}
    )
    assert kept()[0]["exits"] == ticked


@pytest.mark.usefixtures("draft")
def test_two_editors_are_told_of_each_other_and_what_was_typed_stays(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)
    _, old = kept()
    post(browser, "steps", kind="exit", after="")

    answer = browser.post("/sequences/fresh/draft", json={"etag": old, "act": "remove", "step": "pause"})
    page = browser.post(f"{EDIT}/steps/hello", data={"etag": old, "mail": "first_steps_talk"})

    assert (answer.status_code, page.status_code) == (409, 409)
    assert answer.json is not None
    assert answer.json["theirs"]["etag"] == kept()[1]
    assert "changed this draft" in answer.json["error"]
    assert 'value="first_steps_talk" selected' in page.text
    assert step("hello")["mail"] == "first_steps_guide"


@pytest.mark.usefixtures("draft")
def test_the_canvas_changes_undoes_and_is_refused_what_makes_no_sense(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)

    def change(**asked: Any) -> Any:
        return browser.post("/sequences/fresh/draft", json={"etag": kept()[1], **asked})

    before = kept()[0]
    added = change(act="add", kind="task", after=["hello", "next"]).json
    assert added["added"] == "task_1"
    assert [node["key"] for node in added["nodes"] if node["flaws"]] == ["task_1"]
    assert change(act="connect", step="task_1", way="next", target=None).status_code == 200
    assert change(act="replace", document=before).json["document"] == before
    for wrong in ({"act": "add", "kind": "letter"}, {"act": "connect", "step": "no", "way": "next"}, {"act": "jump"}):
        assert change(**wrong).status_code == 422
    assert log_in(Role.SALES).get(EDIT).status_code == 403


@pytest.mark.usefixtures("draft")
def test_no_text_in_yaml_or_json_is_expanded_or_exhausts(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)
    goal = {"goals": [{"key": "met", "when": {}}]}

    for text in HOSTILE:
        uploaded = browser.post("/sequences/new", data={"file": (BytesIO(text.encode()), "x.yaml")})
        assert (uploaded.status_code, "line 1" in uploaded.text) == (422, True)
        form = MultiDict({"goals.:count": "1", "goals.0.key": "met", "goals.0.:one": "when", "goals.0.when": text})
        assert read_head(form, {"name": "x", **goal}, {})["goals"][0]["when"] == text.strip()
    for hostile in ("[" * 100_000, '"\\ud800"', "NaN"):
        asked = f'{{"etag": "{kept()[1]}", "act": "replace", "document": {{"title": {hostile}}}}}'
        answer = browser.post("/sequences/fresh/draft", data=asked, content_type="application/json")
        assert answer.status_code == 422


@pytest.mark.usefixtures("draft")
def test_a_sequence_is_taken_away_copied_and_brought_back_as_yaml(log_in: LogIn) -> None:
    browser = log_in(Role.MARKETER)
    file = browser.get("/sequences/fresh.yaml").data

    assert yaml.safe_load(file)["steps"] == STEPS
    upload = {"file": (BytesIO(file), "fresh.yaml")}
    assert browser.post("/sequences/new", data=upload).headers["Location"].endswith("/sequences/fresh_2/edit")
    assert browser.post("/sequences/fresh/clone").headers["Location"].endswith("/sequences/fresh_3/edit")
    assert "line 1" in browser.post("/sequences/new", data={"file": (BytesIO(b"a: [}"), "x.yaml")}).text
    assert browser.post("/sequences/new", data={"library": "first_steps"}).status_code == 303
    assert browser.post("/sequences/new", data={"title": "秋の展示会"}).headers["Location"].endswith("/sequence/edit")
