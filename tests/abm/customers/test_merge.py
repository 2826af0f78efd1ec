"""What a merge takes over and joins: facts in, decision out."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from abm.customers.merge import (
    FILLED,
    LATEST,
    OpenAction,
    OpenTask,
    fill_fields,
    join_actions,
    join_tasks,
    proposed_main,
)
from abm.words import TaskKind, TaskState, Tier

MONDAY = datetime(2026, 11, 9, 3, tzinfo=UTC)
SALES, BUYING = uuid.uuid4(), uuid.uuid4()


def record(**over: Any) -> dict[str, Any]:
    return {**dict.fromkeys((*FILLED, *LATEST)), "tier": Tier.ONE_TO_MANY, **over}


def task(state: TaskState, department: uuid.UUID | None = None, when: datetime = MONDAY) -> OpenTask:
    return OpenTask(uuid.uuid4(), TaskKind.HAND_OFF, department, state, when)


def test_what_is_missing_is_filled_and_what_is_known_is_kept() -> None:
    stays, goes = record(phone="03-1111-1111"), record(phone="06-2222-2222", industry="機械")

    assert fill_fields(stays, goes) == {"industry": "機械"}


def test_a_place_is_taken_over_whole_or_not_at_all() -> None:
    osaka = record(postcode="530-0001", prefecture="大阪府", address="梅田1-1")

    assert fill_fields(record(prefecture="東京都"), osaka) == {}
    assert set(fill_fields(record(), osaka)) == {"postcode", "prefecture", "address"}


def test_the_later_contact_counts() -> None:
    older, newer = record(last_contacted_on=date(2026, 1, 1)), record(last_contacted_on=date(2026, 2, 1))

    assert fill_fields(older, newer) == {"last_contacted_on": date(2026, 2, 1)}
    assert fill_fields(newer, older) == {}


def test_the_account_gets_the_more_personal_attention_of_both() -> None:
    assert fill_fields(record(), record(tier=Tier.ONE_TO_ONE)) == {"tier": Tier.ONE_TO_ONE}
    assert fill_fields(record(tier=Tier.ONE_TO_FEW), record()) == {}


def test_an_exclusion_of_either_excludes_both() -> None:
    assert fill_fields(record(), record(excluded_reason="competitor")) == {"excluded_reason": "competitor"}


def test_tasks_of_one_department_are_joined_across_its_two_records() -> None:
    ours, theirs = task(TaskState.ASSIGNED, SALES), task(TaskState.ASSIGNED, BUYING)

    assert join_tasks([ours], [theirs], {}) == []
    assert [pair.joined for pair in join_tasks([ours], [theirs], {BUYING: SALES})] == [theirs.id]


@pytest.mark.parametrize("further", [TaskState.ACCEPTED, TaskState.WORKING])
def test_the_task_that_somebody_works_on_goes_on(further: TaskState) -> None:
    ours, theirs = task(TaskState.ASSIGNED), task(further)

    assert [pair.kept for pair in join_tasks([ours], [theirs], {})] == [theirs.id]


def test_of_equal_tasks_the_older_goes_on() -> None:
    ours, theirs = task(TaskState.NEW), task(TaskState.NEW, when=datetime(2026, 1, 1, tzinfo=UTC))

    assert [pair.kept for pair in join_tasks([ours], [theirs], {})] == [theirs.id]


def test_the_next_action_that_comes_first_goes_on() -> None:
    soon, later = OpenAction(uuid.uuid4(), date(2026, 11, 10)), OpenAction(uuid.uuid4(), date(2026, 12, 1))

    assert [pair.kept for pair in join_actions(later, soon)] == [soon.id]
    assert join_actions(later, None) == []


def test_a_proposed_parent_is_offered_as_the_main_one() -> None:
    assert proposed_main([{"rule": "domain_only", "parent_id": "b"}], "a") == "b"
    assert proposed_main([{"rule": "name_only"}], "a") == "a"
