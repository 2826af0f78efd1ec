"""The newest version of a sequence: the one that is out, the one people work on, and the one a page shows."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import Sequence, SequenceVersion
from campaigns.library import library_names, read_document


def published_versions() -> Select[SequenceVersion]:
    """The newest published version of each sequence, one a sequence; the caller says of which."""
    return (
        select(SequenceVersion)
        .where(SequenceVersion.published_at.is_not(None))
        .ext(distinct_on(SequenceVersion.sequence_id))
        .order_by(SequenceVersion.sequence_id, SequenceVersion.number.desc())
    )


def find_published_version(session: Session, sequence_id: uuid.UUID) -> SequenceVersion | None:
    """The newest that is published."""
    return session.scalars(published_versions().where(SequenceVersion.sequence_id == sequence_id)).one_or_none()


def newest_version(session: Session, sequence_id: uuid.UUID) -> SequenceVersion | None:
    """The version with the highest number, published or not."""
    statement = select(SequenceVersion).where(SequenceVersion.sequence_id == sequence_id)
    return session.scalars(statement.order_by(SequenceVersion.number.desc()).limit(1)).one_or_none()


def shown_version(session: Session, sequence_id: uuid.UUID) -> SequenceVersion | None:
    """The newest that is published; the draft while nothing is."""
    return find_published_version(session, sequence_id) or newest_version(session, sequence_id)


def newest_document(session: Session, name: str) -> Mapping[str, Any]:
    """The draft of a sequence, else its newest version, else the one of the library; NotFound without any."""
    sequence_id = session.scalar(select(Sequence.id).where(Sequence.name == name))
    version = newest_version(session, sequence_id) if sequence_id else None
    if version is not None:
        return version.document
    # Never a path of the reader's choosing.
    if name not in library_names():
        raise NotFound(f"there is no sequence {name!r}")
    return read_document(name)
