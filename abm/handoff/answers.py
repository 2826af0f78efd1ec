"""Answering a hand-off: the state moves once, whoever else answers at the same moment, and the effects follow."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.company_calendar import read_calendar
from abm.customers.phone_wishes import refuse_phone
from abm.errors import Conflict, Invalid, NotFound
from abm.handoff.assign import Standing, ask_lines_again, move_tasks
from abm.handoff.changes import WITHOUT_PAPERS, Change, record_change, record_changes
from abm.handoff.effects import Answer, events_of, run_effect
from abm.handoff.rules import LONGEST_REST, LONGEST_TEXT, TRIES_NEEDED, wake_choices, wake_day
from abm.models import Account, AuditEntry, Contact, Product, Task, TimelineItem
from abm.scoring.evaluate import evaluate_accounts, lock_accounts
from abm.scoring.live import ensure_model
from abm.words import (
    OPEN_TASK_STATES,
    AnswerCode,
    ItemKind,
    TaskCode,
    TaskKind,
    TaskState,
    WakeChoice,
)

TOKYO = ZoneInfo("Asia/Tokyo")
TRIES = (ItemKind.CALL, ItemKind.VISIT, ItemKind.MEETING)


@dataclass(frozen=True)
class Said:
    """What somebody in sales says to a hand-off.

    `when` names a day by the account's fiscal year instead of `until`. `events` are those of the evidence that were no
    signal; without them every likely one of it is taken for false. `product_id` is what the deal is about, what the
    customer owns already, or does not need. `no_phone`: the person of the task asked not to be phoned.
    """

    code: AnswerCode
    by: uuid.UUID
    at: datetime
    until: date | None = None
    when: WakeChoice | None = None
    text: str | None = None
    events: Collection[uuid.UUID] = ()
    product_id: uuid.UUID | None = None
    no_phone: bool = False


def answer_task(session: Session, task_id: uuid.UUID, said: Said, zone: ZoneInfo = TOKYO) -> Task:
    """Record this answer with all its effects; Invalid when something is missing, Conflict when it came too late."""
    task = session.get(Task, task_id, populate_existing=True)
    if task is None:
        raise NotFound(f"no task {task_id}")
    answer = _understand(session, task, said, zone)
    _check(session, answer)
    _check_events(task, answer)
    # Before the task, as everywhere: a fold of this account waits until the answer is in.
    lock_accounts(session, [task.account_id])
    account = session.get_one(Account, task.account_id, populate_existing=True)
    _check_tries(session, task, answer.code)
    old = _move(session, task, answer, account.closing_month)
    record_change(session, task, old=old, code=answer.code, at=answer.at, by=answer.by, text=answer.text)
    _audit(session, task, old, answer)
    _apply(session, task, account, answer)
    if said.no_phone:
        _keep_phone_wish(session, task, answer)
    evaluate_accounts(session, [account.id], answer.at, ensure_model(session), zone)
    session.refresh(account)
    return task


def _understand(session: Session, task: Task, said: Said, zone: ZoneInfo) -> Answer:
    """What was said, with the day it means here and the calendar it is about."""
    today, until = local_day(said.at, zone), said.until
    if until is None and said.when is not None:
        closing_month = session.scalar(select(Account.closing_month).where(Account.id == task.account_id))
        until = wake_choices(today, closing_month)[said.when]
    return Answer(
        said.code,
        said.by,
        said.at,
        until,
        (said.text or "").strip() or None,
        today,
        read_calendar(session, zone),
        frozenset(said.events),
        said.product_id,
    )


def _check(session: Session, answer: Answer) -> None:
    if answer.rule.needs_text and not answer.text:
        raise Invalid(f"the answer {answer.code} needs a text: say who, what or why", "text", "required")
    if answer.rule.needs_until and answer.until is None:
        raise Invalid(f"the answer {answer.code} needs a date: when is it worth another try?", "until", "required")
    if answer.until is not None and answer.until <= answer.today:
        raise Invalid("the date to come back must lie in the future", "until", "past")
    if answer.until is not None and answer.until > answer.today + LONGEST_REST:
        raise Invalid("the date to come back must lie within a hundred years", "until", "far")
    if answer.text and len(answer.text) > LONGEST_TEXT:
        raise Invalid(f"the text is longer than {LONGEST_TEXT} signs", "text", "too_long")
    product = session.get(Product, answer.product_id) if answer.product_id else None
    if answer.product_id and (product is None or product.archived_at is not None):
        raise Invalid("choose one of your products", "product_id", "unknown")


def _check_events(task: Task, answer: Answer) -> None:
    if not answer.events:
        return
    if answer.code is not AnswerCode.FALSE_SIGNAL:
        raise Invalid(f"events are named with {AnswerCode.FALSE_SIGNAL} only", "events", "not_asked")
    if strangers := answer.events - events_of(task):
        raise Invalid(f"event {min(strangers)} is no evidence of this task", "events", "unknown")


def _check_tries(session: Session, task: Task, code: AnswerCode) -> None:
    """Out of reach is somebody whom sales has tried to reach: calls, visits and meetings logged since the task came."""
    if code is not AnswerCode.UNREACHABLE:
        return
    logged = select(TimelineItem.id).where(
        TimelineItem.account_id == task.account_id,
        TimelineItem.kind.in_(TRIES),
        TimelineItem.happened_at >= (task.assigned_at or task.created_at),
    )
    if task.department_id is not None:
        there = or_(TimelineItem.department_id == task.department_id, TimelineItem.department_id.is_(None))
        logged = logged.where(there)
    tries = len(session.scalars(logged.limit(TRIES_NEEDED)).all())
    if tries < TRIES_NEEDED:
        raise Invalid(
            f"unreachable needs {TRIES_NEEDED} logged tries since the task was assigned, there are {tries}: "
            "log the calls or visits first",
            "code",
            "too_few_tries",
        )


def _move(session: Session, task: Task, answer: Answer, closing_month: int | None) -> str:
    """Take the task to its next state, unless somebody else was faster; answers the state it had."""
    old = task.state
    rule, closes = answer.rule, answer.rule.to not in OPEN_TASK_STATES
    moving = update(Task).where(
        Task.id == task.id, Task.kind == TaskKind.HAND_OFF, Task.state == old, Task.state.in_(rule.source)
    )
    values = {
        "state": rule.to,
        "answer": answer.code,
        "answered_by": answer.by,
        "text": answer.text,
        "wake_on": wake_day(answer.code, answer.today, until=answer.until, closing_month=closing_month),
        "closed_at": answer.at if closes else None,
        "accepted_at": answer.at if answer.code is AnswerCode.ACCEPT else task.accepted_at,
    }
    moved = session.scalar(moving.values(values).returning(Task.id))
    session.refresh(task)
    if moved is None:
        allowed = ", ".join(rule.source)
        raise Conflict(f"the task is {task.state} by now; {answer.code} can be answered while it is {allowed}")
    return old


def _audit(session: Session, task: Task, old: str, answer: Answer) -> None:
    """Who answered what; the text stays with the task."""
    detail = {"answer": answer.code, "old": old, "new": task.state}
    entry = AuditEntry(
        at=answer.at, user_id=answer.by, act="task.answered", subject="task", subject_id=task.id, detail=detail
    )
    session.add(entry)


def _apply(session: Session, task: Task, account: Account, answer: Answer) -> None:
    """What the answer does to the account, its people and its events."""
    rule = answer.rule
    if rule.excludes is not None:
        account.excluded_reason = rule.excludes
        _withdraw_others(session, task, answer)
    model = ensure_model(session)
    if rule.cool_down or answer.code in model.mqa.cool_down_by_reason:
        account.mqa_blocked_until = answer.at + timedelta(days=model.mqa.cool_down_for(answer.code))
    if rule.to is TaskState.REJECTED:
        ask_lines_again(session)
    session.flush()
    run_effect(session, task, answer)


def _keep_phone_wish(session: Session, task: Task, answer: Answer) -> None:
    contact = session.get(Contact, task.contact_id) if task.contact_id else None
    if contact is None or contact.archived_at is not None:
        raise Invalid("nobody is named by this task who could have asked not to be phoned", "no_phone", "nobody")
    refuse_phone(session, contact.id, by=answer.by, at=answer.at)


def _withdraw_others(session: Session, task: Task, answer: Answer) -> None:
    """What nobody has received yet is not worth a call any more, now that the account is excluded."""
    others = select(Task).where(
        Task.account_id == task.account_id,
        Task.id != task.id,
        Task.kind == TaskKind.HAND_OFF,
        Task.state.in_((TaskState.NEW, TaskState.ASSIGNED)),
    )
    tasks = session.scalars(others.order_by(Task.id).with_for_update().options(*WITHOUT_PAPERS)).all()
    if not tasks:
        return
    before = {one.id: one.state for one in tasks}
    ended = {one.id: Standing(TaskState.DISQUALIFIED, one.owner_id, one.route) for one in tasks}
    move_tasks(session, ended, answer.at)
    changes = [Change(one, before[one.id], TaskCode.WITHDRAWN, answer.by, to=one.owner_id) for one in tasks]
    record_changes(session, changes, answer.at)
