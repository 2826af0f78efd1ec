"""The mails of a draft and the files they offer: what is missing is told, what the library has is taken in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from abm.words import FlawCode, StepKind
from campaigns.compile import ASSET
from campaigns.editing import steps_of
from campaigns.flaws import Flaw
from campaigns.library import library_names, read_document
from campaigns.mail_checks import PLACES
from campaigns.mail_templates import find_published

OFFERED = re.compile(re.escape(ASSET) + r"([\w-]+)")


def unknown_mails(session: Session, document: Mapping[str, Any]) -> list[Flaw]:
    """Mails that no sequence can send: never written, or never published."""
    problem = "it is not published"
    return [
        Flaw(place, FlawCode.NO_SUCH_MAIL, {"given": name, "problem": problem})
        for place, name in _named(document)
        if not find_published(session, name)
    ]


def take_in_assets(session: Session, document: dict[str, Any]) -> dict[str, Any]:
    """The document with what the library says of files that its mails offer and it does not name itself."""
    given = document.get("assets")
    assets = [one for one in (given if isinstance(given, list) else ()) if isinstance(one, Mapping)]
    offered = {name for _place, mail in _named(document) for name in _offered(session, mail)}
    missing = offered - {one.get("name") for one in assets}
    ready = {one["name"]: one for name in library_names() for one in read_document(name).get("assets") or ()}
    found = [dict(ready[name]) for name in sorted(missing) if name in ready]
    return {**document, "assets": [*assets, *found]} if found else document


def _named(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every mail the steps name, with its place."""
    for step in steps_of(document):
        if step["kind"] == StepKind.MAIL:
            yield from (
                (f"steps.{step['key']}.{name}", step[name]) for name in PLACES if isinstance(step.get(name), str)
            )


def _offered(session: Session, mail: str) -> set[str]:
    texts = (written.text for written in find_published(session, mail).values())
    return {name for text in texts for name in OFFERED.findall(f"{text.body} {text.text}")}
