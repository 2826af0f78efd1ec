"""Which mails leave now and which later, so that no minute ever sees more than its limit."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

import pytest

from abm.words import LimitSort
from campaigns.pace import Asking, Limit, Pace, SendingLimits, decide

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOOGLE = Limit("google", LimitSort.GROUP, 2, 60, ("gmail.com", "googlemail.com"))


def leave(count: int, per_minute: int, late: timedelta = timedelta(0)) -> list[datetime]:
    """When each of so many mails leaves that all come at noon; every one is looked at so much later than it asked."""
    paces: dict[str, Pace] = {}
    counted = (("acme.example", per_minute),)
    due = [(NOON, number, False) for number in range(count)]
    left = []
    while due:
        at = min(due)[0] + late
        batch, due = [one for one in sorted(due) if one[0] <= at], [one for one in due if one[0] > at]
        later, paces = decide([Asking(counted, was_put_off) for _at, _n, was_put_off in batch], paces, at)
        for (_due, number, _was), until in zip(batch, later, strict=True):
            if until is None:
                left.append(at)
            else:
                due.append((until, number, True))
    return left


@pytest.mark.parametrize("per_minute", [1, 3, 10, 60, 600])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1.7)])
def test_no_minute_sees_more_than_its_limit_and_all_of_them_leave(per_minute: int, late: timedelta) -> None:
    count = min(4 * per_minute, 400)

    left = leave(count, per_minute, late)

    assert len(left) == count
    assert max(bisect_left(left, at + MINUTE) - place for place, at in enumerate(left)) <= per_minute
    assert left[-1] - left[0] <= MINUTE * (count / per_minute) * 1.3 + MINUTE


def test_who_comes_anew_stands_behind_those_who_were_put_off() -> None:
    counted = (("acme.example", 2),)
    first, paces = decide([Asking(counted)] * 3, {}, NOON)
    at = max(one for one in first if one)

    (new, old), _ = decide([Asking(counted), Asking(counted, True)], paces, at - timedelta(seconds=1) + MINUTE / 60)

    assert old is None
    assert new is not None
    assert new > at


def test_a_mail_leaves_only_where_every_limit_lets_it_and_counts_in_each() -> None:
    counted = (("acme.example", 600), ("*", 1))

    later, paces = decide([Asking(counted)] * 2, {}, NOON)

    assert later == [None, NOON + MINUTE]
    assert paces["*"].free_at == NOON + MINUTE


def test_a_group_holds_its_domains_and_what_lies_below_them() -> None:
    limits = SendingLimits(groups=(GOOGLE,))

    assert limits.of("GMAIL.com") == ("google", GOOGLE)
    assert limits.of("mail.googlemail.com") == ("google", GOOGLE)
    assert limits.of("notgmail.com") == ("notgmail.com", limits.others)
    assert (limits.group_of("gmail.com"), limits.group_of("acme.example")) == ("google", "")
    assert limits.has_pace
    assert not SendingLimits().has_pace
