"""Columns that a person chose, remembered for the next file with the same header."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.models import ImportMapping


def find_mapping(session: Session, header: Sequence[str]) -> dict[str, str] | None:
    """What was chosen for this header the last time: {our field: header word, or nothing for a field left out}."""
    known = find_remembered(session, header)
    return dict(known.mapping) if known else None


def find_remembered(session: Session, header: Sequence[str]) -> ImportMapping | None:
    """The same, with when it was chosen."""
    return session.get(ImportMapping, _digest(header), populate_existing=True)


def remember_mapping(
    session: Session, header: Sequence[str], mapping: Mapping[str, str], *, by: uuid.UUID | None, at: datetime
) -> None:
    """Propose these columns for the next file with this header; the last choice stands."""
    chosen = {"mapping": dict(mapping), "chosen_at": at, "by_user_id": by}
    row = insert(ImportMapping).values(header=_digest(header), **chosen)
    session.execute(row.on_conflict_do_update(index_elements=[ImportMapping.header], set_=chosen))


def forget_mapping(session: Session, header: Sequence[str]) -> bool:
    """Find the columns of such a header out again; False when none were chosen."""
    gone = delete(ImportMapping).where(ImportMapping.header == _digest(header))
    return session.scalar(gone.returning(ImportMapping.header)) is not None


def _digest(header: Sequence[str]) -> bytes:
    return blake2b("\x1f".join(header).encode("utf-8", "surrogatepass"), digest_size=16).digest()
