"""Slack: a message by an incoming webhook, in Block Kit."""

# Documents: api.slack.com/messaging/webhooks ("Sending messages using incoming webhooks", "Handling errors"),
# api.slack.com/reference/block-kit/blocks (sizes of header, section, fields, actions) and
# api.slack.com/reference/surfaces/formatting ("Escaping text").

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from abm.connectors.chat.note import Note, cut
from abm.connectors.mail.smtp import Fate
from abm.connectors.posting import Parcel, Posted
from abm.words import DeliveryReason

HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
LONGEST_HEADER = 150
LONGEST_FIELD = 2_000
LONGEST_TEXT = 3_000
MOST_FIELDS = 10

# What Slack says beside its status: these come back for good, whatever we send.
GONE = frozenset(("no_service", "no_service_id", "channel_not_found", "channel_is_archived", "no_team"))
NEVER = frozenset(("invalid_payload", "invalid_token", "action_prohibited", "no_text", "too_many_attachments"))


def accepts(url: str) -> bool:
    """Whether this is the address of an incoming webhook of Slack."""
    parts = urlsplit(url)
    return parts.hostname in HOSTS and parts.path.startswith(("/services/", "/workflows/", "/triggers/"))


def make_message(url: str, note: Note) -> Parcel:
    """The post that shows this note."""
    message = {"text": cut(f"{_safe(note.headline)}: {_safe(note.subject)}", LONGEST_TEXT), "blocks": _blocks(note)}
    return Parcel(url, {"Content-Type": "application/json"}, json.dumps(message, ensure_ascii=False).encode())


def read_answer(posted: Posted) -> Posted:
    """What became of the message, as Slack tells it."""
    said = posted.said.decode("utf-8", "replace").strip()
    if posted.fate is Fate.ACCEPTED or posted.status is None:
        return posted
    if said in GONE:
        return Posted(Fate.REFUSED, DeliveryReason.GONE, posted.status)
    if said in NEVER:
        return Posted(Fate.REFUSED, DeliveryReason.REFUSED, posted.status)
    return posted


def _blocks(note: Note) -> list[Mapping[str, Any]]:
    blocks: list[Mapping[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": cut(note.headline, LONGEST_HEADER), "emoji": False}},
        _section(f"*<{note.link}|{_safe(note.subject)}>*"),
    ]
    if note.lines:
        blocks.append(_section("\n".join(f"• {_safe(line)}" for line in note.lines)))
    if note.facts:
        fields = [_markdown(f"*{_safe(name)}*\n{_safe(value)}", LONGEST_FIELD) for name, value in note.facts]
        blocks.append({"type": "section", "fields": fields[:MOST_FIELDS]})
    button = {"type": "button", "text": {"type": "plain_text", "text": cut(note.link_title, 75)}, "url": note.link}
    return [*blocks, {"type": "actions", "elements": [{**button, "style": "primary"}]}]


def _section(text: str) -> Mapping[str, Any]:
    return {"type": "section", "text": _markdown(text, LONGEST_TEXT)}


def _markdown(text: str, longest: int) -> Mapping[str, str]:
    return {"type": "mrkdwn", "text": text[:longest]}


def _safe(text: str) -> str:
    """As Slack wants it: nothing in a name may become a link or call a whole channel."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
