"""Golden accounts: what they come to by the real rules, and how a model brings its own."""

from typing import Any

import pytest

from abm.scoring.golden import shipped_goldens
from abm.scoring.live import default_document
from abm.scoring.validate import check_document

OWN = {
    "name": "two_at_the_fair",
    "account": {"tier": "1:1", "industry": "製造"},
    "people": [{"name": "anna", "seniority": "section_head"}, {"name": "bo", "seniority": "section_head"}],
    "events": [{"who": "anna", "kind": "booth_talk"}, {"who": "bo", "kind": "booth_talk", "days_ago": 30}],
    "expect": {"points": 15, "stage": "engaged", "hand_off": False},
}


def test_a_model_that_moves_points_fails_the_golden_accounts_it_moves() -> None:
    document = default_document()
    document["kinds"]["demo_request"]["act_now"] = False

    failed = check_document(document).failed

    assert [result.golden.name for result in failed] == ["asks_for_a_demo"]
    assert (failed[0].points, failed[0].stage, failed[0].hand_off) == (37.5, "aware", False)


def test_a_model_brings_its_own_accounts() -> None:
    checked = check_document({**default_document(), "golden": [OWN]})

    assert checked.goldens[-1].golden.name == "two_at_the_fair"
    assert checked.goldens[-1].passes


def test_an_account_of_the_same_name_takes_the_place_of_a_shipped_one() -> None:
    checked = check_document({**default_document(), "golden": [{**OWN, "name": "competitor"}]})

    assert len(checked.goldens) == len(shipped_goldens())
    assert [result.points for result in checked.goldens if result.golden.name == "competitor"] == [15]


@pytest.mark.parametrize(
    ("over", "place"),
    [
        ({"name": None}, "golden[0].name"),
        ({"events": [{"who": "cleo", "kind": "click"}]}, "golden[0].events[0].who"),
        ({"events": [{"who": "anna", "kind": "walk"}]}, "golden[0].events[0].kind"),
        ({"events": [{"who": "anna", "kind": "click", "times": 10**9}]}, "golden[0].events[0].times"),
        ({"people": "anna"}, "golden[0].people"),
        ({"expect": {"stage": "hot"}}, "golden[0].expect.stage"),
        ({"account": {"colour": "red"}}, "golden[0].account.colour"),
    ],
)
def test_a_golden_account_that_cannot_be_read_is_a_fault_of_the_model(over: dict[str, Any], place: str) -> None:
    checked = check_document({**default_document(), "golden": [{**OWN, **over}]})

    assert checked.faults[0].place == place
    assert checked.model is None
