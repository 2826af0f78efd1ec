"""Trying a channel: one message that says it is a test, sent at once and kept nowhere."""

from collections.abc import Mapping

from abm.channels.posts import CHATS, read_posted, webhook
from abm.channels.told import Target
from abm.channels.wording import FACTS
from abm.clock import host_time, rfc3339
from abm.config import Settings
from abm.connectors.chat.note import Note
from abm.connectors.posting import Posted, post
from abm.words import ChannelKind, Language

JA, EN = Language.JAPANESE, Language.ENGLISH
WORDS: Mapping[str, Mapping[str, str]] = {
    "headline": {JA: "テスト：タスクの通知が届きます", EN: "Test: tasks will be told here"},
    "subject": {JA: "ABM", EN: "ABM"},
    "line": {JA: "この設定で通知を受け取れます。", EN: "This channel works."},
}


def try_channel(target: Target, settings: Settings) -> Posted:
    """Send a test there and say what became of it."""
    now = host_time()
    if target.kind is ChannelKind.WEBHOOK:
        said = {"type": "test", "timestamp": rfc3339(now), "data": {}}
        parcel = webhook(target, f"test-{now.timestamp():.0f}", said, now)
    else:
        parcel = CHATS[target.kind].make_message(target.url, _note(target.language, settings))
    return read_posted(target, post(parcel, allow_private=settings.allow_private_targets))


def _note(language: Language, settings: Settings) -> Note:
    said = {name: words[language] for name, words in WORDS.items()}
    link = f"{settings.public_url}/tasks"
    return Note(said["headline"], said["subject"], (), [said["line"]], link, FACTS["link"][language])
