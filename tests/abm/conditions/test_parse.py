"""Conditions as documents: what is read, and errors that name place and remedy."""

from datetime import date, timedelta
from typing import Any

import pytest

from abm import conditions
from abm.conditions.fields import FIELDS, OPERATORS, ValueKind
from abm.conditions.language import Check, Did, Group
from abm.conditions.parse import MOST_LEAVES, MOST_LEVELS, read_condition, write_condition
from abm.errors import Invalid
from abm.words import EventKind, Field, GroupKind, Operator

TIER: dict[str, Any] = {"field": "account.tier", "op": "is", "value": "1:1"}


def refusal(document: Any) -> Invalid:
    with pytest.raises(Invalid) as found:
        read_condition(document)
    return found.value


def test_groups_stand_inside_each_other() -> None:
    read = read_condition({"all": [TIER, {"not": [{"did": "click"}]}]})

    tier = Check(Field.ACCOUNT_TIER, Operator.IS, "1:1")
    assert read == Group(GroupKind.ALL, (tier, Group(GroupKind.NOT, (Did((EventKind.CLICK,)),))))


@pytest.mark.parametrize(
    ("written", "days"),
    [(30, 30), ("30", 30), ("30d", 30), ("4 weeks", 28), ("12h", 0.5), ({"days": 3}, 3), ({"hours": 6}, 0.25)],
)
def test_a_span_may_be_written_in_the_usual_ways(written: Any, days: float) -> None:
    read = read_condition({"did": "click", "within": written})

    assert isinstance(read, Did)
    assert read.within == timedelta(days=days)


def test_signs_stand_for_their_operators() -> None:
    read = read_condition({"field": "account.depth", "op": ">=", "value": 20})

    assert read == Check(Field.ACCOUNT_DEPTH, Operator.AT_LEAST, 20.0)


def test_a_day_of_yaml_is_a_day() -> None:
    read = read_condition({"field": "contact.created_on", "op": "before", "value": date(2026, 1, 1)})

    assert read == read_condition({"field": "contact.created_on", "op": "before", "value": "2026-01-01"})


def test_keys_nobody_knows_are_ignored() -> None:
    assert read_condition({**TIER, "note": "our dearest"}) == read_condition(TIER)


@pytest.mark.parametrize(
    ("document", "place", "remedy"),
    [
        ({"all": [TIER, {"field": "account.tier", "op": "contains", "value": "1"}]}, "all[1].op", "use one of is,"),
        ({"field": "account.tire", "value": "1:1"}, "field", "account.tier"),
        ({"field": "account.tier", "value": "1:2"}, "value", "1:1, 1:few, 1:many"),
        ({"any": [{"not": [{"field": "account.mqa", "value": "yes"}]}]}, "any[0].not[0].value", "true or false"),
        ({"field": "account.depth", "op": "at_least", "value": "20"}, "value", "give a number"),
        ({"field": "account.depth", "op": "at_least", "value": True}, "value", "give a number"),
        ({"field": "account.depth", "op": "at_least", "value": float("nan")}, "value", "give a number"),
        ({"field": "account.depth", "op": "at_least", "value": 10**400}, "value", "give a number"),
        ({"field": "contact.created_on", "op": "after", "value": "12/10/2024"}, "value", "2026-11-12"),
        ({"field": "contact.created_on", "op": "within", "value": "12h"}, "value", "whole days"),
        ({"field": "contact.title", "value": ""}, "value", "unknown"),
        ({"field": "contact.title", "value": "a\0b"}, "value", "NUL"),
        ({"field": "contact.title", "value": "\ud800"}, "value", "half a character"),
        ({"field": "contact.title", "op": "in", "value": []}, "value", "1 to 1000 values"),
        ({"field": "contact.title", "op": "in", "value": ["a", 1]}, "value[1]", "give a text"),
        ({"field": "contact.title", "op": ["is"], "value": "a"}, "op", "use one of"),
        ({"field": ["contact.title"]}, "field", "there are"),
        ({"did": "klick"}, "did", "do you mean click?"),
        ({"did": ["click", "klick"]}, "did[1]", "do you mean click?"),
        ({"did": "click", "at_least": 0}, "at_least", "from 1"),
        ({"did": "click", "within": -3}, "within", "30d"),
        ({"did": "click", "within": "9" * 400}, "within", "30d"),
        ({"all": []}, "all", "at least one"),
        ({"all": "everybody"}, "all", "list of conditions"),
        ({"all": [TIER], "any": [TIER]}, "condition", "all and any"),
        ({}, "condition", '{"all": [...]}'),
        ([TIER], "condition", "a mapping"),
        ({"all": [None]}, "all[0]", "a mapping"),
    ],
)
def test_an_error_names_the_place_and_the_remedy(document: Any, place: str, remedy: str) -> None:
    error = refusal(document)

    assert error.field == place
    assert str(error).startswith(f"{place}: ")
    assert remedy in str(error)


def test_too_many_or_too_deep_conditions_are_refused_in_time() -> None:
    deep: Any = TIER
    for _ in range(MOST_LEVELS + 1):
        deep = {"all": [deep]}
    wide: Any = {"any": [TIER] * 10}
    for _ in range(MOST_LEVELS - 3):
        wide = {"any": [wide] * 10}

    assert "deep" in str(refusal(deep))
    assert str(MOST_LEAVES) in str(refusal(wide))


def test_every_field_and_operator_is_documented() -> None:
    words = {*FIELDS, *(op for ops in OPERATORS.values() for op in ops), *ValueKind, *EventKind, *GroupKind}

    assert [word for word in words if word not in (conditions.__doc__ or "")] == []


def test_every_field_has_a_rule() -> None:
    assert set(FIELDS) == set(Field)


def test_a_written_condition_is_plain_json() -> None:
    document = {"all": [{"field": "contact.created_on", "op": "within", "value": 30}, {"did": "any", "at_least": 2}]}

    assert write_condition(read_condition(document)) == document
