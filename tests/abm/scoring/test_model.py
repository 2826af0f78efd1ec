"""The scoring model's document: read whole, or refused with every place that is wrong."""

from typing import Any

import pytest

from abm.errors import Invalid
from abm.scoring.live import default_document
from abm.scoring.model import check_model, in_order, read_model
from abm.scoring.stages import ladder_of
from abm.words import ExcludedReason


def changed(place: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The default document with another value at this place."""
    document = default_document()
    table = document
    for key in place[:-1]:
        table = table.setdefault(key, {})
    table[place[-1]] = value
    return document


def test_the_default_model_says_what_the_product_promises() -> None:
    model = read_model(default_document())

    assert model.kinds["premium_download"].base == 10
    assert model.kinds["unsubscribe"].base == -15
    assert model.act_now_kinds() == ["demo_request"]
    assert model.mqa.thresholds == {"1:1": 20, "1:few": 30, "1:many": 40}
    assert model.never_scored == (ExcludedReason.COMPETITOR, ExcludedReason.STUDENT, ExcludedReason.OWN_STAFF)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("cap",), 0, "cap must be at least 1, not 0"),
        (("cap",), 2.5, "cap must be a whole number"),
        (("kinds", "click", "base"), "one", "kinds.click.base must be a number"),
        (("kinds", "click", "base"), 10**9, "kinds.click.base must be at most 1000, not 1000000000"),
        (("kinds", "click", "base"), 10**400, r"kinds.click.base must be at most 1000, not > 10\^15"),
        (("kinds", "click", "base"), float("inf"), "kinds.click.base must be a finite number"),
        (("kinds", "click", "half_life_days"), 0, "kinds.click.half_life_days must be at least 0.01, not 0"),
        (("kinds", "click", "minutes_per_point"), 3, "kinds.click.base is worked out from minutes here"),
        (("kinds", "click", "most"), 3, "kinds.click.most goes with minutes_per_point only"),
        (("kinds", "click", "act_now"), "yes", "kinds.click.act_now must be true or false"),
        (("kinds", "walk"), {}, "kinds.walk is not known: walk; known are"),
        (("kinds", "reply"), None, "kinds.reply is missing"),
        (("kinds", "reply"), 4, "kinds.reply must be a table"),
        (("verdicts", "likely"), -1, "verdicts.likely must be at least 0"),
        (("verdicts", "unknown"), 0.5, "verdicts.unknown must be 0"),
        (("seniority", "other"), float("nan"), "seniority.other must be a finite number"),
        (("mqa", "leaves_at"), 1.2, "mqa.leaves_at must be at most 1"),
        (("mqa", "thresholds", "1:1"), 0, "mqa.thresholds.1:1 must be more than 0"),
        (("mqa", "cool_down_by_reason", "bad_mood"), 3, "mqa.cool_down_by_reason.bad_mood is not known"),
        (("never_scored",), ["friend"], r"never_scored\[0\] is not known: friend"),
        (("required_roles",), ["boss"], r"required_roles\[0\] is not known: boss"),
        (("weights",), {"normalised_over": "everybody", "roles": {}}, "weights.normalised_over is not known"),
        (("weights",), {"normalised_over": "roles_present", "roles": {"champion": 0}}, "weights.roles.champion"),
        (("fit",), {"rules": [{"name": "in trade"}]}, r"fit.rules\[0\].when is no condition"),
        (
            ("fit",),
            {"rules": [{"name": "hot", "when": {"field": "account.depth", "op": ">", "value": 3}}]},
            r"fit.rules\[0\].when asks for account.depth",
        ),
        (("colour",), 1, "colour is not known: colour"),
    ],
)
def test_a_wrong_place_is_named(place: tuple[str, ...], value: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        read_model(changed(place, value))


def test_every_fault_is_told_at_once() -> None:
    document = changed(("cap",), -1)
    document["kinds"]["click"]["half_life_days"] = 0
    document["mqa"]["people"] = "two"

    _, faults = check_model(document)

    assert [fault.place for fault in faults] == ["cap", "kinds.click.half_life_days", "mqa.people"]


@pytest.mark.parametrize("document", [None, ["cap", 5], "cap", 7])
def test_something_that_is_no_table_is_no_model(document: Any) -> None:
    _, faults = check_model(document)

    assert faults[0].message.startswith("model ")
    assert len(faults) == 1


def test_a_model_of_the_first_release_is_still_read() -> None:
    old = default_document()
    old["stages"] = {"aware_within_days": 60, "engaged_at": 0.4}
    del old["never_scored"]

    model = read_model(old)

    assert model.stages == read_model({**default_document(), "stages": ladder_of(60, 0.4)}).stages
    assert model.never_scored == read_model(default_document()).never_scored
    assert (model.fit.rules, model.weights, model.mqa.cool_down_for("other")) == ((), {}, 30)


def test_the_ladder_that_ships_is_the_one_old_models_get() -> None:
    assert default_document()["stages"] == ladder_of(90, 0.5)


def test_a_rest_can_be_set_for_each_reason() -> None:
    model = read_model(changed(("mqa", "cool_down_by_reason"), {"false_signal": 7}))

    assert (model.mqa.cool_down_for("false_signal"), model.mqa.cool_down_for("bad_data")) == (7, 30)


def test_a_document_is_put_in_the_order_people_write_it() -> None:
    shuffled = dict(sorted(default_document().items()))
    shuffled["kinds"] = dict(sorted(shuffled["kinds"].items()))

    ordered = in_order(shuffled)

    assert ordered == default_document()
    assert list(ordered) == list(default_document())
    assert list(ordered["kinds"]["webinar_attended"]) == ["minutes_per_point", "most", "half_life_days"]
