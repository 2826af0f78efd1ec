"""Webinar reports: title, time, people and their minutes."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from abm.errors import Invalid
from abm.importers.columns import find_columns
from abm.importers.sheet import read_sheet
from abm.importers.webinar import WebinarReport, read_minutes, read_time, read_webinar

DATA = Path(__file__).parents[2] / "data"
TOKYO = ZoneInfo("Asia/Tokyo")
HEAD = "Topic,Actual Start Time\nX,2026-11-12 14:55\n\n"


def read(content: bytes) -> WebinarReport:
    sheet = read_sheet(BytesIO(content), "report.csv")
    return read_webinar(sheet, find_columns(sheet.header), TOKYO)


@pytest.mark.parametrize(("name", "people"), [("webinar-zoom-style.csv", 24), ("webinar-teams-style.csv", 8)])
def test_the_samples_are_read(name: str, people: int) -> None:
    report = read((DATA / name).read_bytes())

    assert (report.title, len(report.people)) == ("製品X活用セミナー", people)
    assert report.held_at == datetime(2026, 11, 12, 5, 55, tzinfo=UTC)
    assert all(person.row.email and not person.row.is_rejected for person in report.people)


def test_the_minutes_column_wins_over_join_and_leave_times() -> None:
    kimura = read((DATA / "webinar-zoom-style.csv").read_bytes()).people[0]

    assert (kimura.joined_at, kimura.minutes) == (datetime(2026, 11, 12, 5, 58, 3, tzinfo=UTC), 12)


def test_without_a_minutes_column_the_times_count() -> None:
    rows = "Email,Join Time,Leave Time\na@b.jp,2026/11/12 15:00,2026/11/12 15:45\n"

    assert read((HEAD + rows).encode()).people[0].minutes == 45


def test_who_registered_and_stayed_away_has_no_minutes() -> None:
    yamada = read((DATA / "webinar-zoom-style.csv").read_bytes()).people[2]

    assert yamada.registered_at is not None
    assert (yamada.joined_at, yamada.minutes) == (None, None)


def test_a_refused_registration_is_none() -> None:
    rows = "Email,Registration Time,Approval Status\na@b.jp,2026/11/01 10:00,denied\n"

    assert read((HEAD + rows).encode()).people[0].registered_at is None


def test_a_later_section_is_not_read_as_people() -> None:
    rows = (
        "名前,メール,会議での時間\n伊藤,a@b.jp,40 分\n3. 会議中のアクティビティ,,\n名前,参加時間,退出時間\n伊藤,x,y\n"
    )

    assert len(read((HEAD + rows).encode()).people) == 1


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("12", 12),
        ("40 分 58 秒", 40 + 58 / 60),
        ("1 時間 2 分", 62),
        ("1h 2m 30s", 62.5),
        ("40 minutes 30 seconds", 40.5),
        ("1:02:30", 62.5),
        ("--", None),
        ("", None),
    ],
)
def test_minutes_are_read_from_numbers_and_words(typed: str, minutes: float | None) -> None:
    assert read_minutes(typed) == (pytest.approx(minutes) if minutes else None)


@pytest.mark.parametrize(
    "typed",
    [
        "Nov 12, 2026 14:55:00",
        "Nov 12, 2026 02:55:00 PM",
        "2026/11/12 14:55",
        "2026-11-12 14:55:00",
        "2026-11-12T05:55:00Z",
    ],
)
def test_a_time_without_zone_is_the_installations(typed: str) -> None:
    assert read_time(typed, TOKYO) == datetime(2026, 11, 12, 5, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("Email,Join Time\na@b.jp,2026/11/12 15:00\n", "no_webinar_title"),
        ("Topic,x\nX,\n\nEmail,Registration Time\na@b.jp,2026/11/01 10:00\n", "no_webinar_time"),
    ],
)
def test_a_report_without_title_or_time_is_refused(content: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        read(content.encode())

    assert raised.value.code == code
