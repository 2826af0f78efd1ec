"""Sequence documents: what is sound, and where exactly one is not."""

from pathlib import Path
from typing import Any

import pytest

from abm.errors import Invalid
from abm.words import FlawCode, StepKind
from campaigns.document import read_course, validate_document
from campaigns.library import library_names, read_document
from campaigns.mail_checks import check_mails
from campaigns.mails import compile_folder
from campaigns.schema import document_schema


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
    "assets.0.file": document(mail("a"), assets=[{"name": "guide"}]),
}


@pytest.mark.parametrize("place", BAD)
def test_a_problem_names_its_place(place: str) -> None:
    assert place in [problem.place for problem in validate_document(BAD[place])]


def test_steps_that_lead_back_without_a_wait_are_found() -> None:
    flaws = validate_document(document(mail("a", "b"), {**mail("b", "a"), "mail": "again"}))

    assert [(flaw.node, flaw.code) for flaw in flaws] == [("a", FlawCode.LOOP_WITHOUT_WAIT)]


def wait(key: str, next: str | None = None, **over: Any) -> dict[str, Any]:
    return {"key": key, "kind": "wait", "lasts": {"days": 1}, "next": next, **over}


def test_a_loop_with_a_wait_on_the_way_is_sound() -> None:
    assert validate_document(document(mail("a", "b"), wait("b", "a"))) == []


CLICKED = {"key": "b", "kind": "branch", "did": "click", "of": "a", "within": {"days": 1}, "if_yes": "c", "if_no": "c"}
ENDED = {"key": "c", "kind": "exit"}
WAYS = [{"key": "x", "percent": 30, "next": "c"}, {"key": "y", "percent": 60, "next": "c"}]
FLAWED = {
    "steps.b": (FlawCode.UNREACHABLE, document(mail("a"), wait("b"))),
    "steps.b.if_no": (FlawCode.MISSING_WAY, document(mail("a", "b"), {**CLICKED, "if_no": None}, ENDED)),
    "steps.b.of": (FlawCode.NO_MAIL_STEP, document(mail("a", "b"), {**CLICKED, "of": "c"}, ENDED)),
    "steps.b.next": (FlawCode.NO_SUCH_STEP, document(mail("a", "b"), wait("b", "z"))),
    "steps.b.ways": (
        FlawCode.PERCENT_SUM,
        document(mail("a", "b"), {"key": "b", "kind": "split", "ways": WAYS}, ENDED),
    ),
    "steps.b.goal": (FlawCode.NO_SUCH_GOAL, document(mail("a", "b"), {"key": "b", "kind": "goal", "goal": "won"})),
    "steps.b.mail": (FlawCode.MAIL_TWICE, document(mail("a", "b"), mail("b"))),
    "steps.a.to": (FlawCode.ROLES_MISSING, document(mail("a"), subject="account")),
    "steps.a.to.roles.0": (
        FlawCode.UNKNOWN,
        document({**mail("a"), "to": {"roles": ["influencers"]}}, subject="account"),
    ),
    "steps.a.until.field": (
        FlawCode.UNKNOWN,
        document({"key": "a", "kind": "wait", "until": {"field": "contract.renewal"}}),
    ),
    "steps.a.lasts": (FlawCode.MISSING, document({"key": "a", "kind": "wait", "until": {"kinds": ["click"]}})),
    "steps.a": (FlawCode.NOT_ONE_OF, document({"key": "a", "kind": "action", "add_tag": "x", "stage": "known"})),
    "steps.a.set": (FlawCode.UNKNOWN, document({"key": "a", "kind": "action", "set": {"contact.email": "x"}})),
    "steps.a.window.to": (
        FlawCode.NO_WINDOW,
        document({"key": "a", "kind": "wait", "window": {"weekdays": ["mon"], "from": "17:00", "to": "09:00"}}),
    ),
    "steps.a.when": (
        FlawCode.CONDITION,
        document({**CLICKED, "key": "a", "did": None, "when": {"field": "contact.colour", "value": 1}}, ENDED),
    ),
    "steps.a.topics": (FlawCode.NO_TABLE, document({**mail("a"), "topics": "costs"})),
    "steps.a.topics.guide": (FlawCode.NO_LIST, document({**mail("a"), "topics": {"guide": "costs"}})),
    "triggers.0.as.0": (FlawCode.UNKNOWN, document(mail("a"), triggers=[{"on": "webinar", "as": ["attending"]}])),
    "assets.0.file": (FlawCode.MISSING, document(mail("a"), assets=[{"name": "guide"}])),
    "assets.0.file.ja": (FlawCode.NO_TEXT, document(mail("a"), assets=[{"name": "guide", "file": {"ja": 1}}])),
    "assets": (FlawCode.NO_LIST, document(mail("a"), assets={"name": "guide", "file": {"ja": "guide.pdf"}})),
    "exits.0": (FlawCode.UNKNOWN, document(mail("a"), exits=["replied"])),
}


@pytest.mark.parametrize("place", FLAWED)
def test_a_flaw_names_its_node_and_its_code(place: str) -> None:
    code, flawed = FLAWED[place]

    (flaw,) = validate_document(flawed)

    assert (flaw.place, flaw.code) == (place, code)
    assert flaw.node == (place.split(".")[1] if place.startswith("steps") else None)
    assert flaw.message.startswith(place)


