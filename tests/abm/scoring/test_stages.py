"""The ladder of stages: conditions read from a document, the last that holds wins, circles and doubles are refused."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from abm.scoring.facts import Facts
from abm.scoring.faults import Reading
from abm.scoring.policy import evaluate
from abm.scoring.stages import StageRule, read_stages
from abm.words import Stage, StageReason
from tests.abm.scoring.ledgers import MODEL, MONDAY


def ladder(*steps: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "when": when} for name, when in steps]


def read(*steps: tuple[str, Any]) -> tuple[StageRule, list[tuple[str, str]]]:
    reading = Reading()
    rule = read_stages(reading, ladder(*steps))
    return rule, [(fault.place, fault.code.value) for fault in reading.faults]


def stage_of(facts: Facts, *steps: tuple[str, Any]) -> tuple[Stage, StageReason]:
    rule, faults = read(*steps)
    assert faults == []
    outcome = evaluate(facts, replace(MODEL, stages=rule), MONDAY)
    return outcome.stage, outcome.reason


ANYBODY = ("all_others", "always")


def test_a_condition_may_be_put_together() -> None:
    quiet_customer = {"all": [{"any": ["product_owned", "contract_running"]}, {"not": ["open_deal"]}]}
    steps = (ANYBODY, ("customer", quiet_customer))

    assert stage_of(Facts("1:1", has_contract=True), *steps) == (Stage.CUSTOMER, StageReason.CONTRACT_RUNNING)
    assert stage_of(Facts("1:1", has_contract=True, has_open_deal=True), *steps)[0] is Stage.ALL_OTHERS
    assert stage_of(Facts("1:1"), ANYBODY, ("known", {"not": ["has_contact"]}))[1] is StageReason.RULE_OF_MODEL


def test_a_stage_may_ask_what_another_asks() -> None:
    steps = (ANYBODY, ("engaged", {"share_of_threshold": 0.25}), ("lost", {"all": [{"meets": "engaged"}, "deal_lost"]}))
    hot = Facts("1:1", (3, 3), (3, 3), last_deal_lost=True)

    assert stage_of(hot, *steps) == (Stage.LOST, StageReason.SHARE_OF_THRESHOLD)
    assert stage_of(replace(hot, scores=(1, 1)), *steps)[0] is Stage.ALL_OTHERS


def test_what_an_account_was_before_is_remembered() -> None:
    steps = (ANYBODY, ("dormant", {"all": [{"silent_for_days": 10}, {"was": ["opportunity"]}]}))
    silent = Facts("1:1", last_human_at=MONDAY - timedelta(days=10), was=frozenset({"opportunity"}))

    assert stage_of(silent, *steps) == (Stage.DORMANT, StageReason.LONG_SILENCE)
    assert stage_of(replace(silent, was=frozenset({"known"})), *steps)[0] is Stage.ALL_OTHERS
    rule, _ = read(*steps)
    assert (rule.remembered, rule.remembered_after_days) == (("opportunity",), 10)
    assert read(ANYBODY, ("dormant", {"was": ["opportunity"]}))[0].remembered_after_days == 0


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ((("all_others", "mqa"),), ("stages[0].when", "first_takes_all")),
        ((ANYBODY, ("hot", "mqa")), ("stages[1].name", "unknown")),
        ((ANYBODY, ANYBODY), ("stages[1].name", "twice")),
        ((ANYBODY, ("mqa", "is_hot")), ("stages[1].when", "unknown")),
        ((ANYBODY, ("mqa", None)), ("stages[1].when", "missing")),
        ((ANYBODY, ("aware", "human_event_within_days")), ("stages[1].when.human_event_within_days", "no_number")),
        ((ANYBODY, ("aware", {"silent_for_days": -1})), ("stages[1].when.silent_for_days", "not_above")),
        ((ANYBODY, ("aware", {"all": "mqa"})), ("stages[1].when.all", "no_list")),
        ((ANYBODY, ("mqa", {"meets": "mqa"})), ("stages[1].when.meets", "circle")),
        ((ANYBODY, ("mqa", {"meets": "lost"})), ("stages[1].when.meets", "unknown")),
        ((ANYBODY, ("mqa", {"any": ["mqa"] * 70})), ("stages[1].when.any", "too_many")),
    ],
)
def test_a_wrong_condition_is_named(steps: tuple[tuple[str, Any], ...], fault: tuple[str, str]) -> None:
    _, faults = read(*steps)

    assert faults[0] == fault


def test_a_circle_over_several_stages_is_found_once_for_each() -> None:
    _, faults = read(ANYBODY, ("aware", {"meets": "mqa"}), ("mqa", {"any": ["open_deal", {"meets": "aware"}]}))

    assert [code for _, code in faults] == ["circle", "circle"]


def test_conditions_that_multiply_are_cut_short() -> None:
    names = [stage.value for stage in Stage][1:]
    doubling = [(name, {"any": [{"meets": other}] * 8}) for name, other in pairwise(names)]

    _, faults = read(ANYBODY, *doubling, (names[-1], "mqa"))

    assert {code for _, code in faults} == {"too_many"}


def test_nothing_is_no_ladder() -> None:
    reading = Reading()

    read_stages(reading, [])

    assert [fault.code.value for fault in reading.faults] == ["missing"]
