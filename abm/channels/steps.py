"""What steps of sequences tell users and channels: rows, each once for an enrollment, a step and a visit of it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.channels.planning import living_channels
from abm.guard.task_facts import Subject
from abm.handoff.staff import read_staff
from abm.handoff.steps import owners_of
from abm.models import Delivery, Notice
from abm.queue import enqueue
from abm.words import DeliveryState, NoticeKind

# What deliveries of steps are called on the wire and in the list of deliveries.
EVENT = "step"


@dataclass(frozen=True)
class Saying:
    """What one step says at one visit, in every language; without words the fact alone."""

    enrollment_id: uuid.UUID
    step: str
    occurrence: int
    sequence: str
    title: Mapping[str, str]
    subject: Subject
    text: Mapping[str, str]


def tell_channels(session: Session, told: Sequence[tuple[str, Saying]], at: datetime) -> None:
    """Plan a delivery to the channel of each title; one that was taken away or switched off takes none."""
    if not told:
        return
    channels = {channel.title: channel.id for channel in living_channels(session)}
    rows = [
        {
            "channel_id": channels[title],
            "enrollment_id": saying.enrollment_id,
            "step": saying.step,
            "occurrence": saying.occurrence,
            "said": _said(saying),
            "event": EVENT,
            "state": DeliveryState.PLANNED.value,
            "created_at": at,
            "due_at": at,
        }
        for title, saying in told
        if title in channels
    ]
    if rows:
        session.execute(insert(Delivery).on_conflict_do_nothing(), rows)
        enqueue(session, "make_deliveries")


def tell_users(session: Session, told: Sequence[tuple[bool, Saying]], at: datetime, zone: ZoneInfo) -> None:
    """Leave a notice for whoever looks after the department or account, or (True) for that user's manager."""
    if not told:
        return
    staff, owners = read_staff(session, at, zone), owners_of(session, {saying.subject for _, saying in told})
    rows = []
    for to_manager, saying in told:
        owner = next((user for user in owners[saying.subject] if user in staff.active), None)
        user = staff.manager_of(owner) if to_manager or owner is None else owner
        if user is not None:
            rows.append(_notice(user, saying, at))
    if rows:
        session.execute(insert(Notice).on_conflict_do_nothing(), rows)


def _notice(user_id: uuid.UUID, saying: Saying, at: datetime) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "kind": NoticeKind.STEP.value,
        "at": at,
        "account_id": saying.subject.account_id,
        "detail": {"text": dict(saying.text), "sequence": saying.sequence},
        "enrollment_id": saying.enrollment_id,
        "step": saying.step,
        "occurrence": saying.occurrence,
    }


def _said(saying: Saying) -> dict[str, Any]:
    """What is kept of it: ids, never an address; names are looked up when it is delivered."""
    subject = saying.subject
    return {
        "enrollment": str(saying.enrollment_id),
        "sequence": {"name": saying.sequence, "title": dict(saying.title)},
        "step": saying.step,
        "occurrence": saying.occurrence,
        "account": {"id": str(subject.account_id)},
        "contact": {"id": str(subject.contact_id)} if subject.contact_id else None,
        "text": dict(saying.text),
    }