def test_every_flaw_is_told_at_once() -> None:
    flaws = validate_document(
        document(
            {**mail("a", "b"), "mail": None},
            {**CLICKED, "if_yes": "a", "if_no": None},
            wait("c", "z"),
            {"key": "d", "kind": "split", "ways": [{**WAYS[0], "next": "a"}, WAYS[1]]},
        )
    )

    assert {(flaw.place, flaw.code) for flaw in flaws} == {
        ("steps.a.mail", FlawCode.MISSING),
        ("steps.a", FlawCode.LOOP_WITHOUT_WAIT),
        ("steps.b.if_no", FlawCode.MISSING_WAY),
        ("steps.c", FlawCode.UNREACHABLE),
        ("steps.c.next", FlawCode.NO_SUCH_STEP),
        ("steps.d", FlawCode.UNREACHABLE),
        ("steps.d.ways", FlawCode.PERCENT_SUM),
    }


def test_a_step_of_an_unknown_kind_hides_no_wrong_pointer_and_makes_none() -> None:
    flaws = validate_document(document(mail("a", "f"), {"key": "f", "kind": "fax", "next": "c"}, wait("c", "z")))

    assert [(flaw.place, flaw.code) for flaw in flaws] == [
        ("steps.f.kind", FlawCode.UNKNOWN),
        ("steps.c.next", FlawCode.NO_SUCH_STEP),
    ]


WHOLE = document(
    {**mail("first", "ask"), "to": {"roles": ["influencer"], "new_only": True, "most": 3}, "swap": "other"},
    {"key": "ask", "kind": "branch", "when": {"did": "download", "within": 30}, "if_yes": "lot", "if_no": "later"},
    {"key": "later", "kind": "wait", "until": {"field": "contract.renews_on", "days": -30}, "next": "open"},
    {"key": "open", "kind": "wait", "window": {"fiscal": "month 2"}, "next": "read"},
    {"key": "read", "kind": "wait", "until": {"kinds": ["click"], "of": "first"}, "lasts": {"days": 3}, "next": "lot"},
    {"key": "lot", "kind": "split", "ways": [{**WAYS[0], "next": "tag"}, {**WAYS[1], "percent": 70, "next": "told"}]},
    {"key": "tag", "kind": "action", "set": {"contact.custom.rank": "A"}, "next": "call"},
    {
        "key": "call",
        "kind": "task",
        "title": {"ja": "電話", "en": "Call"},
        "due": {"business_hours": 8},
        "next": "told",
    },
    {"key": "told", "kind": "notify", "to": "channel", "channel": "営業", "text": "Read it", "next": "hook"},
    {"key": "hook", "kind": "webhook", "channel": "crm", "next": "won"},
    {"key": "won", "kind": "goal", "goal": "talk", "next": "on"},
    {"key": "on", "kind": "jump", "sequence": "first_steps"},
    subject="account",
    priority=3,
    triggers=[{"on": "hand"}, {"on": "stage", "to": ["engaged"]}, {"on": "form"}, {"on": "segment", "segment": "x"}],
    reentry={"after": {"days": 90}, "most": 3},
    exits=[],
    goals=[{"key": "talk", "kinds": ["meeting"]}],
    holdout={"percent": 10},
    too_late={"days": 3},
)


def test_a_document_of_every_kind_of_step_is_sound_and_read() -> None:
    assert validate_document(WHOLE) == []
    assert set(read_course(WHOLE).steps) == {step["key"] for step in WHOLE["steps"]}


def test_the_schema_speaks_of_every_kind_of_step() -> None:
    steps = document_schema()["properties"]["steps"]["items"]["oneOf"]

    assert [step["properties"]["kind"]["const"] for step in steps] == list(StepKind)


def test_words_of_a_file_stay_words(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("triggers: [{on: hand}]\nfrom: 17:00\ndate: 2027-03-01\nnot: no\nyes: true\nlasts: {days: 3}\n")

    assert read_document(file) == {
        "triggers": [{"on": "hand"}],
        "from": "17:00",
        "date": "2027-03-01",
        "not": "no",
        "yes": True,
        "lasts": {"days": 3},
    }


ODD: list[dict[str, Any]] = [
    document({"key": "a", "kind": ["mail"]}, goals=3, start=["a"]),
    document({"key": "a", "kind": "split", "ways": 3}, {"key": "b", "kind": "split", "ways": [3]}),
    document({"key": "a", "kind": "wait", "lasts": 3, "until": "x", "next": 4}),
    document({"key": "a", "kind": "wait", "lasts": 3, "until": {"of": ["a"]}, "next": "a"}, assets=3),
    document({"key": "a", "kind": "branch", "did": "click", "of": ["a"], "when": 3, "within": 4}, triggers=3),
    document({"key": "a", "kind": "mail", "mail": 3, "swap": [], "to": 3}, assets=[3]),
]


@pytest.mark.parametrize("nonsense", [None, [], "text", {"steps": [3]}, {"steps": {"a": 1}}, *ODD])
def test_nonsense_is_told_not_raised(nonsense: Any) -> None:
    assert validate_document(nonsense)
    if isinstance(nonsense, dict):
        check_mails(nonsense, compile_folder)


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
