"""The scoring model's document: read whole, or refused with the place that is wrong."""

from typing import Any

import pytest

from abm.errors import Invalid
from abm.scoring.live import default_document
from abm.scoring.model import read_model


def test_the_default_model_says_what_the_product_promises() -> None:
    model = read_model(default_document())

    assert model.kinds["premium_download"].base == 10
    assert model.kinds["unsubscribe"].base == -15
    assert model.act_now_kinds() == ["demo_request"]
    assert model.mqa.thresholds == {"1:1": 20, "1:few": 30, "1:many": 40}


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("cap",), 0, "model.cap must be at least 1"),
        (("cap",), 2.5, "model.cap must be a whole number"),
        (("kinds", "click", "base"), "one", "kinds.click.base must be a number"),
        (("kinds", "click", "half_life_days"), 0, "kinds.click.half_life_days must be more than 0"),
        (("kinds", "click", "minutes_per_point"), 3, "kinds.click: give base or minutes_per_point, not both"),
        (("kinds", "click", "act_now"), "yes", "kinds.click.act_now must be true or false"),
        (("kinds", "walk"), {}, "kinds does not know 'walk'"),
        (("kinds", "reply"), None, "kinds.reply must be a table"),
        (("verdicts", "likely"), -1, "verdicts.likely must be at least 0"),
        (("seniority", "other"), float("nan"), "seniority.other must be a number"),
        (("mqa", "leaves_at"), 1.2, "mqa.leaves_at is a share"),
        (("mqa", "thresholds", "1:1"), 0, "mqa.thresholds.1:1 must be more than 0"),
        (("required_roles",), ["boss"], "required_roles must be a list of"),
        (("colour",), 1, "model does not know 'colour'"),
    ],
)
def test_a_wrong_place_is_named(place: tuple[str, ...], value: Any, message: str) -> None:
    document = default_document()
    table = document
    for key in place[:-1]:
        table = table[key]
    table[place[-1]] = value

    with pytest.raises(Invalid, match=message.replace("(", r"\(")):
        read_model(document)


def test_something_that_is_no_table_is_no_model() -> None:
    with pytest.raises(Invalid, match="model must be a table"):
        read_model(["cap", 5])
