"""Files of accounts and deals: taken in bounded, under a clean name, and handed out as what they are named."""

import re
import unicodedata
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from abm.customers.keep import Writing, add_record
from abm.customers.sheets import DEAL_FILE
from abm.errors import Invalid, NotFound
from abm.models import Deal, DealFile

LARGEST = 20 * 1024 * 1024
LONGEST_NAME = 150
# Of a file, only the end of its name says what it is; whatever else it claims, it is bytes to be saved.
TYPES = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
BYTES = "application/octet-stream"
# Signs that a file system, a header or a terminal takes for something else than a letter.
UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')


@dataclass(frozen=True)
class NewFile:
    """A file as it was handed in; without a phase it stands in the one its deal is in."""

    name: str
    content: bytes
    deal_id: uuid.UUID | None = None
    phase: str | None = None
    note: str | None = None


def add_file(session: Session, account_id: uuid.UUID, new: NewFile, writing: Writing) -> DealFile:
    """Keep a file; Invalid when there is nothing in it or too much."""
    if not new.content:
        raise Invalid("the file is empty", "file", "file_empty")
    if len(new.content) > LARGEST:
        raise Invalid(f"a file may have {LARGEST // 1024 // 1024} MB at most", "file", "file_too_large")
    name = clean_name(new.name)
    typed = {"name": name, "deal_id": new.deal_id, "phase": new.phase or _phase(session, new), "note": new.note}
    stored = {"content": new.content, "size": len(new.content), "content_type": type_of(name), "by_user_id": writing.by}
    kept: DealFile = add_record(session, DEAL_FILE, account_id, typed, writing, **stored)
    return kept


def read_file(session: Session, file_id: uuid.UUID) -> DealFile:
    """The file with its content; NotFound when there is none, or when it was put away."""
    wanted = select(DealFile).where(DealFile.id == file_id, DealFile.archived_at.is_(None))
    file = session.scalar(wanted.options(undefer(DealFile.content)))
    if file is None:
        raise NotFound("no such file")
    return file


def clean_name(name: str) -> str:
    """The last part of a path without signs that mean something elsewhere, short, and never nothing."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Letters that turn the direction of writing make evil.exe look like a picture.
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cf", "Cc", "Co", "Cs"))
    clean = UNSAFE.sub("_", seen).strip(" .")
    end = PurePosixPath(clean).suffix[:20]
    return (clean.removesuffix(end)[: LONGEST_NAME - len(end)] + end) or "file"


def type_of(name: str) -> str:
    """What a file of this name is handed out as."""
    return TYPES.get(PurePosixPath(name).suffix.lower(), BYTES)


def _phase(session: Session, new: NewFile) -> str | None:
    deal = session.get(Deal, new.deal_id) if new.deal_id else None
    return deal.stage if deal else None
