"""One-off mail: one mail to a segment, as a sequence of one mail, so that guard, calendar and report are the same."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.errors import Invalid
from abm.words import Language, StepKind
from campaigns.campaign import get_campaign
from campaigns.drafts import free_name, open_sequence
from campaigns.mail_templates import find_published

NAME = "one_off"
LONGEST_TITLE = 100
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# The last minute of a day: a window ends before midnight.
LATEST = "23:59"


@dataclass(frozen=True)
class OneOff:
    """One mail to many, by its name: not before a day, nor before a time of day; None: as soon as may be."""

    title: str
    mail: str
    on: date | None = None
    at: time | None = None
    campaign_id: uuid.UUID | None = None


def draft_one_off(session: Session, asked: OneOff, *, at: datetime, by: uuid.UUID | None, zone: ZoneInfo) -> str:
    """A sequence that sends this mail once, ready to be given people and published; answers its name."""
    title, today = asked.title.strip(), local_day(at, zone)
    if not title:
        raise Invalid("give it a title", "title", "required")
    if len(title) > LONGEST_TITLE:
        raise Invalid("this is too long", "title", "too_long")
    if asked.on and asked.on < today:
        raise Invalid("this day is gone by", "on", "gone_by")
    if asked.at and f"{asked.at:%H:%M}" >= LATEST:
        raise Invalid(f"the window closes at {LATEST}; choose an earlier time", "at", "hour_unreadable")
    if not find_published(session, asked.mail):
        raise Invalid("choose a mail that is published", "mail", "unknown")
    campaign = get_campaign(session, asked.campaign_id) if asked.campaign_id else None
    name = free_name(session, f"{NAME}_{today:%Y%m%d}")
    document = one_off_document(name, asked, campaign.name if campaign else None)
    return open_sequence(session, document, at=at, by=by).sequence.name


def one_off_document(name: str, asked: OneOff, campaign: str | None) -> Mapping[str, Any]:
    """The document: wait for the day and the time of day where they are asked for, send, leave."""
    waits: list[dict[str, Any]] = []
    if asked.on:
        waits.append({"key": "day", "kind": StepKind.WAIT.value, "until": {"date": asked.on.isoformat()}})
    if asked.at:
        window = {"weekdays": list(DAYS), "from": f"{asked.at:%H:%M}", "to": LATEST}
        waits.append({"key": "time", "kind": StepKind.WAIT.value, "window": window})
    mail = {"key": "mail", "kind": StepKind.MAIL.value, "mail": asked.mail}
    steps = [*waits, mail, {"key": "end", "kind": StepKind.EXIT.value}]
    led = [{**step, "next": behind["key"]} for step, behind in pairwise(steps)]
    about = {"name": name, "title": {language.value: asked.title.strip() for language in Language}}
    return {**about, **({"campaign": campaign} if campaign else {}), "exits": [], "steps": [*led, steps[-1]]}
