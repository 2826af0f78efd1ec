"""Webinar reports: title, time and people of a file in the style of Zoom or Teams.

The layouts are the public ones of Zoom's "Webinar attendee report" (support.zoom.com, Reports: generating
webinar reports: a report header, then "Attendee Details" and, for hosts and panellists, tables of their own) and
Microsoft Teams' "attendance report" (support.microsoft.com, Manage meeting attendance reports: numbered
sections 1. Summary, 2. Participants, 3. In-Meeting activities). A column of minutes wins over join and leave times:
it leaves out the pauses of people who came twice.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from abm.errors import Invalid
from abm.importers import clean
from abm.importers.columns import find_columns
from abm.importers.rows import CustomerRow, Problem, RowReader
from abm.importers.sheet import Line, Sheet, known_words
from abm.words import ImportField

F = ImportField
TITLE_WORDS = (
    "topic",
    "webinar name",
    "webinar title",
    "meeting title",
    "会議のタイトル",
    "会議タイトル",
    "トピック",
    "タイトル",
    "ウェビナー名",
)
START_WORDS = (
    "actual start time",
    "start time",
    "meeting start time",
    "開始時刻",
    "開始時間",
    "実際の開始時刻",
    "実際の開始時間",
    "開催日時",
)
NEW_SECTION = re.compile(r"\d+\.\s*\S")
EMPTY_TIMES = ("", "--", "-")
TIMES = (
    "%b %d, %Y %H:%M:%S",
    "%b %d, %Y %H:%M",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y %I:%M %p",
    "%B %d, %Y %H:%M:%S",
    "%B %d, %Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y, %I:%M:%S %p",
    "%m/%d/%y, %I:%M %p",
    "%m/%d/%Y, %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%Y/%m/%d",
    "%Y-%m-%d",
)
DURATION_PARTS = re.compile(
    r"(\d+(?:\.\d+)?)\s*(時間|分|秒|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?![a-z])", re.IGNORECASE
)
MINUTES_OF = {"時": 60.0, "h": 60.0, "分": 1.0, "m": 1.0, "秒": 1 / 60, "s": 1 / 60}
# Refused registrations are no registrations.
REFUSED = frozenset(("denied", "declined", "cancelled", "canceled", "拒否", "キャンセル", "キャンセル済み"))


@dataclass(frozen=True)
class Attendance:
    """One line of the report: who, when registered, when and how long there."""

    row: CustomerRow
    registered_at: datetime | None
    joined_at: datetime | None
    minutes: float | None


@dataclass(frozen=True)
class WebinarReport:
    """A webinar, known by title and time, and its people."""

    title: str
    held_at: datetime
    people: tuple[Attendance, ...]
    # The header over the mail addresses, as the file has it.
    address_header: str


def read_webinar(
    sheet: Sheet, columns: Mapping[ImportField, int], zone: ZoneInfo, left_out: frozenset[ImportField] = frozenset()
) -> WebinarReport:
    """The report in a sheet; raises Invalid without title or time, for by these it is known again."""
    people = tuple(_people(sheet, columns, zone, left_out))
    title = _said(sheet.above, TITLE_WORDS)
    if not title:
        raise Invalid(
            "the report names no webinar (Topic / 会議のタイトル above the table); export it with its header lines",
            f"above line {sheet.header_row}",
            "no_webinar_title",
        )
    held_at = read_time(_said(sheet.above, START_WORDS), zone) or min(
        (person.joined_at for person in people if person.joined_at), default=None
    )
    if held_at is None:
        raise Invalid(
            "the report says nowhere when the webinar began (Start Time / 開始時刻); export it with its header lines",
            f"above line {sheet.header_row}",
            "no_webinar_time",
        )
    at = columns.get(F.EMAIL)
    return WebinarReport(title, held_at, people, F.EMAIL.value if at is None else sheet.header[at])


def read_time(typed: str, zone: ZoneInfo) -> datetime | None:
    """A moment in UTC; without a zone of its own it is in the installation's."""
    text = " ".join(unicodedata.normalize("NFKC", typed).split())
    if text in EMPTY_TIMES:
        return None
    moment = _parsed(text)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def read_minutes(typed: str) -> float | None:
    """Minutes from 12, 40 分 58 秒, 1h 2m 3s, 1:02:03 or 1 時間 2 分."""
    text = unicodedata.normalize("NFKC", typed).strip().replace(",", "")
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    if clock := re.fullmatch(r"([0-9]+):([0-5][0-9]):([0-5][0-9])", text):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return hours * 60 + minutes + seconds / 60
    parts = DURATION_PARTS.findall(text)
    return sum(float(number) * MINUTES_OF[unit[0].lower()] for number, unit in parts) if parts else None


def _people(
    sheet: Sheet, columns: Mapping[ImportField, int], zone: ZoneInfo, left_out: frozenset[ImportField]
) -> list[Attendance]:
    people = []
    reader, width = RowReader(sheet, columns), len(sheet.header)
    for line in sheet.rows:
        if _begins_section(line, width):
            break
        if known_words(line[1]) >= 3 and F.EMAIL in find_columns(line[1]):
            # Hosts and panellists stand in a table of their own above or below; ours goes on behind the next header.
            columns = find_columns(line[1], dict.fromkeys(left_out, ""))
            reader = RowReader(sheet, columns)
            continue
        people.append(_person(line, columns, reader, zone))
    return people


def _begins_section(line: Line, width: int) -> bool:
    filled = [cell for cell in line[1] if cell.strip()]
    return width > 1 and len(filled) == 1 and bool(NEW_SECTION.match(filled[0]))


def _person(line: Line, columns: Mapping[ImportField, int], reader: RowReader, zone: ZoneInfo) -> Attendance:
    cells = line[1]

    def cell(field: ImportField) -> str:
        at = columns.get(field)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    row = reader.read(line)
    refused = cell(F.APPROVAL).casefold() in REFUSED
    registered = None if refused else read_time(cell(F.REGISTERED_AT), zone)
    joined, left = read_time(cell(F.JOINED_AT), zone), read_time(cell(F.LEFT_AT), zone)
    minutes = _minutes(cell(F.MINUTES), joined, left)
    return Attendance(replace(row, problems=_problems(row, cell)), registered, joined, minutes)


def _minutes(typed: str, joined: datetime | None, left: datetime | None) -> float | None:
    minutes = read_minutes(typed)
    if minutes is None and joined and left and left >= joined:
        minutes = (left - joined).total_seconds() / 60
    return minutes if minutes else None


def _problems(row: CustomerRow, cell: Callable[[ImportField], str]) -> tuple[Problem, ...]:
    """What sends a person back; a missing company does not: the address says who it is."""
    problems = [problem for problem in row.problems if problem.code != "no_company"]
    if not row.email and not any(problem.code == "address_unusable" for problem in problems):
        problems.append(Problem("no_address", F.EMAIL.value, cell(F.EMAIL)))
    return tuple(problems)


def _said(above: Sequence[Line], words: Sequence[str]) -> str:
    """What the lines above the table say: beside a word (Teams) or below it (Zoom)."""
    for index, (_, cells) in enumerate(above):
        for at, cell in enumerate(cells):
            if clean.plain(cell).casefold().rstrip(":") in words:
                below = above[index + 1][1] if index + 1 < len(above) else []
                if at == 0 and len([c for c in cells if c.strip()]) == 2:
                    return cells[1].strip() if len(cells) > 1 else ""
                return below[at].strip() if at < len(below) else ""
    return ""


def _parsed(text: str) -> datetime | None:
    for form in TIMES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  # the zone is put on by the caller
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
