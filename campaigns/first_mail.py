"""The first mail of a sequence, also while nothing of it is published: what it is about, and for whom."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.conditions.fields import NO_CUSTOM_RULES
from abm.errors import Invalid
from abm.guard.guard import USUAL_PRIORITY, MailAbout
from abm.models import Asset
from abm.words import Language, LinkKind, StepKind
from campaigns.compile import ASSET
from campaigns.document import list_assets
from campaigns.gathering import addressed, read_members
from campaigns.mails import compile_mails
from campaigns.newest import newest_document
from campaigns.reading import read_steps
from campaigns.steps import MailStep
from campaigns.ways import start_of, targets


def about_first_mail(session: Session, name: str) -> MailAbout:
    """What the first mail that the newest document of this sequence leads to is about; nothing where it has none."""
    document = newest_document(session, name)
    step = next(_mail_steps(document), None)
    if step is None:
        return MailAbout()
    # A mail that cannot be made is told when the sequence is published.
    with suppress(Invalid):
        about = _about(session, step["mail"], step, document)
        swap = _about(session, step["swap"], {}, document) if step.get("swap") else None
        return replace(about, priority=document.get("priority") or USUAL_PRIORITY, swap=swap)
    return MailAbout()


def people_of_first_mail(
    session: Session, document: Mapping[str, Any], account_ids: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Whom of these accounts, that are the subject themselves, the first mail of a sound document is for."""
    first = next(_mail_steps(document), None)
    step = read_steps([first], NO_CUSTOM_RULES)[first["key"]] if first else None
    if not isinstance(step, MailStep) or step.to is None:
        return []
    members = read_members(session, account_ids)
    return [to.contact_id for one in account_ids for to in addressed(step, one, members)[: step.to.most]]


def _mail_steps(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The mail steps, the nearest to the start first."""
    steps = {step["key"]: step for step in document["steps"]}
    ahead, seen = [start_of(document)], set[str]()
    while ahead:
        key = ahead.pop(0)
        if key in steps and key not in seen:
            seen.add(key)
            ahead += targets(steps[key])
            if steps[key]["kind"] == StepKind.MAIL:
                yield steps[key]


def _about(session: Session, mail: str, step: Mapping[str, Any], document: Mapping[str, Any]) -> MailAbout:
    compiled = compile_mails(session, mail)[0]
    links = compiled.compiled.links
    said = [compiled.about[link.url] for link in links if link.url in compiled.about]
    files = {link.url.removeprefix(ASSET) for link in links if link.kind is LinkKind.FILE}
    offered = [asset for asset in list_assets(document) if asset["name"] in files]
    named = [*(one.topics for one in said), *(one.get("topics", ()) for one in offered)]
    products = [*(one.product for one in said), *(one.get("product") for one in offered)]
    return MailAbout(
        topics=frozenset(topic for topics in (*named, *(step.get("topics") or {}).values()) for topic in topics),
        products=frozenset(product for product in products if product),
        assets=_known_files(session, files, compiled.language),
    )


def _known_files(session: Session, names: set[str], language: Language) -> frozenset[uuid.UUID]:
    """Files that were published before: nobody can have received another."""
    return frozenset(session.scalars(select(Asset.id).where(Asset.name.in_(f"{name}/{language}" for name in names))))
