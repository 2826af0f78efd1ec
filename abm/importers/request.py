"""What is asked of a file: what it holds, how to read it, and on what ground its people may be mailed."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from abm.config import Settings
from abm.errors import Invalid
from abm.importers.sheet import Choices
from abm.models import Import
from abm.words import ConsentBasis, ImportKind


@dataclass(frozen=True)
class Upload:
    """A file as somebody handed it over: its name, and its bytes to be read as often as needed."""

    name: str
    file: BinaryIO


@dataclass(frozen=True)
class Request:
    """What whoever imports says about a file; what is left open is found out."""

    kind: ImportKind | None = None
    choices: Choices = field(default_factory=Choices)
    consent: ConsentBasis | None = None
    is_sample: bool = False
    by: uuid.UUID | None = None


def read_choices(mapping: Mapping[str, str] | None, reading: Mapping[str, Any]) -> Choices:
    """How to read a file, from a person's words; raises Invalid for a header row that is no number."""
    row = str(reading.get("header_row") or "")
    if row and not row.isdecimal():
        raise Invalid(f"header row {row!r} is no line number; give the line of the column names", "header_row")
    header_row = int(row) if row else None
    return Choices(reading.get("encoding"), reading.get("delimiter"), header_row, mapping, reading.get("sheet"))


def kept_choices(request: Request, settings: Settings) -> dict[str, Any]:
    """What an import remembers of how it was asked for, so that it is read the same way when it is applied."""
    return {
        "mapping": None if request.choices.mapping is None else dict(request.choices.mapping),
        "encoding": request.choices.encoding,
        "delimiter": request.choices.delimiter,
        "sheet": request.choices.sheet,
        "header_row": request.choices.header_row,
        "kind": request.kind.value if request.kind else None,
        "shared_domains": list(settings.shared_domains),
        "time_zone": settings.time_zone,
        "language": settings.language,
    }


def request_of(record: Import) -> Request:
    """What was asked of a kept import."""
    kept = record.choices
    return Request(
        ImportKind(kept["kind"]) if kept.get("kind") else None,
        read_choices(kept.get("mapping"), kept),
        ConsentBasis(record.consent_basis) if record.consent_basis else None,
        record.is_sample,
        record.by_user_id,
    )
