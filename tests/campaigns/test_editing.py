"""Editing a sequence document: steps added, connected and taken out, and never a way lost on the way."""

from typing import Any

import pytest

from abm.errors import Invalid, NotFound
from abm.words import StepKind
from campaigns.editing import (
    add_step,
    connect,
    ensure_shape,
    find_step,
    remove_step,
    replace_head,
    start_of,
    steps_of,
    ways_of,
)

EMPTY: dict[str, Any] = {"name": "fresh", "title": {"ja": "新規"}, "steps": []}
LINE: dict[str, Any] = {
    **EMPTY,
    "steps": [
        {"key": "hello", "kind": "mail", "mail": "guide", "next": "pause"},
        {"key": "pause", "kind": "wait", "lasts": {"days": 3}, "next": "end"},
        {"key": "end", "kind": "exit"},
    ],
}


def ways(document: Any, key: str) -> dict[str, str | None]:
    return {way.name: way.target for way in ways_of(find_step(document, key))}


def test_the_first_step_is_where_everybody_begins() -> None:
    document, key = add_step(EMPTY, StepKind.MAIL)

    assert start_of(document) == key == "mail_1"
    assert EMPTY["steps"] == []


def test_a_step_put_on_a_way_leads_on_to_where_the_way_led() -> None:
    document, key = add_step(LINE, StepKind.BRANCH, ("hello", "next"))

    assert ways(document, "hello") == {"next": key}
    assert ways(document, key) == {"if_yes": "pause", "if_no": None}


def test_a_step_taken_out_leaves_no_gap() -> None:
    document = remove_step(LINE, "pause")

    assert ways(document, "hello") == {"next": "end"}


def test_without_its_first_step_a_sequence_begins_with_the_second() -> None:
    split, _ = add_step(LINE, StepKind.MAIL)
    shuffled = {**split, "steps": [*reversed(split["steps"])], "start": "hello"}

    assert start_of(remove_step(shuffled, "hello")) == "pause"


def test_each_way_of_a_split_leads_where_it_is_connected_to() -> None:
    document, key = add_step(LINE, StepKind.SPLIT, ("hello", "next"))

    document = connect(document, key, "ways.1.next", "end")

    assert ways(document, key) == {"ways.0.next": "pause", "ways.1.next": "end"}
    assert ways(remove_step(document, "end"), key) == {"ways.0.next": "pause", "ways.1.next": None}


def test_a_wait_for_a_deed_has_a_way_for_those_who_did_not() -> None:
    wait = {"key": "pause", "kind": "wait", "until": {"kinds": ["click"]}, "lasts": {"days": 3}}

    assert [way.name for way in ways_of(wait)] == ["next", "if_late"]
    assert [way.name for way in ways_of({"kind": "exit"})] == []


def test_what_is_not_there_cannot_be_connected() -> None:
    with pytest.raises(NotFound):
        connect(LINE, "hello", "next", "nowhere")
    with pytest.raises(NotFound):
        connect(LINE, "hello", "if_yes", "end")


def test_an_emptied_place_of_the_head_is_taken_out() -> None:
    document = replace_head({**LINE, "priority": 3}, {"priority": None, "reentry": {"most": 2}})

    assert "priority" not in document
    assert document["reentry"] == {"most": 2}
    assert steps_of(document) == LINE["steps"]


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([{"kind": "mail"}], "steps.0"),
        ([{"key": "a", "kind": "mail"}, {"key": "a", "kind": "wait"}], "steps.a"),
        ([{"key": "a", "kind": "letter"}], "steps.a.kind"),
        ("none", "steps"),
    ],
)
def test_what_no_editor_could_show_is_refused_with_its_place(steps: Any, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        ensure_shape({"name": "x", "steps": steps})

    assert refused.value.field == place
