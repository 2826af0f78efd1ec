"""Where links lead, in memory and on disk, so that people arrive while PostgreSQL is away."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from urllib.parse import quote

import structlog
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from abm.whole import write_whole
from abm.words import LinkKind

# Numbers are given before their rows are committed, so the newest are read again; who comes later still is looked up.
OVERLAP = 200
UUID_LENGTH = 36
_COLUMNS = """
    select l.number, l.key, l.kind, l.url, a.id as asset_id, a.id::text || '-' || a.xmin::text as version,
           a.filename, a.content_type, coalesce(l.webinar_id::text, '') as webinar
    from links l left join assets a on a.id = l.asset_id
"""
_CONTENTS = text("select id, content from assets where id = any(:ids)")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file to hand out; `version` changes with its content and names it on disk."""

    version: str
    filename: str
    content_type: str

    @property
    def asset_id(self) -> str:
        """The file's id; the rest of the version says which of its contents."""
        return self.version[:UUID_LENGTH]


@dataclass(frozen=True, slots=True)
class Link:
    """Where one link leads."""

    number: int
    kind: LinkKind
    url: str
    file: FileFacts | None
    webinar: str = ""


class LinkTable:
    """Every link of the installation; filled from disk at once and from the database by `refresh`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "links.jsonl"
        self._links: dict[bytes, Link] = dict(_read_lines(self._file))
        self._highest = 0

    def find(self, key: bytes) -> Link | None:
        """The link behind a key, as far as this host knows."""
        return self._links.get(key)

    def content(self, file: FileFacts) -> bytes | None:
        """What the recipient came for, or None while this host does not have it."""
        try:
            return self._place(file.version).read_bytes()
        except OSError:
            return None

    def refresh(self, session: Session) -> None:
        """Learn the links that appeared since the last time."""
        since = {"since": max(0, self._highest - OVERLAP)}
        found = self._learn(session, session.execute(text(f"{_COLUMNS} where l.number > :since"), since))
        self._highest = max((link.number for link in found), default=self._highest)

    def refresh_one(self, session: Session, key: bytes) -> Link | None:
        """Look this link up now: a mail may be opened before the next refresh."""
        self._learn(session, session.execute(text(f"{_COLUMNS} where l.key = :key"), {"key": key}))
        return self.find(key)

    def _learn(self, session: Session, rows: Iterable[Row[tuple[object, ...]]]) -> list[Link]:
        found = {bytes(row.key): (_link(row), row.asset_id) for row in rows}
        fresh = {key: link for key, (link, _) in found.items() if self._links.get(key) != link}
        self._fetch(session, {asset_id: link.file for link, asset_id in found.values() if link.file})
        if fresh:
            self._links.update(fresh)
            self._keep(self._file, b"".join(_line(key, link) for key, link in list(self._links.items())))
        return [link for link, _ in found.values()]

    def _fetch(self, session: Session, files: Mapping[object, FileFacts]) -> None:
        """Bring here what is missing of these files, one content in memory at a time."""
        missing = {id_: place for id_, file in files.items() if not (place := self._place(file.version)).exists()}
        if missing:
            for row in session.execute(_CONTENTS, {"ids": list(missing)}, execution_options={"yield_per": 1}):
                self._keep(missing[row.id], bytes(row.content))

    def _keep(self, path: Path, content: bytes) -> None:
        try:
            write_whole(path, content)
        except OSError as error:
            log.error("links_not_kept", path=str(path), error=error.strerror)

    def _place(self, version: str) -> Path:
        return self._folder / "files" / version


def safe_url(url: str) -> str:
    """The destination as a header may carry it; empty when it is no web address."""
    if not url.lower().startswith(("http://", "https://")):
        return ""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~-._")


def _link(row: Row[tuple[object, ...]]) -> Link:
    file = FileFacts(row.version, row.filename, row.content_type) if row.asset_id else None
    return Link(row.number, LinkKind(row.kind), safe_url(row.url), file, row.webinar)


def _line(key: bytes, link: Link) -> bytes:
    return json.dumps([key.hex(), *astuple(link)], ensure_ascii=False).encode() + b"\n"


def _read_lines(file: Path) -> Iterator[tuple[bytes, Link]]:
    """What an earlier process knew; an unreadable line is forgotten, the database has it."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            # Lines of an older release end before the webinar.
            key, number, kind, url, facts, *rest = json.loads(line)
            yield bytes.fromhex(key), Link(number, LinkKind(kind), url, FileFacts(*facts) if facts else None, *rest)
        except (ValueError, TypeError):
            log.warning("link_line_unreadable", file=str(file))
