"""Minutes that a later report corrects: on the event, on the timeline, in the score, and back again."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.importers.apply import import_now, plan_import
from abm.importers.request import Request, Upload
from abm.importers.undo import undo_import
from abm.models import Event, Import, Refold, TimelineItem
from abm.words import EventReason, ItemKind, Verdict

AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
HEAD = "Topic,Start Time\nX,2026-11-12 14:55\n\n会社名,Name,Email,Join Time,Time in Session (minutes)\n"
Take = Callable[[str], Import]


def report(minutes: str) -> Upload:
    row = f"株式会社甲,田中 太郎,t@ko.example,2026-11-12 15:00,{minutes}\n"
    return Upload("w.csv", BytesIO((HEAD + row).encode()))


@pytest.fixture
def take(session: Session) -> Take:
    """Import a report in which one person stayed so long; nobody waits for a new score afterwards."""

    def import_minutes(minutes: str) -> Import:
        session.execute(delete(Refold))
        record = import_now(session, report(minutes), Request(), Settings(), AT)
        session.expire_all()
        return record

    return import_minutes


def attendance(session: Session) -> Event:
    session.expire_all()
    return session.scalars(select(Event)).one()


def told(session: Session) -> dict[str, object]:
    return session.scalars(select(TimelineItem.detail).where(TimelineItem.kind == ItemKind.EVENT)).one()


def test_other_minutes_take_the_place_of_those_on_record_and_the_score_is_folded_again(
    session: Session, take: Take
) -> None:
    take("12")

    record = take("40.5")

    event = attendance(session)
    assert (record.counts["create"], record.counts["update"]) == (0, 1)
    assert (event.minutes, told(session)["minutes"]) == (40.5, 40.5)
    assert session.scalars(select(Refold.contact_id)).all() == [event.contact_id]


def test_the_corrected_report_twice_changes_nothing(session: Session, take: Take) -> None:
    take("12")
    take("40")

    again = take("40")

    assert (again.counts["update"], again.counts["unchanged"]) == (0, 1)
    assert session.scalars(select(Refold)).all() == []


def test_a_plan_says_that_minutes_would_change_and_changes_none(session: Session, take: Take) -> None:
    take("12")

    planned = plan_import(session, report("40"), Request(), Settings(), AT)

    assert planned.counts["update"] == 1
    assert attendance(session).minutes == 12


def test_minutes_prove_an_attendance_that_was_open(session: Session, take: Take) -> None:
    take("")
    assert attendance(session).verdict == Verdict.UNKNOWN

    take("40")

    event = attendance(session)
    assert (event.verdict, event.reasons, told(session)["verdict"]) == ("proven", ["attendance_with_minutes"], "proven")


def test_a_report_without_minutes_takes_none_away(session: Session, take: Take) -> None:
    take("12")

    take("")

    assert attendance(session).minutes == 12


def test_what_sales_called_a_false_signal_stays_one(session: Session, take: Take) -> None:
    take("")
    struck = {"verdict": Verdict.MACHINE, "reasons": ["no_minutes", EventReason.FALSE_SIGNAL]}
    session.execute(update(Event).values(struck))

    take("40")

    assert (attendance(session).minutes, attendance(session).verdict) == (40, Verdict.MACHINE)


@pytest.mark.parametrize("minutes", ["12", ""])
def test_undo_gives_the_old_minutes_back(session: Session, take: Take, minutes: str) -> None:
    take(minutes)
    before = (attendance(session).minutes, attendance(session).verdict, attendance(session).reasons, told(session))
    record = take("40")
    session.execute(delete(Refold))

    undo_import(session, record.id, AT)

    event = attendance(session)
    assert (event.minutes, event.verdict, event.reasons, told(session)) == before
    assert session.scalars(select(Refold.contact_id)).all() == [event.contact_id]


def test_undo_leaves_minutes_that_a_third_report_has_corrected(session: Session, take: Take) -> None:
    take("12")
    record = take("40")
    take("50")

    undo_import(session, record.id, AT)

    assert attendance(session).minutes == 50
