"""What events are worth, by arithmetic done by hand."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from abm.scoring.score import Entry, make_entries, person_scores
from abm.words import EventKind, Seniority, Verdict
from tests.abm.scoring.ledgers import ANNA, BO, MODEL, MONDAY, TOKYO, act, hours


def entry_of(*acts: object) -> Entry:
    (entry,) = make_entries(acts, MODEL, TOKYO).values()  # type: ignore[arg-type]
    return entry


@pytest.mark.parametrize(
    ("kind", "minutes", "points"),
    [
        (EventKind.OPEN, None, 0),
        (EventKind.DOWNLOAD, None, 5),
        (EventKind.WEBINAR_ATTENDED, 42, 14),
        (EventKind.WEBINAR_ATTENDED, 61, 20),
        (EventKind.WEBINAR_ATTENDED, None, 0),
        (EventKind.MEETING, 45, 22.5),
        (EventKind.MEETING, 90, 30),
        (EventKind.CAREERS_PAGE, None, -10),
    ],
)
def test_each_kind_has_its_base(kind: EventKind, minutes: float | None, points: float) -> None:
    assert entry_of(act(kind, minutes=minutes)).entry == points


@pytest.mark.parametrize(
    ("seniority", "points"),
    [
        (Seniority.EXECUTIVE, 10),
        (Seniority.DIVISION_HEAD, 7.5),
        (Seniority.DEPARTMENT_HEAD, 6.25),
        (Seniority.SECTION_HEAD, 5),
        (Seniority.OTHER, 3.75),
    ],
)
def test_the_title_weighs_the_entry(seniority: Seniority, points: float) -> None:
    assert entry_of(act(EventKind.DOWNLOAD, seniority=seniority)).entry == points


@pytest.mark.parametrize(
    ("verdict", "points"), [(Verdict.PROVEN, 5), (Verdict.LIKELY, 5), (Verdict.UNKNOWN, 0), (Verdict.MACHINE, 0)]
)
def test_only_humans_earn_points(verdict: Verdict, points: float) -> None:
    assert entry_of(act(EventKind.DOWNLOAD, verdict=verdict)).entry == points


def test_an_entry_halves_with_each_half_life() -> None:
    entry = entry_of(act(EventKind.DOWNLOAD))

    left = [entry.value(MONDAY + timedelta(days=age)) for age in (0, 21, 42, 63)]

    assert left == pytest.approx([5, 2.5, 1.25, 0.625], abs=1e-12)


def test_an_event_to_come_counts_nothing_yet() -> None:
    assert entry_of(act(EventKind.DOWNLOAD, when=MONDAY)).value(MONDAY - hours(1)) == 0


def test_the_first_five_of_a_day_count_by_time_and_then_id() -> None:
    same_time = [act(id=uuid.UUID(int=number)) for number in range(1, 7)]
    earlier = act(id=uuid.UUID(int=99), when=MONDAY - hours(1))

    entries = make_entries(random.sample([*same_time, earlier], 7), MODEL, TOKYO)

    assert [entries[uuid.UUID(int=number)].capped for number in (99, 1, 2, 3, 4, 5, 6)] == [False] * 5 + [True] * 2


def test_the_cap_is_per_person_and_kind() -> None:
    acts = [act(who=who, kind=kind) for who in (ANNA, BO) for kind in (EventKind.CLICK, EventKind.DOWNLOAD)]
    acts += [act() for _ in range(5)]

    entries = make_entries(acts, MODEL, TOKYO)

    assert sum(entry.capped for entry in entries.values()) == 1
    assert person_scores(entries.values(), MONDAY) == {ANNA: 5 + 5, BO: 1 + 5}


def test_a_day_begins_at_midnight_of_the_installation() -> None:
    before_midnight = datetime(2026, 11, 9, 14, 59, tzinfo=UTC)
    acts = [act(when=before_midnight) for _ in range(5)] + [act(when=before_midnight + timedelta(minutes=1))]

    assert not any(entry.capped for entry in make_entries(acts, MODEL, TOKYO).values())


def test_a_struck_event_stays_in_the_ledger_and_counts_nothing() -> None:
    entry = entry_of(act(EventKind.DOWNLOAD, struck=True))

    assert (entry.base, entry.entry) == (5, 0)
