"""Which sequences send a mail, and with which of its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from abm.models import Mail, MailTemplate, Sequence, SequenceVersion
from abm.words import StepKind
from campaigns.newest import published_versions


@dataclass(frozen=True)
class Use:
    """One sequence that sends a mail; `numbers` are the versions its newest publishing took up, by language."""

    sequence: str
    title: Mapping[str, Any]
    state: str
    numbers: Mapping[str, int]


def list_uses(session: Session) -> dict[str, list[Use]]:
    """The sequences of each mail, by the mail's name."""
    newest = (
        select(SequenceVersion)
        .ext(distinct_on(SequenceVersion.sequence_id))
        .order_by(SequenceVersion.sequence_id, SequenceVersion.number.desc())
        .subquery()
    )
    rows = session.execute(
        select(Sequence.id, Sequence.name, Sequence.title, Sequence.state, newest.c.document)
        .join(newest, newest.c.sequence_id == Sequence.id)
        .order_by(Sequence.name)
    ).all()
    taken = _numbers(session)
    uses: dict[str, list[Use]] = {}
    for sequence_id, name, title, state, document in rows:
        for mail in _mails(document):
            uses.setdefault(mail, []).append(Use(name, title, state, taken.get((sequence_id, mail), {})))
    return uses


def _mails(document: Mapping[str, Any]) -> list[str]:
    """Every mail a document names, those sent instead too."""
    steps = [step for step in document.get("steps") or [] if step.get("kind") == StepKind.MAIL]
    named = [step[key] for step in steps for key in ("mail", "swap") if step.get(key)]
    return list(dict.fromkeys(named))


def _numbers(session: Session) -> dict[tuple[Any, str], dict[str, int]]:
    """The versions of mails in each sequence's newest published version; 0 is the library's."""
    published = published_versions().with_only_columns(SequenceVersion.id, SequenceVersion.sequence_id).subquery()
    rows = session.execute(
        select(published.c.sequence_id, Mail.name, Mail.language, MailTemplate.number)
        .join(published, published.c.id == Mail.sequence_version_id)
        .outerjoin(MailTemplate, MailTemplate.id == Mail.template_id)
    )
    found: dict[tuple[Any, str], dict[str, int]] = {}
    for sequence_id, name, language, number in rows:
        found.setdefault((sequence_id, name), {})[language] = number or 0
    return found
