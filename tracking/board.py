"""What the doors must know besides links: forms, which files ask for one, where webinars are joined, and whose
opened mails are no longer counted. Small, read whole when it changed, and kept on disk for when PostgreSQL is away.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.whole import write_whole
from abm.words import FormField, FormKind, Language
from tracking.links import FileFacts, safe_url

_TOLD = text(
    """
    select jsonb_build_object(
        'forms', (
            select coalesce(jsonb_object_agg(key, jsonb_build_object(
                'kind', kind, 'title', title, 'intro', intro, 'fields', fields,
                'consent', consent, 'version', consent_version)), '{}')
            from forms where closed_at is null),
        'gates', (
            select coalesce(jsonb_object_agg(a.id, f.key), '{}')
            from assets a join forms f on f.id = a.form_id and f.closed_at is null),
        'webinars', (select coalesce(jsonb_object_agg(id, join_url), '{}') from webinars where join_url is not null))
    """
)
# Only who once allowed it has pictures in old mails; whoever took that back since is meant.
_WITHDRAWN_MARK = text("select count(*), max(at) from consents where purpose = 'open_tracking'")
_WITHDRAWN = text(
    """
    select encode(m.key, 'hex') from messages m
    join (
        select distinct on (contact_id) contact_id, granted from consents
        where purpose = 'open_tracking' order by contact_id, at desc, granted
    ) said on said.contact_id = m.contact_id and not said.granted
    """
)

# Looking for what was taken back goes through all that was said of it: where that takes long, it rests so many times
# as long, less the second that passes between two rounds anyway.
REST, BETWEEN = 20, 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FormFacts:
    """A form as its page shows it."""

    key: str
    kind: FormKind
    title: Mapping[str, str]
    intro: Mapping[str, str]
    fields: tuple[tuple[FormField, bool], ...]
    consent: Mapping[str, str]
    version: int

    def text(self, texts: Mapping[str, str], language: Language) -> str:
        """A text of the form in this language, or in the other when it has only that."""
        return texts.get(language) or next((one for one in texts.values() if one), "")


class Board:
    """The present state of what changes now and then."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told: dict[str, Any] = {}
        self._mark: Sequence[Any] | None = None
        self._look_at = 0.0
        self._forms: dict[str, FormFacts] = {}
        self.withdrawn: frozenset[bytes] = frozenset()
        self._learn(_read(file))

    def form(self, key: str) -> FormFacts | None:
        """The open form behind a key."""
        return self._forms.get(key)

    def gate(self, file: FileFacts) -> FormFacts | None:
        """The form that stands before a file, if any."""
        return self._forms.get(self._told.get("gates", {}).get(file.asset_id, ""))

    def join_url(self, webinar_id: str) -> str:
        """Where a webinar is joined; empty while nobody has said."""
        return safe_url(str(self._told.get("webinars", {}).get(webinar_id, "")))

    def refresh(self, session: Session) -> None:
        """Read what changed."""
        told = dict(session.scalar(_TOLD) or {})
        told["withdrawn"], mark = self._withdrawn(session)
        if told != self._told:
            self._learn(told)
            self._keep()
        self._mark = mark

    def _withdrawn(self, session: Session) -> tuple[list[str], Sequence[Any] | None]:
        """Whose old mails count no opens, and by what it is seen that this changed."""
        known, began = self._told.get("withdrawn", []), time.monotonic()
        if began < self._look_at:
            return known, self._mark
        mark = tuple(session.execute(_WITHDRAWN_MARK).one())
        if mark != self._mark:
            known = sorted(session.scalars(_WITHDRAWN))
        ended = time.monotonic()
        self._look_at = ended + REST * (ended - began) - BETWEEN
        return known, mark

    def _learn(self, told: dict[str, Any]) -> None:
        self._told = told
        self._forms = {key: _form(key, one) for key, one in told.get("forms", {}).items()}
        self.withdrawn = frozenset(bytes.fromhex(key) for key in told.get("withdrawn", ()))

    def _keep(self) -> None:
        try:
            write_whole(self._file, json.dumps(self._told, ensure_ascii=False).encode())
        except OSError as error:
            log.error("board_not_kept", path=str(self._file), error=error.strerror)


def _form(key: str, told: Mapping[str, Any]) -> FormFacts:
    fields = tuple((FormField(one["name"]), bool(one.get("required"))) for one in told["fields"])
    return FormFacts(
        key, FormKind(told["kind"]), told["title"], told["intro"], fields, told["consent"], told["version"]
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_bytes())
        return told if isinstance(told, dict) else {}
    except (OSError, ValueError):
        return {}
