"""The stream of hits, newest first, with who stood behind each and why it is judged as it is."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.words import HitKind, Verdict

LENGTH = 50
# A page of the stream reaches back this far: a rare kind is not looked for through years of hits.
REACH = timedelta(days=90)

_STREAM = text(
    """
    select h.id, h.kind, h.at, h.verdict, h.reasons, h.set_aside, h.detail ->> 'title' as page,
           c.id as contact_id, c.full_name as contact, a.id as account_id, a.name as account,
           coalesce(l.label, to_jsonb(f.title) ->> :language, f.filename) as content, nullif(l.url, '') as url,
           s.name as sequence, s.title as sequence_title
    from hits h
    left join messages m on m.key = h.message_key
    left join contacts c on c.id = coalesce(h.contact_id, m.contact_id) and c.erased_at is null
    left join accounts a on a.id = c.account_id
    left join links l on l.key = h.link_key
    left join assets f on f.id = l.asset_id
    left join mails on mails.id = m.mail_id
    left join sequence_versions v on v.id = mails.sequence_version_id
    left join sequences s on s.id = v.sequence_id
    where h.at <= :until and h.at > :since
      and (cast(:kind as text) is null or h.kind = :kind) and (cast(:verdict as text) is null or h.verdict = :verdict)
    order by h.at desc, h.id desc limit :length
    """
)


@dataclass(frozen=True)
class StreamRow:
    """One hit as people read it; `set_aside` says why it became no event."""

    id: uuid.UUID
    kind: HitKind
    at: datetime
    verdict: Verdict
    reasons: Sequence[str]
    set_aside: str | None
    page: str | None
    contact_id: uuid.UUID | None
    contact: str | None
    account_id: uuid.UUID | None
    account: str | None
    content: str | None
    url: str | None
    sequence: str | None
    sequence_title: Mapping[str, Any] | None


def list_stream(
    session: Session, until: datetime, *, kind: HitKind | None, verdict: Verdict | None, language: str
) -> tuple[StreamRow, ...]:
    """The newest hits up to a moment, at most LENGTH of them."""
    values = {
        "until": until,
        "since": until - REACH,
        "kind": kind,
        "verdict": verdict,
        "language": language,
        "length": LENGTH,
    }
    return tuple(StreamRow(**row) for row in session.execute(_STREAM, values).mappings())
