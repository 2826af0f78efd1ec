"""`abm merge`: merging, listing and taking back."""

import pytest

from abm.models import Account
from abm.work import unit_of_work
from tests.abm.cli.conftest import Command
from tests.worlds import make_account


@pytest.fixture
def firms(abm: Command) -> tuple[Account, Account]:
    """(goes, stays)."""
    with unit_of_work() as work:
        return make_account(work.session, "アクメ販売"), make_account(work.session, "株式会社アクメ")


def test_an_account_is_merged_listed_and_given_back(abm: Command, firms: tuple[Account, Account]) -> None:
    goes, stays = firms

    made = abm("merge", goes.id, stays.name, "--json").json
    listed = abm("merge", "--json").json
    undone = abm("merge", "undo", made["id"], "--json").json

    assert (made["account"], made["into"]) == (str(goes.id), str(stays.id))
    assert [(one["id"], one["account"]) for one in listed] == [(made["id"], "アクメ販売")]
    assert undone["undone_at"]
    assert abm("account", goes.id, "--json").json["name"] == "アクメ販売"


def test_a_second_time_is_refused_with_the_reason(abm: Command, firms: tuple[Account, Account]) -> None:
    made = abm("merge", firms[0].id, firms[1].id, "--json").json
    abm("merge", "undo", made["id"])

    again = abm("merge", "undo", made["id"])

    assert again.code == 1
    assert "undone already" in again.err


@pytest.mark.parametrize("words", [["one"], ["undo"], ["a", "b", "c"]])
def test_half_a_command_is_wrong_usage(abm: Command, words: list[str]) -> None:
    assert abm("merge", *words).code == 2


def test_an_unknown_merge_is_named(abm: Command) -> None:
    answer = abm("merge", "undo", "nonsense")

    assert answer.code == 1
    assert "nonsense" in answer.err
