"""Why a person got a mail: by which sequence, on what basis, and how we know of them; in one question."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.words import ConsentBasis, Language

_WHY = text(
    """
    select s.title ->> :language as title, given.basis, given.at
    from messages m
    join enrollments e on e.id = m.enrollment_id
    join sequence_versions v on v.id = e.sequence_version_id
    join sequences s on s.id = v.sequence_id
    join contacts c on c.id = m.contact_id and c.erased_at is null
    left join lateral (
        select basis, at from consents
        where contact_id = c.id and purpose = 'mail' and granted and basis is not null
        order by at desc, id desc limit 1
    ) given on true
    where m.key = :key
    """
)


@dataclass(frozen=True)
class Why:
    """What a recipient may know of why we wrote; a campaign's name is for our own people."""

    title: str
    basis: ConsentBasis | None
    since: datetime | None


def why_written(session: Session, message_key: bytes, language: Language) -> Why | None:
    """The true reason for a message; None when it or its recipient is gone."""
    row = session.execute(_WHY, {"key": message_key, "language": language}).one_or_none()
    if row is None:
        return None
    return Why(row.title or "", ConsentBasis(row.basis) if row.basis else None, row.at)
