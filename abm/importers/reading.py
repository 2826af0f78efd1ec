"""From a file to rows that can be planned: its sheet, its kind, its columns, as asked, remembered or found out."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.importers.columns import check_columns, columns_of, find_columns, kind_of, left_out_of
from abm.importers.custom import without_custom
from abm.importers.kinds import KINDS, Kind
from abm.importers.mappings import find_mapping, forget_mapping, remember_mapping
from abm.importers.request import Request, Upload, request_of
from abm.importers.sheet import Sheet, read_sheet
from abm.models import Import
from abm.words import ImportField, ImportKind


@dataclass(frozen=True)
class Prepared:
    """A file as it was read, and how its kind goes on with it."""

    kind: ImportKind
    sheet: Sheet
    columns: dict[ImportField, int]
    course: Kind


def read_as_before(
    session: Session, upload: Upload, request: Request, zone: ZoneInfo, at: datetime
) -> tuple[Prepared, Request]:
    """The file read as asked, or, when nothing is asked, by the columns chosen for such a header the last time."""
    if request.choices.mapping is not None:
        prepared = read_upload(upload, request, zone)
        _remember(session, prepared.sheet, request, at)
        return prepared, request
    sheet = read_sheet(upload.file, upload.name, request.choices)
    if mapping := find_mapping(session, sheet.header):
        request = replace(request, choices=replace(request.choices, mapping=mapping))
    return read_upload(upload, request, zone, sheet), request


def read_upload(upload: Upload, request: Request, zone: ZoneInfo, sheet: Sheet | None = None) -> Prepared:
    """The file read as asked; raises Invalid naming what is missing."""
    sheet = sheet or read_sheet(upload.file, upload.name, request.choices)
    mapping = without_custom(request.choices.mapping)
    all_columns = find_columns(sheet.header, mapping)
    kind = request.kind or kind_of(all_columns, sheet.header) or ImportKind.CUSTOMERS
    columns = columns_of(kind, all_columns)
    check_columns(columns, kind, sheet.header)
    if next(iter(sheet.rows), None) is None:
        raise Invalid("there are no rows below the header; add some and import the file again", upload.name, "no_rows")
    return Prepared(kind, sheet, columns, KINDS[kind](sheet, columns, zone, left_out_of(mapping)))


def read_again(record: Import, file: BinaryIO) -> Sheet:
    """The sheet of a stored import, as it was read."""
    return read_sheet(file, record.filename, request_of(record).choices)


def found_in(sheet: Sheet) -> dict[str, Any]:
    """What was found out about a sheet, as an import keeps it."""
    return {
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
        "sheet": sheet.sheet_name,
        "sheets": list(sheet.sheets),
        "header_row": sheet.header_row,
        "header": list(sheet.header),
    }


def _remember(session: Session, sheet: Sheet, request: Request, at: datetime) -> None:
    """The last choice stands; to choose nothing is a choice, too."""
    if request.choices.mapping:
        remember_mapping(session, sheet.header, request.choices.mapping, by=request.by, at=at)
    else:
        forget_mapping(session, sheet.header)
