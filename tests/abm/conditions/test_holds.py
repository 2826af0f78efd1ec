"""Deciding in memory: what a marketer would expect of each kind of comparison."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from abm.conditions.because import because
from abm.conditions.holds import Deed, Facts, find_why, holds
from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.words import EventKind, Field, Verdict

NOON = datetime(2026, 11, 13, 3, tzinfo=UTC)
MOMENT = Moment(NOON, ZoneInfo("Asia/Tokyo"))
DAY = timedelta(days=1)


def answer(document: Any, value: Any = None, deeds: tuple[Deed, ...] = ()) -> bool:
    known = {Field(document["field"]): value} if "field" in document else {}
    return holds(read_condition(document), Facts(known, deeds), MOMENT)


def clicked(days_ago: float, verdict: Verdict = Verdict.LIKELY, topic: str = "") -> Deed:
    return Deed(EventKind.CLICK, NOON - days_ago * DAY, verdict, (topic,))


@pytest.mark.parametrize(
    ("op", "wanted", "known", "expected"),
    [
        ("is", "ACME", "Ａｃｍｅ", True),
        ("is", "acme", None, False),
        ("is_not", "acme", None, True),
        ("in", ["beta", "Acme"], "acme", True),
        ("not_in", ["beta"], "acme", True),
        ("contains", "ＣＭ", "Acme", True),
        ("not_contains", "x", "Acme", True),
        ("starts_with", "ac", "Acme", True),
        ("known", None, "", False),
        ("unknown", None, "", True),
    ],
)
def test_texts_are_compared_without_width_and_case(op: str, wanted: Any, known: Any, expected: bool) -> None:
    assert answer({"field": "account.industry", "op": op, "value": wanted}, known) is expected


@pytest.mark.parametrize(
    ("op", "expected"),
    [("at_least", True), ("at_most", True), ("more_than", False), ("less_than", False), ("is", True), ("=", True)],
)
def test_numbers_are_compared_at_their_edge(op: str, expected: bool) -> None:
    assert answer({"field": "account.depth", "op": op, "value": 20}, 20.0) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 11, 13), True), (date(2026, 11, 7), True), (date(2026, 11, 6), False), (date(2026, 11, 14), False)],
)
def test_within_seven_days_are_today_and_the_six_before(day: date, expected: bool) -> None:
    assert answer({"field": "contact.last_contacted_on", "op": "within", "value": 7}, day) is expected


def test_never_contacted_is_not_within_anything() -> None:
    assert answer({"field": "contact.last_contacted_on", "op": "not_within", "value": 90}, None)


def test_one_of_several_values_is_enough_and_none_of_them_is_the_opposite() -> None:
    domains = ("acme.example", "acme-group.example")

    assert answer({"field": "account.domain", "op": "is", "value": "acme.example"}, domains)
    assert not answer({"field": "account.domain", "op": "is_not", "value": "acme.example"}, domains)


def test_only_what_a_human_did_counts() -> None:
    deeds = (clicked(1), clicked(2, Verdict.MACHINE), clicked(3, Verdict.UNKNOWN))

    assert answer({"did": "click", "at_least": 1}, deeds=deeds)
    assert not answer({"did": "click", "at_least": 2}, deeds=deeds)


@pytest.mark.parametrize(("days_ago", "expected"), [(0, True), (6.99, True), (7, False), (-0.01, False)])
def test_deeds_count_from_now_back_to_the_start_of_the_span(days_ago: float, expected: bool) -> None:
    assert answer({"did": "click", "within": 7}, deeds=(clicked(days_ago),)) is expected


def test_a_topic_counts_only_what_carries_it() -> None:
    deeds = (clicked(1, topic="cost"), clicked(1, topic="quality"))

    assert not answer({"did": "click", "at_least": 2, "topic": "cost"}, deeds=deeds)


def test_not_means_none_of_the_parts() -> None:
    condition = read_condition({"not": [{"did": "click"}, {"did": "reply"}]})

    assert holds(condition, Facts(), MOMENT)
    assert not holds(condition, Facts(deeds=(clicked(1),)), MOMENT)


def test_every_leaf_says_where_it_stands_and_what_was_found() -> None:
    document = {"all": [{"field": "contact.title", "op": "contains", "value": "部長"}, {"not": [{"did": "click"}]}]}
    facts = Facts({Field.CONTACT_TITLE: "購買部長"}, (clicked(1),))

    found = find_why(read_condition(document), facts, MOMENT)

    assert [(one.place, one.holds, because(one)) for one in found] == [
        ("all[0]", True, "contact.title is 購買部長"),
        ("all[1].not[0]", True, "did click 1 times ever, 1 needed"),
    ]
