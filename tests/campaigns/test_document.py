"""Sequence documents: what is sound, and where exactly one is not."""

from typing import Any

import pytest

from abm.errors import Invalid
from campaigns.document import read_course, validate_document
from campaigns.library import library_names, read_document


def document(*steps: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"name": "hello", "title": {"ja": "あいさつ", "en": "Hello"}, "steps": list(steps), **over}


def mail(key: str, next: str | None = None) -> dict[str, Any]:
    return {"key": key, "kind": "mail", "mail": "hello", "next": next}


@pytest.mark.parametrize("name", library_names())
def test_every_sequence_of_the_library_is_sound(name: str) -> None:
    assert validate_document(read_document(name)) == []


BAD = {
    "steps": document(),
    "title.en": document(mail("a"), title={"ja": "あ"}),
    "name": document(mail("a"), name="two words"),
    "steps.a": document(mail("a"), mail("a")),
    "steps.a.kind": document({"key": "a", "kind": "fax"}),
    "steps.a.mail": document({"key": "a", "kind": "mail"}),
    "steps.a.lasts": document({"key": "a", "kind": "wait", "lasts": "three days"}),
    "steps.a.next": document(mail("a", "nowhere")),
    "steps.b": document(mail("a"), mail("b")),
    "steps.a.of": document({"key": "a", "kind": "branch", "did": "click", "of": "x", "within": {"days": 1}}),
    "start": document(mail("a"), start="z"),
    "assets.0": document(mail("a"), assets=[{"name": "guide"}]),
}


@pytest.mark.parametrize("place", BAD)
def test_a_problem_names_its_place(place: str) -> None:
    assert place in [problem.place for problem in validate_document(BAD[place])]


def test_steps_that_lead_back_are_found() -> None:
    problems = validate_document(document(mail("a", "b"), mail("b", "a")))

    assert [problem.code for problem in problems] == ["loop"]


@pytest.mark.parametrize("nonsense", [None, [], "text", {"steps": [3]}, {"steps": {"a": 1}}])
def test_nonsense_is_told_not_raised(nonsense: Any) -> None:
    assert validate_document(nonsense)


def test_reading_an_unsound_document_says_where() -> None:
    with pytest.raises(Invalid, match=r"steps\.a\.next") as caught:
        read_course(document(mail("a", "nowhere")))

    assert caught.value.field == "steps.a.next"


@pytest.mark.parametrize("field", ["kind", "mail", "next"])
def test_a_list_where_a_name_belongs_is_told_with_its_place(field: str) -> None:
    step = {"key": "hello", "kind": "mail", "mail": "hello", field: ["hello"]}

    problems = validate_document({"name": "greeting", "title": {"ja": "挨拶", "en": "Greeting"}, "steps": [step]})

    assert f"steps.hello.{field}" in {problem.place for problem in problems}


def test_the_name_of_a_mail_leads_nowhere_else() -> None:
    step = {"key": "hello", "kind": "mail", "mail": "../pages/hello"}

    problems = validate_document({"name": "greeting", "title": {"ja": "挨拶", "en": "Greeting"}, "steps": [step]})

    assert [problem.place for problem in problems] == ["steps.hello.mail"]
