"""What an import did or would do, as scripts read it, and the file of rows that came back."""

import csv
import io
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.importers.apply import get_import
from abm.importers.content import open_content
from abm.importers.encodings import UTF8_BOM, encode_text
from abm.importers.reading import read_again
from abm.importers.sheet import Line, Sheet
from abm.importers.texts import REASON_HEADER, row_text, shown_problem
from abm.models import ImportRow
from abm.words import ImportState, Language, RowAction

# Phones and dates may begin with a sign; anything else that does would run as a formula.
DIALLED = re.compile(r"[+-][\d\s().-]*")
FLAGGED_SHOWN = 1_000


@dataclass(frozen=True)
class RejectedFile:
    """The rows that came back, in a file like the one they came in; `fell_back` when its encoding lacks a sign."""

    name: str
    content: bytes
    encoding: str | None
    fell_back: bool


def import_result(session: Session, import_id: uuid.UUID, language: Language = Language.ENGLISH) -> dict[str, Any]:
    """The import as `abm import` prints it."""
    record = get_import(session, import_id)
    counts, found = record.counts, record.found
    rejected = _problems(session, import_id, rejected=True, language=language)
    return {
        "import": str(record.id),
        "applied": record.state == ImportState.APPLIED,
        "state": record.state,
        "kind": record.kind,
        **{name: found[name] for name in ("encoding", "delimiter", "sheet", "header_row", "columns")},
        **{name: counts[name] for name in ("rows", "create", "update", "unchanged", "match", "review")},
        "rejected": rejected,
        "flagged": _problems(session, import_id, rejected=False, language=language),
        "rejected_file": rejected_name(record.filename) if rejected else None,
    }


def rejected_name(filename: str) -> str:
    """What the file of rejected rows of a file is called."""
    path = PurePath(filename.replace("\\", "/"))
    return f"{path.stem or 'import'}-rejected{path.suffix or '.csv'}"


def rejected_file(
    session: Session, import_id: uuid.UUID, language: Language = Language.JAPANESE
) -> RejectedFile | None:
    """The rejected rows as they came, with the reason behind the last column; None when nothing came back."""
    record = get_import(session, import_id)
    reasons = _reasons(session, import_id, language)
    if not reasons:
        return None
    with open_content(session, import_id) as file:
        sheet = read_again(record, file)
        rows = _rejected_rows(sheet, reasons, REASON_HEADER[language])
    name = rejected_name(record.filename)
    if sheet.encoding is None:
        return RejectedFile(name, _as_workbook(rows, sheet.sheet_name or "Sheet1"), None, False)
    text = io.StringIO()
    csv.writer(text, delimiter=sheet.delimiter or ",").writerows(rows)
    content, encoding = encode_text(text.getvalue(), sheet.encoding)
    return RejectedFile(name, content, encoding, encoding == UTF8_BOM and sheet.encoding != UTF8_BOM)


def rejected_count(session: Session, import_id: uuid.UUID) -> int:
    """How many rows came back."""
    found = select(func.count()).where(ImportRow.import_id == import_id, ImportRow.action == RowAction.REJECT)
    return session.scalar(found) or 0


def _problems(session: Session, import_id: uuid.UUID, *, rejected: bool, language: Language) -> list[dict[str, Any]]:
    """One line a rejected row, by the problem that rejects it; every problem of rows that were kept."""
    wanted = ImportRow.action == RowAction.REJECT if rejected else ImportRow.action != RowAction.REJECT
    rows = (
        select(ImportRow.line, ImportRow.problems)
        .where(ImportRow.import_id == import_id, wanted, func.jsonb_array_length(ImportRow.problems) > 0)
        .order_by(ImportRow.line)
    )
    shown: list[dict[str, Any]] = []
    for line, problems in session.execute(rows if rejected else rows.limit(FLAGGED_SHOWN)):
        chosen = [p for p in problems if p["rejects"]][:1] if rejected else problems
        shown.extend(shown_problem(problem, line, language) for problem in chosen)
    return shown


def _reasons(session: Session, import_id: uuid.UUID, language: Language) -> dict[int, str]:
    rows = select(ImportRow.line, ImportRow.problems).where(
        ImportRow.import_id == import_id, ImportRow.action == RowAction.REJECT
    )
    return {line: _reason(problems, language) for line, problems in session.execute(rows)}


def _reason(problems: Sequence[dict[str, Any]], language: Language) -> str:
    said = [f"{p['column']}: {row_text(p['code'], language)}" for p in problems if p["rejects"]]
    return " / ".join(dict.fromkeys(said))


def _rejected_rows(sheet: Sheet, reasons: dict[int, str], word: str) -> list[list[str]]:
    """Title lines and header as they were, so that the corrected file can be imported as it is."""
    width = len(sheet.header)
    rows = [cells for _, cells in sheet.above]
    rows.append([*sheet.header, word])
    rows.extend(_with_reason(line, reasons[line[0]], width) for line in sheet.rows if line[0] in reasons)
    return [[_defused(cell) for cell in row] for row in rows]


def _with_reason(line: Line, reason: str, width: int) -> list[str]:
    cells = line[1]
    return [*(cells[at] if at < len(cells) else "" for at in range(width)), reason, *cells[width:]]


def _defused(cell: str) -> str:
    """A cell that no spreadsheet will run."""
    runs = cell.lstrip()[:1] in ("=", "+", "-", "@") and not DIALLED.fullmatch(cell.strip())
    return f"'{cell}" if runs else cell


def _as_workbook(rows: Sequence[Sequence[str]], title: str) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        cells = [WriteOnlyCell(sheet, value=re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", cell)) for cell in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
