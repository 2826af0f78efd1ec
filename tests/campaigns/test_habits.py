"""When somebody usually reads, and waiting for that hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from abm.customers.working_hours import Calendar
from abm.models import Contact
from abm.words import EventKind, Verdict
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.habits import LEAST_SITTINGS, usual_hour
from campaigns.windows import Habit, next_open, read_window
from tests.campaigns.worlds import DAY, enrollments, make_people, messages, publish
from tests.worlds import make_event

TOKYO = ZoneInfo("Asia/Tokyo")
# Friday, 12:00 in Tokyo.
NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)
DOCUMENT = {
    "name": "at_their_hour",
    "title": {"ja": "いつもの時間", "en": "At their hour"},
    "steps": [
        {"key": "hour", "kind": "wait", "window": {"habit": True}, "next": "talk"},
        {"key": "talk", "kind": "mail", "mail": "first_steps_talk", "next": "end"},
        {"key": "end", "kind": "exit"},
    ],
}


@pytest.mark.parametrize(
    ("hours", "usual"),
    [
        ([9] * LEAST_SITTINGS, 9),
        ([9] * (LEAST_SITTINGS - 1), None),
        ([], None),
        # The neighbours make 10 the fullest hour though 15 was seen as often.
        ([9, 10, 10, 11, 15, 15], 10),
        ([8, 8, 8, 17, 17, 17], 8),
        # Nobody is mailed at three in the night because of a newsletter read on a journey.
        ([3] * 50 + [9] * (LEAST_SITTINGS - 1), None),
    ],
)
def test_the_fullest_hour_is_the_usual_one(hours: list[int], usual: int | None) -> None:
    assert usual_hour(NOON.replace(hour=hour) + n * DAY for n, hour in enumerate(hours)) == usual


def test_what_is_done_within_one_hour_of_one_day_is_one_sitting() -> None:
    nine = datetime(2026, 11, 16, 9, tzinfo=TOKYO)
    sittings = [nine + days * DAY for days in range(LEAST_SITTINGS - 1)]
    # An open, a click and a download each time, within the same hour.
    acts = [sitting + timedelta(minutes=minutes) for sitting in sittings for minutes in (2, 3, 59)]

    assert usual_hour(acts) is None
    assert usual_hour([*acts, nine + 30 * DAY]) == 9
    # The hour that follows is another sitting.
    assert usual_hour([*acts, nine + timedelta(hours=1)]) == 9


def test_the_window_opens_at_that_hour_on_a_weekday() -> None:
    asked = {"zone": TOKYO, "calendar": Calendar(TOKYO)}

    assert isinstance(read_window({"habit": True}), Habit)
    assert next_open(Habit(), NOON, usual_hour=15, **asked) == NOON + timedelta(hours=3)
    # Friday's nine o'clock has gone by, and nobody reads on Saturday.
    assert next_open(Habit(), NOON, usual_hour=9, **asked) == NOON + 3 * DAY - timedelta(hours=3)
    assert next_open(Habit(), NOON, usual_hour=None, **asked) == NOON


def test_who_is_known_to_read_at_an_hour_is_mailed_then_and_others_at_once(installation: Installation) -> None:
    with unit_of_work() as work:
        known, stranger = make_people(work.session, 2)
        now = work.at.astimezone(TOKYO)
        hour = 9 if now.hour != 9 else 10
        for days in range(1, LEAST_SITTINGS + 1):
            acted = (now - days * DAY).replace(hour=hour, minute=15)
            make_event(work.session, known, EventKind.CLICK, acted, verdict=Verdict.LIKELY)
            # What machines do says nothing about a reader.
            make_event(work.session, stranger, EventKind.CLICK, acted, verdict=Verdict.MACHINE)
        # Two sittings are no habit, though they are six acts.
        for days in (1, 2):
            for kind in (EventKind.OPEN, EventKind.CLICK, EventKind.DOWNLOAD):
                acted = (now - days * DAY).replace(hour=hour, minute=15)
                make_event(work.session, stranger, kind, acted, verdict=Verdict.LIKELY)
        publish(work.session, [known, stranger], work.at, DOCUMENT)
        reader = known.id

    advance_enrollments()

    waiting = {one.contact_id: one for one in enrollments(installation.engine)}[reader]
    assert (waiting.step, waiting.due_at.astimezone(TOKYO).hour) == ("hour", hour)
    assert waiting.due_at.astimezone(TOKYO).isoweekday() <= 5
    with unit_of_work() as work:
        (mail,) = messages(installation.engine)
        assert work.session.get_one(Contact, mail.contact_id).email == "p1@acme.example"
