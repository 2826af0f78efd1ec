"""Posts to channels: a signed webhook with the task as data, or a chat message, each made anew for every try."""

import json
from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from sqlalchemy.orm import Session

from abm.channels.told import StepTold, Target, Told
from abm.channels.wording import FACTS, say_facts, say_headline, say_subject
from abm.clock import rfc3339
from abm.config import Settings
from abm.connectors.chat import slack, teams
from abm.connectors.chat.note import Note
from abm.connectors.posting import Parcel, Posted
from abm.connectors.standard import sign
from abm.handoff.tasks import show_task
from abm.handoff.wording import say_title, say_why
from abm.words import ChannelKind

CHATS: Mapping[ChannelKind, ModuleType] = {ChannelKind.SLACK: slack, ChannelKind.TEAMS: teams}
AGENT = "abm-webhooks/1"


def make_post(session: Session, told: Told, target: Target, settings: Settings, now: datetime) -> Parcel:
    """What is posted to this channel; `now` is the real time, for signatures are judged by clocks."""
    if target.kind is ChannelKind.WEBHOOK:
        return webhook(target, str(told.id), payload(session, told, target, settings), now)
    note = make_note(told, target, settings)
    parcel: Parcel = CHATS[target.kind].make_message(target.url, note)
    return parcel


def make_step_post(told: StepTold, settings: Settings, now: datetime) -> Parcel:
    """What is posted because a step of a sequence says so."""
    target = told.target
    if target.kind is ChannelKind.WEBHOOK:
        said = {"type": "sequence.step", "timestamp": rfc3339(told.created_at), "data": told.said}
        return webhook(target, str(told.id), said, now)
    parcel: Parcel = CHATS[target.kind].make_message(target.url, _step_note(told, settings))
    return parcel


def _step_note(told: StepTold, settings: Settings) -> Note:
    """What a chat says of a step: its words, and whom it is about."""
    said, language = told.said, told.target.language
    account, contact = said["account"], said.get("contact")
    return Note(
        headline=say_title(said["text"], language) or say_title(said["sequence"]["title"], language),
        subject=account["name"],
        facts=[],
        lines=[contact["name"]] if contact else [],
        link=f"{settings.public_url}/accounts/{account['id']}",
        link_title=FACTS["account_link"][language],
    )


def webhook(target: Target, id_: str, said: Mapping[str, Any], now: datetime) -> Parcel:
    """A post by the specification of Standard Webhooks."""
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "User-Agent": AGENT, **sign(id_, now, body, target.secrets)}
    return Parcel(target.url, headers, body)


def payload(session: Session, told: Told, target: Target, settings: Settings) -> Mapping[str, Any]:
    """The event: what happened, and the task as `abm tasks` shows it now."""
    task = show_task(session, told.task_id, target.language, settings.zone)
    change = {
        "id": str(told.change_id),
        "at": rfc3339(told.happened_at),
        "old": told.old,
        "new": told.new,
        "code": told.code,
        "by": told.by,
    }
    link = f"{settings.public_url}/tasks/{told.task_id}"
    data = {"change": change, "task": {**task, "url": link}}
    return {"type": f"task.{told.event}", "timestamp": rfc3339(told.happened_at), "data": data}


def make_note(told: Told, target: Target, settings: Settings) -> Note:
    """What a chat says of this change."""
    language, zone = target.language, settings.zone
    return Note(
        headline=say_headline(told.event, told.kind, language),
        subject=say_subject(told.account, told.department, language),
        facts=say_facts(told, language, zone),
        lines=say_why(told.why, language, zone),
        link=f"{settings.public_url}/tasks/{told.task_id}",
        link_title=FACTS["link"][language],
    )


def read_posted(target: Target, posted: Posted) -> Posted:
    """What became of the post, as this kind of receiver tells it."""
    if target.kind is ChannelKind.WEBHOOK:
        return posted
    answer: Posted = CHATS[target.kind].read_answer(posted)
    return answer
