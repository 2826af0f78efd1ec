"""Where an account stands, by arithmetic done by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from abm.clock import FOREVER
from abm.scoring.facts import Facts
from abm.scoring.live import default_document
from abm.scoring.model import read_model
from abm.scoring.policy import counted_depth, coverage, crosses_at, evaluate, momentum
from abm.words import BuyingRole, MqaCause, Stage, StageReason
from tests.abm.scoring.ledgers import MODEL, MONDAY

LATELY = MONDAY - timedelta(days=3)


def facts(*scores: float, **over: Any) -> Facts:
    """A known account of tier 1:many whose people did something proven lately, unless told otherwise."""
    base = Facts("1:many", scores, scores, LATELY, LATELY, has_contact=True)
    return replace(base, **over)


def stage_of(given: Facts) -> Stage:
    return evaluate(given, MODEL, MONDAY).stage


@pytest.mark.parametrize(
    ("scores", "counted"),
    [
        ((), 0),
        ((100,), 0),
        ((100, 10), 15 + 10),
        ((30, 20, 10), 60),
        ((50, 20, -15), 30 + 20),
    ],
)
def test_one_keen_person_is_not_a_hot_account(scores: tuple[float, ...], counted: float) -> None:
    assert counted_depth(scores, MODEL) == counted


@pytest.mark.parametrize(("tier", "threshold"), [("1:1", 20), ("1:few", 30), ("1:many", 40)])
def test_the_tier_moves_the_threshold(tier: str, threshold: float) -> None:
    just = facts(threshold / 2, threshold / 2, tier=tier)
    almost = facts(threshold / 2, threshold / 2 - 0.01, tier=tier)

    assert (evaluate(just, MODEL, MONDAY).is_mqa, evaluate(almost, MODEL, MONDAY).is_mqa) == (True, False)


@pytest.mark.parametrize(
    "lacking",
    [
        facts(33, 9.9),
        facts(30, 30, last_proven_at=None),
        facts(30, 30, last_proven_at=MONDAY - timedelta(days=14)),
        facts(30, 30, is_excluded=True),
        facts(30, 30, blocked_until=MONDAY + timedelta(days=1)),
    ],
)
def test_an_account_lacking_one_condition_is_not_handed_over(lacking: Facts) -> None:
    assert not evaluate(lacking, MODEL, MONDAY).is_mqa


def test_a_request_is_enough_for_a_fortnight() -> None:
    asked = facts(50, last_act_now_at=MONDAY)

    outcome = evaluate(asked, MODEL, MONDAY)

    assert (outcome.cause, outcome.stage, outcome.reason) == (MqaCause.ACT_NOW, Stage.MQA, StageReason.ACT_NOW)
    assert not evaluate(asked, MODEL, MONDAY + timedelta(days=14)).is_mqa


@pytest.mark.parametrize(("scores", "stays"), [((14, 14), True), ((14, 13.99), False)])
def test_an_mqa_leaves_at_seventy_percent(scores: tuple[float, ...], stays: bool) -> None:
    assert evaluate(facts(*scores, is_mqa=True), MODEL, MONDAY).is_mqa is stays


@pytest.mark.parametrize(
    ("given", "stage"),
    [
        (Facts("1:many"), Stage.ALL_OTHERS),
        (Facts("1:many", has_contact=True), Stage.KNOWN),
        (facts(1), Stage.AWARE),
        (facts(1, last_human_at=MONDAY - timedelta(days=90)), Stage.KNOWN),
        (facts(10, 10), Stage.ENGAGED),
        (facts(20, 20), Stage.MQA),
        (facts(20, 20, in_sales=True), Stage.IN_SALES),
        (facts(20, 20, in_sales=True, is_excluded=True), Stage.EXCLUDED),
        (facts(20, 20, in_sales=True, has_open_deal=True), Stage.OPPORTUNITY),
        (facts(has_open_deal=True, has_contract=True), Stage.CUSTOMER),
        (facts(last_deal_lost=True, owned_until=MONDAY + timedelta(hours=12)), Stage.CUSTOMER),
        (facts(owned_until=MONDAY), Stage.AWARE),
        (facts(10, 10, last_deal_lost=True), Stage.LOST),
        (facts(10, 10, last_deal_lost=True, in_sales=True), Stage.IN_SALES),
        (facts(20, 20, last_deal_lost=True), Stage.MQA),
        (facts(last_deal_lost=True, has_open_deal=True), Stage.OPPORTUNITY),
        (facts(last_human_at=MONDAY - timedelta(days=180), was=frozenset({"engaged"})), Stage.DORMANT),
        (facts(last_human_at=MONDAY - timedelta(days=180)), Stage.KNOWN),
        (facts(last_human_at=MONDAY - timedelta(days=179), was=frozenset({"engaged"})), Stage.KNOWN),
    ],
)
def test_the_last_stage_whose_condition_holds_wins(given: Facts, stage: Stage) -> None:
    assert stage_of(given) is stage


def test_an_engaged_account_is_asked_again_when_it_becomes_dormant() -> None:
    silent = facts(last_human_at=MONDAY - timedelta(days=100), was=frozenset({"engaged"}))

    assert evaluate(silent, MODEL, MONDAY).ask_again_at == MONDAY + timedelta(days=80)


def test_a_customer_is_asked_again_once_the_product_is_owned_no_longer() -> None:
    owner = facts(last_human_at=None, owned_until=MONDAY + timedelta(hours=12))

    assert evaluate(owner, MODEL, MONDAY).ask_again_at == MONDAY + timedelta(hours=12)
    assert evaluate(facts(last_human_at=None, owned_until=FOREVER), MODEL, MONDAY).ask_again_at is None


def test_coverage_is_the_share_of_required_roles_engaged() -> None:
    required = (BuyingRole.DECISION_MAKER, BuyingRole.CHAMPION)

    assert coverage([BuyingRole.CHAMPION, None, BuyingRole.BLOCKER], required) == 0.5


@pytest.mark.parametrize(
    ("ages_and_points", "expected"),
    [
        ([(1, 12), (8, 6), (15, 6), (27, 6)], 2.0),
        ([(1, 12), (28, 100)], "new"),
        ([(40, 12)], 0.0),
        ([(-1, 12), (8, 3)], 0.0),
    ],
)
def test_momentum_compares_this_week_with_the_three_before(
    ages_and_points: list[tuple[float, float]], expected: float | str
) -> None:
    entries = [(MONDAY - timedelta(days=age), points) for age, points in ages_and_points]

    assert momentum(entries, MONDAY) == expected


def test_the_moment_a_level_is_crossed_is_found() -> None:
    # Two equal people of half-life 1 day: from 40 to 30 takes log2(4/3) days.
    people = [[(1.0, 20.0)], [(1.0, 20.0)]]

    crossed = crosses_at(people, 30, MODEL, MONDAY)

    assert crossed - MONDAY == pytest.approx(timedelta(days=0.41503749927884), abs=timedelta(milliseconds=2))


def test_a_quiet_account_is_asked_again_when_its_window_ends() -> None:
    outcome = evaluate(facts(0.01), MODEL, MONDAY)

    assert outcome.ask_again_at == LATELY + timedelta(days=90)


def test_a_blocked_account_is_asked_again_when_the_block_ends() -> None:
    until = MONDAY + timedelta(hours=3)

    assert evaluate(facts(30, 30, blocked_until=until), MODEL, MONDAY).ask_again_at == until


WEIGHTS = {BuyingRole.DECISION_MAKER: 100.0, BuyingRole.INFLUENCER: 80.0, BuyingRole.PRACTITIONER: 60.0}


def test_sums_of_roles_are_weighed_over_the_roles_present() -> None:
    model = replace(MODEL, weights=WEIGHTS)
    roles = [BuyingRole.DECISION_MAKER, BuyingRole.INFLUENCER, BuyingRole.PRACTITIONER]

    outcome = evaluate(facts(52, 28, 17, roles=roles), model, MONDAY)

    assert outcome.depth == pytest.approx(35.25, abs=1e-12)
    assert outcome.breadth == 3


def test_a_role_nobody_plays_and_people_without_one_weigh_nothing() -> None:
    model = replace(MODEL, weights=WEIGHTS)

    assert evaluate(facts(30, 20, 50, roles=[BuyingRole.DECISION_MAKER] * 2 + [None]), model, MONDAY).depth == 50
    assert evaluate(facts(30, roles=[None]), model, MONDAY).depth == 0


def test_a_company_that_does_not_fit_is_not_handed_over() -> None:
    rules = [
        {"name": "maker", "when": {"field": "account.industry", "op": "contains", "value": "製造"}, "points": 3},
        {"name": "large", "when": {"field": "account.employees", "op": "at_least", "value": 100}, "points": 1},
    ]
    model = read_model({**default_document(), "fit": {"passes_at": 0.5, "rules": rules}})
    maker, office = {"account.industry": "電機製造"}, {"account.industry": "会計", "account.employees": 500}

    assert (model.fit.measure(maker), model.fit.measure(office), model.fit.measure({})) == (0.75, 0.25, 0)
    assert evaluate(facts(30, 30, record=maker), model, MONDAY).is_mqa
    assert not evaluate(facts(30, 30, record=office, last_act_now_at=MONDAY), model, MONDAY).is_mqa
