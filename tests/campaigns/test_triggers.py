"""What a sequence listens to and on which terms it takes people on, as its document says."""

from datetime import timedelta
from typing import Any

import pytest

from abm.words import ExitCause, ListenRole, SequenceSubject, TriggerKind
from campaigns.triggers import CONDITION, Terms, read_terms, read_triggers, starts_by_itself

MAIL = {"key": "hello", "kind": "mail", "mail": "hello"}


def document(**over: Any) -> dict[str, Any]:
    return {"name": "x", "title": {}, "steps": [MAIL], **over}


def test_without_rules_nobody_comes_twice_and_nobody_is_held_out() -> None:
    assert read_terms(document()) == Terms("hello", SequenceSubject.CONTACT, 1, timedelta(), 0.0, only_mails=True)


def test_terms_are_read_as_the_document_says() -> None:
    said = {"subject": "account", "reentry": {"after": {"days": 90}, "most": 3}, "holdout": {"percent": 10}}
    task = {"key": "call", "kind": "task", "title": {}}

    terms = read_terms(document(**said, start="call", steps=[MAIL, task]))

    assert terms == Terms("call", SequenceSubject.ACCOUNT, 3, timedelta(days=90), 10.0, only_mails=False)


def test_reentry_without_a_number_has_no_limit() -> None:
    assert read_terms(document(reentry={"after": {"days": 1}})).most is None


@pytest.mark.parametrize(
    ("trigger", "words", "asked"),
    [
        ({"on": "segment", "segment": "keen"}, (), {"segment": "keen"}),
        ({"on": "event", "kinds": ["download"], "topic": "原価"}, ("download",), {"topic": "原価"}),
        ({"on": "stage", "to": ["engaged"], "from": ["known"]}, ("engaged",), {"from": ["known"]}),
        ({"on": "new_contact"}, (), {}),
        ({"on": "import"}, (), {}),
    ],
)
def test_a_trigger_is_compiled_to_what_is_listened_to(
    trigger: dict[str, Any], words: tuple[str, ...], asked: dict[str, Any]
) -> None:
    (start,) = (one for one in read_triggers(document(triggers=[trigger])) if one.role is ListenRole.START)

    assert (start.kind, start.words, start.asked) == (trigger["on"], words, asked)


def test_each_part_of_a_webinar_is_listened_to_by_itself() -> None:
    webinar = {"on": "webinar", "webinar": "原価の基礎", "as": ["attended", "registered_only"]}

    starts = [one for one in read_triggers(document(triggers=[webinar])) if one.role is ListenRole.START]

    assert [(one.words, one.asked["part"]) for one in starts] == [
        (("webinar_attended", "webinar_on_demand"), "attended"),
        (("webinar_registered",), "registered_only"),
    ]


@pytest.mark.parametrize("kind", [TriggerKind.HAND, TriggerKind.API])
def test_hand_and_api_listen_to_nothing(kind: TriggerKind) -> None:
    assert not starts_by_itself(document(triggers=[{"on": kind}]))
    assert not starts_by_itself(document())


@pytest.mark.parametrize(
    ("said", "exits"),
    [
        ({}, [ExitCause.REPLY, ExitCause.MEETING, ExitCause.OPEN_DEAL]),
        ({"exits": []}, []),
        ({"exits": ["contract"]}, [ExitCause.CONTRACT]),
    ],
)
def test_a_reply_a_meeting_and_a_deal_end_it_unless_told_otherwise(said: dict[str, Any], exits: list[str]) -> None:
    found = [one.kind for one in read_triggers(document(**said)) if one.role is ListenRole.EXIT]

    assert found == exits


def test_goals_are_events_or_conditions() -> None:
    goals = [{"key": "asked", "kinds": ["inquiry"]}, {"key": "grown", "when": {"field": "account.tier"}}]

    found = [one for one in read_triggers(document(goals=goals)) if one.role is ListenRole.GOAL]

    assert [(one.kind, one.words, one.asked["key"]) for one in found] == [
        (TriggerKind.EVENT, ("inquiry",), "asked"),
        (CONDITION, (), "grown"),
    ]


def test_keys_that_a_kind_of_step_does_not_know_are_listened_to_by_nobody() -> None:
    task = {"key": "call", "kind": "task", "until": "noon", "did": "click"}

    assert read_triggers({"exits": [], "steps": [task]}) == []
