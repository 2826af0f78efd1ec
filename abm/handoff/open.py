"""Opening hand-offs: each request of the scores becomes one task, or evidence for the one that is open already."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.clock import local_day, rfc3339
from abm.handoff.assign import gather_desk
from abm.handoff.brief import Findings, gather_findings, write_brief, write_why
from abm.handoff.changes import record_change
from abm.handoff.deadline import due_after, hours_allowed
from abm.handoff.routing import route_task
from abm.models import Account, Contact, MqaChange, Suppression, Task
from abm.scoring.live import ensure_model
from abm.scoring.model import Model
from abm.scoring.report import score_report
from abm.words import MqaCause, SuppressionReason, TaskCode, TaskKind, TaskState

BATCH = 50

WAITING = (MqaChange.handed_over_at.is_(None), MqaChange.cause != MqaCause.LEFT)
OPEN_KEY = ("account_id", "department_id", "kind")
OPEN_ONLY = text(
    "state in ('new', 'assigned', 'accepted', 'working', 'expired', 'open') and kind not in ('manual', 'step')"
)


def open_next_hand_offs(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Turn the next requests into tasks; answers how many requests there were."""
    requests = session.scalars(
        select(MqaChange).where(*WAITING).order_by(MqaChange.id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    for request in requests:
        _hand_over(session, request, at, zone)
    done = update(MqaChange).where(MqaChange.id.in_([request.id for request in requests]))
    session.execute(done.values(handed_over_at=at))
    return len(requests)


def has_requests(session: Session) -> bool:
    """True while a request of the scores waits."""
    return bool(session.scalar(select(exists().where(*WAITING))))


def _hand_over(session: Session, request: MqaChange, at: datetime, zone: ZoneInfo) -> None:
    account = session.get_one(Account, request.account_id, populate_existing=True)
    # What no longer holds when its turn comes is not handed over: excluded, false by now, or not to be contacted.
    if account.excluded_reason or (request.cause == MqaCause.ENTERED and not account.is_mqa):
        return
    if request.contact_id and _is_not_to_be_contacted(session, request.contact_id):
        return
    findings = gather_findings(session, account.id, at)
    _open_or_feed(session, _draft(session, request, account, findings, at, zone), at)


def _is_not_to_be_contacted(session: Session, contact_id: uuid.UUID) -> bool:
    """Whoever unsubscribed from mail may still ask for a call; whoever refused every contact is left alone."""
    refused = select(Suppression.email).join(Contact, Contact.email == Suppression.email)
    refused = refused.where(Contact.id == contact_id, Suppression.reason == SuppressionReason.DO_NOT_CONTACT)
    return session.scalar(refused) is not None


def _draft(
    session: Session, request: MqaChange, account: Account, findings: Findings, at: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """The task as it would be opened now."""
    model, cause = ensure_model(session), MqaCause(request.cause)
    department_id = _department(session, request, findings)
    owner = route_task(gather_desk(session, account.owner_id, department_id, local_day(at, zone)))
    due = due_after(at, hours_allowed(account.tier, act_now=cause is MqaCause.ACT_NOW), zone)
    receipt = score_report(session, account.id, at=at)
    people = findings.within(department_id)
    return {
        "kind": TaskKind.HAND_OFF.value,
        "state": (TaskState.ASSIGNED if owner else TaskState.NEW).value,
        "account_id": account.id,
        "department_id": department_id,
        "contact_id": request.contact_id or (people[0]["id"] if people else None),
        "owner_id": owner.user_id if owner else None,
        "why": write_why(account, findings, model, cause, request.contact_id),
        "points": receipt["points"],
        "receipt": receipt,
        "brief": write_brief(account, findings, model, at),
        "evidence": [_evidence(request, findings, model, at)],
        "created_at": at,
        "assigned_at": at if owner else None,
        "due_at": due if owner else None,
    }


def _department(session: Session, request: MqaChange, findings: Findings) -> uuid.UUID | None:
    """An act-now event goes to the contact's department, an MQA to the one with most depth."""
    if request.cause == MqaCause.REROUTED:
        return request.department_id
    if request.contact_id is None:
        return findings.hottest_department()
    return session.scalar(select(Contact.department_id).where(Contact.id == request.contact_id))


def _evidence(request: MqaChange, findings: Findings, model: Model, at: datetime) -> dict[str, Any]:
    """What made the request, by event, so that sales can call it false."""
    recent = at - timedelta(days=model.mqa.proven_within_days)
    events = [act["id"] for act in findings.acts if act["happened_at"] > recent]
    named = [request.event_id] if request.event_id else events
    return {"cause": request.cause, "at": rfc3339(request.at), "events": [str(event_id) for event_id in named]}


def _open_or_feed(session: Session, draft: dict[str, Any], at: datetime) -> None:
    """The schema lets one open task through; whoever comes second adds the evidence to it."""
    opening = insert(Task).values(**draft)
    task_id, was = session.execute(
        opening.on_conflict_do_update(
            index_elements=OPEN_KEY,
            index_where=OPEN_ONLY,
            set_={"evidence": Task.evidence.concat(opening.excluded.evidence)},
        ).returning(Task.id, text("old.state"))
    ).one()
    task = session.get_one(Task, task_id, populate_existing=True)
    code = TaskCode.EVIDENCE if was else TaskCode.OPENED
    record_change(session, task, old=was, code=code, at=at)
