"""What a change of a task is called, who is told of it, and how long one waits before trying again."""

import uuid
from datetime import timedelta

import pytest

from abm.channels.events import LONGEST_PAUSE, PATIENCE, Changed, event_of, is_mailed, is_wanted, pause_after
from abm.words import TaskEvent, TaskKind

OWNER, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def change(code: str, new: str = "assigned", old: str | None = "new", **over: object) -> Changed:
    values = {"kind": TaskKind.HAND_OFF, "old": old, "new": new, "code": code, "to": OWNER, "by": None, **over}
    return Changed(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "event"),
    [
        (change("opened", old=None), TaskEvent.ASSIGNED),
        (change("opened", "new", None, to=None), TaskEvent.OPENED),
        (change("opened", "open", None, kind=TaskKind.RENEWAL), TaskEvent.ASSIGNED),
        (change("opened", old=None, is_woken=True), TaskEvent.WOKEN),
        (change("assigned", old="expired", is_woken=True), TaskEvent.ASSIGNED),
        (change("released"), TaskEvent.ASSIGNED),
        (change("assigned"), TaskEvent.ASSIGNED),
        (change("reassigned", old="assigned"), TaskEvent.REASSIGNED),
        (change("reminded", old="assigned"), TaskEvent.REMINDED),
        (change("expired", "expired"), TaskEvent.EXPIRED),
        (change("escalated"), TaskEvent.ESCALATED),
        (change("evidence", old="assigned"), TaskEvent.EVIDENCE),
        (change("accept", "accepted"), TaskEvent.ACCEPTED),
        (change("start", "working"), TaskEvent.ACCEPTED),
        (change("not_now", "recycled"), TaskEvent.ANSWERED),
        (change("competitor", "disqualified"), TaskEvent.ANSWERED),
        (change("done", "done", "open"), TaskEvent.CLOSED),
        (change("renewed", "done", "open"), TaskEvent.CLOSED),
        (change("joined"), TaskEvent.CHANGED),
    ],
)
def test_a_change_is_called_by_what_it_means(one: Changed, event: TaskEvent) -> None:
    assert event_of(one) is event


def test_the_owner_is_mailed_about_what_wants_an_answer() -> None:
    assert is_mailed(change("opened", old=None))
    assert is_mailed(change("reminded", old="assigned"))
    assert not is_mailed(change("evidence", old="assigned"))
    assert not is_mailed(change("accept", "accepted"))


def test_nobody_is_mailed_about_what_they_did_themselves() -> None:
    assert not is_mailed(change("reassigned", by=OWNER))
    assert is_mailed(change("reassigned", by=OTHER))


def test_checks_of_records_wait_on_the_board_and_tasks_of_nobody_are_not_mailed() -> None:
    assert not is_mailed(change("opened", "open", None, kind=TaskKind.FRESHNESS))
    assert not is_mailed(change("opened", to=None))


def test_a_channel_without_a_choice_hears_everything() -> None:
    assert is_wanted(TaskEvent.CHANGED, [])
    assert is_wanted(TaskEvent.ASSIGNED, ["assigned", "answered"])
    assert not is_wanted(TaskEvent.CHANGED, ["assigned"])


def test_pauses_grow_up_to_a_limit_and_differ_by_luck() -> None:
    shortest = [pause_after(attempts, 0.0) for attempts in range(1, 20)]
    longest = [pause_after(attempts, 1.0) for attempts in range(1, 20)]

    assert shortest == sorted(shortest)
    assert longest[0] / shortest[0] == 1.5
    assert max(longest) == LONGEST_PAUSE * 1.2
    assert sum(longest[:12], timedelta()) > PATIENCE > timedelta(days=1)
