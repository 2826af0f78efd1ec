"""Links of mails and files behind them: what they are about, and who followed them, people and machines apart."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.reports.paging import PAGE_LENGTH, Page, page_within

_ROWS = """
    select l.number, l.kind, l.label, nullif(l.url, '') as url, l.topics, l.product, l.asset_id,
           coalesce(to_jsonb(f.title) ->> :language, f.filename) as file, mails.name as mail, mails.language,
           s.name as sequence, s.title as sequence_title, w.title as webinar,
           coalesce(h.people, 0) as people, coalesce(h.machines, 0) as machines, h.newest
    from shown l
    left join assets f on f.id = l.asset_id
    left join webinars w on w.id = l.webinar_id
    left join mails on mails.id = l.mail_id
    left join sequence_versions v on v.id = mails.sequence_version_id
    left join sequences s on s.id = v.sequence_id
    left join lateral (
        select count(*) filter (where verdict in ('proven', 'likely')) as people,
               count(*) filter (where verdict = 'machine') as machines, max(at) as newest
        from hits where link_key = l.key
    ) h on true
    order by l.number desc
"""
# The honeypots of mails lead nobody anywhere.
_FITS = """
    kind <> 'honeypot' and (:like = '' or label ilike :like or url ilike :like or product ilike :like
        or exists (select from unnest(topics) as t (topic) where topic ilike :like))
"""
_COUNT = text(f"select count(*) from links where {_FITS}")  # noqa: S608 only our own words are put in
_LINKS = text(
    f"with shown as (select * from links where {_FITS} order by number desc limit :length offset :start) {_ROWS}"  # noqa: S608
)
_LINK = text(f"with shown as (select * from links where number = :number) {_ROWS}")  # noqa: S608
_FILES = text(
    """
    select f.id, f.filename, f.title, f.topics, f.product, f.is_premium, f.form_id is not null as has_form,
           octet_length(f.content) as size, count(h.verdict) filter (where h.verdict in ('proven', 'likely')) as people,
           count(h.verdict) filter (where h.verdict = 'machine') as machines, max(h.at) as newest
    from assets f
    left join links l on l.asset_id = f.id
    left join hits h on h.link_key = l.key
    where cast(:id as uuid) is null or f.id = :id
    group by f.id order by f.filename
    """
)


@dataclass(frozen=True)
class LinkRow:
    """One link of a mail; `people` counts proven and likely hits."""

    number: int
    kind: str
    label: str | None
    url: str | None
    topics: Sequence[str]
    product: str | None
    asset_id: uuid.UUID | None
    file: str | None
    mail: str | None
    language: str | None
    sequence: str | None
    sequence_title: Mapping[str, Any] | None
    webinar: str | None
    people: int
    machines: int
    newest: datetime | None


@dataclass(frozen=True)
class FileRow:
    """One file that recipients download; `size` in bytes."""

    id: uuid.UUID
    filename: str
    title: Mapping[str, Any]
    topics: Sequence[str]
    product: str | None
    is_premium: bool
    has_form: bool
    size: int
    people: int
    machines: int
    newest: datetime | None


def list_links(session: Session, search: str, page: int, language: str, length: int = PAGE_LENGTH) -> Page[LinkRow]:
    """One page of the links that fit, newest first."""
    like = f"%{_literally(search.strip())}%" if search.strip() else ""
    total = session.scalar(_COUNT, {"like": like}) or 0
    number = page_within(page, total, length)
    values = {"like": like, "length": length, "start": (number - 1) * length, "language": language}
    rows = session.execute(_LINKS, values).mappings()
    return Page(tuple(LinkRow(**row) for row in rows), total, number, length)


def read_link(session: Session, number: int, language: str) -> LinkRow:
    """One link, or NotFound."""
    row = session.execute(_LINK, {"number": number, "language": language}).mappings().one_or_none()
    if row is None:
        raise NotFound("no such link")
    return LinkRow(**row)


def list_files(session: Session) -> tuple[FileRow, ...]:
    """Every file by name."""
    return tuple(FileRow(**row) for row in session.execute(_FILES, {"id": None}).mappings())


def read_file(session: Session, file_id: uuid.UUID) -> FileRow:
    """One file, or NotFound."""
    row = session.execute(_FILES, {"id": file_id}).mappings().one_or_none()
    if row is None:
        raise NotFound("no such file")
    return FileRow(**row)


def _literally(search: str) -> str:
    return search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
