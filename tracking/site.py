"""What marketers set for our own site: pages that say more than others, forms, and files that ask who wants them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.errors import Invalid, NotFound
from abm.models import Asset, AuditEntry, Form, PageRule
from abm.words import FormField, FormKind, Language, PageKind

LONGEST_PATTERN, LONGEST_TEXT = 300, 2_000


@dataclass(frozen=True)
class FormDraft:
    """A form as its page holds it: each field asked for, and whether it must be filled in."""

    title: Mapping[str, str]
    intro: Mapping[str, str]
    consent: Mapping[str, str]
    fields: Mapping[FormField, bool]


def list_page_rules(session: Session) -> Sequence[PageRule]:
    """Every rule, in the order of its pattern."""
    return session.scalars(select(PageRule).order_by(PageRule.pattern)).all()


def keep_page_rule(
    session: Session, pattern: str, kind: PageKind, topics: Sequence[str], *, by: uuid.UUID, at: datetime
) -> None:
    """Make pages of this pattern key or careers pages from now on; Invalid when it is no path."""
    pattern = pattern.strip()
    if not pattern.startswith(("/", "*")) or len(pattern) > LONGEST_PATTERN or not pattern.isprintable():
        raise Invalid("a pattern is a path, for example /price*", "pattern", "pattern_unreadable")
    row = insert(PageRule).values(pattern=pattern, kind=kind, topics=list(topics))
    changed = {"kind": row.excluded.kind, "topics": row.excluded.topics}
    session.execute(row.on_conflict_do_update(index_elements=["pattern"], set_=changed))
    _tell(session, "page_rule.kept", None, {"pattern": pattern, "kind": kind, "topics": list(topics)}, by, at)


def drop_page_rule(session: Session, rule_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Make these pages ordinary ones from now on; that they already are is fine."""
    pattern = session.scalar(delete(PageRule).where(PageRule.id == rule_id).returning(PageRule.pattern))
    if pattern:
        _tell(session, "page_rule.dropped", None, {"pattern": pattern}, by, at)


def list_forms(session: Session) -> Sequence[Form]:
    """Every form, in the order of its key."""
    return session.scalars(select(Form).order_by(Form.key)).all()


def get_form(session: Session, form_id: uuid.UUID) -> Form:
    """The form; NotFound when there is none."""
    form = session.get(Form, form_id)
    if form is None:
        raise NotFound("no such form")
    return form


def change_form(session: Session, form_id: uuid.UUID, draft: FormDraft, *, by: uuid.UUID, at: datetime) -> Form:
    """Make the form what the draft says; another text of consent is another version of it."""
    form = session.get(Form, form_id, with_for_update=True)
    if form is None:
        raise NotFound("no such form")
    _check(form, draft)
    asked = [{"name": name.value, "required": draft.fields[name]} for name in FormField if name in draft.fields]
    if dict(draft.consent) != form.consent:
        form.consent_version += 1
    form.title, form.intro, form.consent, form.fields = dict(draft.title), dict(draft.intro), dict(draft.consent), asked
    _tell(session, "form.changed", form.id, {"key": form.key, "consent_version": form.consent_version}, by, at)
    return form


def set_gate(session: Session, asset_id: uuid.UUID, form_id: uuid.UUID | None, *, by: uuid.UUID, at: datetime) -> None:
    """Have a file ask who wants it, or hand it out to everybody again."""
    asset = session.get(Asset, asset_id, with_for_update=True)
    if asset is None:
        raise NotFound("no such file")
    if form_id is not None and get_form(session, form_id).kind != FormKind.DOWNLOAD:
        raise Invalid("choose a form for downloads", "form_id", "unknown")
    asset.form_id = form_id
    _tell(session, "asset.gate_set", asset.id, {"form": str(form_id) if form_id else None}, by, at)


def list_files(session: Session) -> Sequence[Any]:
    """Name, title and form of every file."""
    return session.execute(select(Asset.id, Asset.name, Asset.title, Asset.form_id).order_by(Asset.name)).all()


def _check(form: Form, draft: FormDraft) -> None:
    for name, texts in (("title", draft.title), ("consent", draft.consent)):
        for language in Language:
            if not texts.get(language, "").strip():
                raise Invalid("give the text in both languages", f"{name}_{language}", "required")
            if len(texts[language]) > LONGEST_TEXT:
                raise Invalid("this text is too long", f"{name}_{language}", "too_long")
    # Nobody could be answered otherwise.
    if form.kind != FormKind.DOWNLOAD and not draft.fields.get(FormField.MAIL):
        raise Invalid("a question needs an address to answer to", "mail", "required")


def _tell(session: Session, act: str, subject_id: uuid.UUID | None, detail: Any, by: uuid.UUID, at: datetime) -> None:
    subject = act.partition(".")[0]
    session.add(AuditEntry(at=at, user_id=by, act=act, subject=subject, subject_id=subject_id, detail=detail))
