"""Microsoft Teams: an Adaptive Card by a webhook of Workflows (Power Automate)."""

# Documents: support.microsoft.com "Create incoming webhooks with Workflows for Microsoft Teams",
# learn.microsoft.com "Create and send messages" (Teams, webhooks and connectors: the envelope with attachments, the
# limit of 28 KB) and adaptivecards.io/explorer (TextBlock, FactSet, Action.OpenUrl).

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from abm.connectors.chat.note import Note, cut
from abm.connectors.mail.smtp import Fate
from abm.connectors.posting import Parcel, Posted
from abm.words import DeliveryReason

# Flows answer under these; office.com is the connector that Microsoft is retiring, and still answers for some.
HOSTS = (".logic.azure.com", ".api.powerplatform.com", ".powerautomate.com", ".webhook.office.com")
LONGEST_HEADLINE = 200
LONGEST_LINE = 1_000
VERSION = "1.4"
CARD = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
# What a TextBlock reads as markup.
MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~<>-])")


def accepts(url: str) -> bool:
    """Whether this is the address of a flow that posts to Teams."""
    host = urlsplit(url).hostname or ""
    return host.endswith(HOSTS)


def make_message(url: str, note: Note) -> Parcel:
    """The post that shows this note."""
    card = {"contentType": CARD, "contentUrl": None, "content": _card(note)}
    message = {"type": "message", "attachments": [card]}
    return Parcel(url, {"Content-Type": "application/json"}, json.dumps(message, ensure_ascii=False).encode())


def read_answer(posted: Posted) -> Posted:
    """What became of the message: a flow that was deleted or switched off answers 400 or 404 from then on."""
    if posted.fate is Fate.ACCEPTED or posted.status is None:
        return posted
    said = posted.said.decode("utf-8", "replace")
    if posted.status == 404 or "WorkflowTriggerIsNotEnabled" in said or "WorkflowNotFound" in said:
        return Posted(Fate.REFUSED, DeliveryReason.GONE, posted.status)
    if posted.status in (400, 401, 403, 413):
        return Posted(Fate.REFUSED, DeliveryReason.REFUSED, posted.status)
    return posted


def _card(note: Note) -> Mapping[str, Any]:
    facts = [{"title": _safe(name), "value": _safe(value)} for name, value in note.facts]
    body: list[Mapping[str, Any]] = [
        _text(note.headline, LONGEST_HEADLINE, size="Medium", weight="Bolder"),
        _text(note.subject, LONGEST_HEADLINE, weight="Bolder", spacing="None"),
        *(_text(line, LONGEST_LINE, spacing="Small") for line in note.lines),
        *([{"type": "FactSet", "facts": facts}] if facts else []),
    ]
    action = {"type": "Action.OpenUrl", "title": cut(note.link_title, 75), "url": note.link}
    return {"$schema": SCHEMA, "type": "AdaptiveCard", "version": VERSION, "body": body, "actions": [action]}


def _text(text: str, longest: int, **looks: str) -> Mapping[str, Any]:
    return {"type": "TextBlock", "text": _safe(cut(text, longest)), "wrap": True, **looks}


def _safe(text: str) -> str:
    """Nothing in a name may become markup."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))
