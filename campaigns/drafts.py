"""Drafts of sequences: documents people work on, possibly incomplete, saved change by change under an etag."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid
from abm.models import AuditEntry, Campaign, Enrollment, Sequence, SequenceVersion, User
from abm.words import Language, SequenceState
from campaigns.draft_mails import take_in_assets
from campaigns.editing import ensure_shape
from campaigns.newest import newest_version
from campaigns.sequences import create_sequence, find_sequence, get_sequence

MOST_KILOBYTES = 512
# Names become addresses, and this one is the page where a sequence is made.
NAME = re.compile(r"[^\W_][\w-]{0,79}")
RESERVED = ("new",)


@dataclass(frozen=True)
class Draft:
    """What people work on: the newest document, its etag, and whether it is out already."""

    sequence: Sequence
    number: int
    document: Mapping[str, Any]
    etag: str
    is_published: bool


@dataclass(frozen=True)
class LastChange:
    """Who changed a draft last, and when."""

    by: str | None
    at: datetime


def get_draft(session: Session, name: str) -> Draft:
    """The newest document of a sequence; published, it is where the next draft begins."""
    return _draft(session, get_sequence(session, name))


def save_draft(
    session: Session, name: str, document: Mapping[str, Any], *, etag: str, at: datetime, by: uuid.UUID | None
) -> Draft:
    """Keep a document as the draft; Conflict when the one it was made from is not the newest any more.

    After a publication the first change opens the next version; people in flight keep theirs.
    """
    sequence = get_sequence(session, name, lock=True)
    if _draft(session, sequence).etag != etag:
        raise Conflict(f"somebody else changed {name} meanwhile", "changed_meanwhile")
    kept = _bounded(take_in_assets(session, _plain({**ensure_shape(document), "name": name})))
    newest = newest_version(session, sequence.id)
    if newest is None or newest.published_at is not None:
        newest = SequenceVersion(sequence_id=sequence.id, number=newest.number + 1 if newest else 1, document=kept)
        session.add(newest)
    newest.document = kept
    _take_title(sequence, kept)
    _audit(session, "sequence.draft_changed", sequence, at, by, {"version": newest.number})
    return _draft(session, sequence)


def open_sequence(session: Session, document: Mapping[str, Any], *, at: datetime, by: uuid.UUID | None) -> Draft:
    """A new sequence with this document as its draft; Conflict when there is one of its name."""
    kept = _bounded(take_in_assets(session, _plain(_ensure_named(ensure_shape(document)))))
    if find_sequence(session, kept["name"]) is not None:
        raise Conflict(f"there is a sequence {kept['name']} already", "exists")
    sequence = create_sequence(session, kept, at)
    session.add(SequenceVersion(sequence_id=sequence.id, number=1, document=kept))
    _audit(session, "sequence.drafted", sequence, at, by, {"version": 1})
    return _draft(session, sequence)


def drop_draft(session: Session, name: str, *, at: datetime, by: uuid.UUID | None) -> bool:
    """Throw the draft away; a sequence that was never published goes with it. Answers whether the sequence stays."""
    sequence = get_sequence(session, name, lock=True)
    newest = newest_version(session, sequence.id)
    if newest is None or newest.published_at is not None:
        raise Conflict(f"sequence {name} has no draft", "no_draft")
    _audit(session, "sequence.draft_dropped", sequence, at, by, {"version": newest.number})
    session.delete(newest)
    session.flush()
    published = newest_version(session, sequence.id)
    if published is None:
        _forget(session, sequence)
        return False
    _take_title(sequence, published.document)
    return True


def free_name(session: Session, wanted: str) -> str:
    """This name, or with the first number after it that no sequence has."""
    taken = set(session.scalars(select(Sequence.name).where(Sequence.name.startswith(wanted, autoescape=True))))
    numbers = (f"{wanted}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbers) if name not in taken)


def last_change(session: Session, sequence_id: uuid.UUID) -> LastChange | None:
    """Who changed anything about a sequence last."""
    found = session.execute(
        select(User.name, AuditEntry.at)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.subject == "sequence", AuditEntry.subject_id == sequence_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    ).one_or_none()
    return LastChange(*found) if found else None


def _draft(session: Session, sequence: Sequence) -> Draft:
    newest = newest_version(session, sequence.id)
    if newest is None:
        raise Conflict(f"sequence {sequence.name} has no document yet", "no_document")
    etag = _etag(newest.number, newest.document)
    return Draft(sequence, newest.number, newest.document, etag, newest.published_at is not None)


def _etag(number: int, document: Mapping[str, Any]) -> str:
    text = json.dumps([number, document], sort_keys=True, ensure_ascii=False, default=str)
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _ensure_named(document: dict[str, Any]) -> dict[str, Any]:
    name, title = document.get("name"), document.get("title")
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in RESERVED:
        raise Invalid("give a name of letters, digits, - and _", field="name", code="no_name")
    return {**document, "title": dict(title) if isinstance(title, Mapping) else {}}


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    """As the database will give it back: dates become texts. Invalid for what no database keeps."""
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, default=str)
        plain: dict[str, Any] = json.loads(text.encode())
    except (ValueError, RecursionError) as error:
        raise Invalid("this holds signs, numbers or depths that cannot be kept", "document", "unkept") from error
    return plain


def _bounded(document: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(document, ensure_ascii=False).encode()) > MOST_KILOBYTES * 1024:
        raise Invalid(f"a sequence takes {MOST_KILOBYTES} KB at most", field="document", code="too_large")
    return document


def _take_title(sequence: Sequence, document: Mapping[str, Any]) -> None:
    title = document.get("title")
    if isinstance(title, Mapping) and any(title.get(language) for language in Language):
        sequence.title = dict(title)


def _forget(session: Session, sequence: Sequence) -> None:
    """A sequence that never took anybody on leaves nothing behind but its audit."""
    if sequence.state != SequenceState.DRAFT or session.scalar(
        select(
            exists()
            .where(Enrollment.sequence_version_id == SequenceVersion.id)
            .where(SequenceVersion.sequence_id == sequence.id)
        )
    ):
        raise Conflict(f"sequence {sequence.name} has had people", "has_people")
    campaign_id = sequence.campaign_id
    session.delete(sequence)
    session.flush()
    others = exists().where(Sequence.campaign_id == campaign_id)
    session.execute(delete(Campaign).where(Campaign.id == campaign_id, ~others))


def _audit(
    session: Session, act: str, sequence: Sequence, at: datetime, by: uuid.UUID | None, detail: dict[str, Any]
) -> None:
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="sequence", subject_id=sequence.id, detail=detail))
    session.flush()
