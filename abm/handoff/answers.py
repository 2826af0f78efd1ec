"""Answering a hand-off: the state moves once, whoever else answers at the same moment, and the effects follow."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.refolds import ask_refold
from abm.customers.suppression import suppress
from abm.errors import Conflict, Invalid, NotFound
from abm.handoff.changes import record_change
from abm.handoff.open import OPEN_KEY, OPEN_ONLY
from abm.handoff.rules import RULES, TRIES_NEEDED, Rule, wake_day
from abm.models import Account, AuditEntry, Contact, Department, MqaChange, Task, TimelineItem
from abm.queue import enqueue
from abm.scoring.evaluate import evaluate_accounts, lock_accounts
from abm.scoring.live import ensure_model
from abm.words import (
    OPEN_TASK_STATES,
    AnswerCode,
    EventReason,
    ItemKind,
    MqaCause,
    SuppressionReason,
    TaskKind,
    TaskState,
    Verdict,
)

TOKYO = ZoneInfo("Asia/Tokyo")
TRIES = (ItemKind.CALL, ItemKind.VISIT, ItemKind.MEETING)

# A proven act (a form, minutes in a webinar) did happen: it is taken back only by name.
STRIKE_EVENTS = text(
    f"""
    update events set verdict = '{Verdict.MACHINE}', reasons = array_append(reasons, '{EventReason.FALSE_SIGNAL}')
    where id = any(:ids) and (:named or verdict <> '{Verdict.PROVEN}')
      and not '{EventReason.FALSE_SIGNAL}' = any(reasons)
    returning contact_id
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Answer:
    """What sales said: which answer, who, when, and what was asked for with it."""

    code: AnswerCode
    by: uuid.UUID
    at: datetime
    until: date | None
    text: str | None
    events: frozenset[uuid.UUID] = frozenset()

    @property
    def rule(self) -> Rule:
        """What this answer does to a task."""
        return RULES[self.code]


def answer_task(
    session: Session,
    task_id: uuid.UUID,
    code: AnswerCode,
    *,
    by: uuid.UUID,
    at: datetime,
    until: date | None = None,
    text: str | None = None,
    events: Collection[uuid.UUID] = (),
    zone: ZoneInfo = TOKYO,
) -> Task:
    """Record this answer with all its effects; Invalid when something is missing, Conflict when it came too late.

    `events` are those of the evidence that were no signal; without them every likely one of it is taken for false.
    """
    answer = Answer(code, by, at, until, (text or "").strip() or None, frozenset(events))
    task = session.get(Task, task_id, populate_existing=True)
    if task is None:
        raise NotFound(f"no task {task_id}")
    today = local_day(at, zone)
    _check(answer, today)
    _check_events(task, answer)
    # Before the task, as everywhere: a fold of this account waits until the answer is in.
    lock_accounts(session, [task.account_id])
    account = session.get_one(Account, task.account_id, populate_existing=True)
    _check_tries(session, task, code)
    old = _move(session, task, answer, wake_day(code, today, until=until, closing_month=account.closing_month))
    record_change(session, task, old=old, code=code, at=at, by=by, text=answer.text)
    _audit(session, task, old, answer)
    _apply(session, task, account, answer)
    evaluate_accounts(session, [account.id], at, ensure_model(session))
    session.refresh(account)
    return task


def _check(answer: Answer, today: date) -> None:
    if answer.rule.needs_text and not answer.text:
        raise Invalid(f"the answer {answer.code} needs a text: say who, what or why", "text", "required")
    if answer.rule.needs_until and answer.until is None:
        raise Invalid(f"the answer {answer.code} needs a date: when is it worth another try?", "until", "required")
    if answer.until is not None and answer.until <= today:
        raise Invalid("the date to come back must lie in the future", "until", "past")


def _check_events(task: Task, answer: Answer) -> None:
    if not answer.events:
        return
    if answer.code is not AnswerCode.FALSE_SIGNAL:
        raise Invalid(f"events are named with {AnswerCode.FALSE_SIGNAL} only", "events", "not_asked")
    if strangers := answer.events - _evidence_of(task):
        raise Invalid(f"event {min(strangers)} is no evidence of this task", "events", "unknown")


def _evidence_of(task: Task) -> frozenset[uuid.UUID]:
    return frozenset(uuid.UUID(event) for evidence in task.evidence for event in evidence.get("events", []))


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


def _move(session: Session, task: Task, answer: Answer, wake_on: date | None) -> str:
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
        "wake_on": wake_on,
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
    if rule.cool_down:
        days = ensure_model(session).mqa.cool_down_days
        account.mqa_blocked_until = answer.at + timedelta(days=days)
    session.flush()
    if effect := EFFECTS.get(answer.code):
        effect(session, task, answer)


def _score_nothing(session: Session, task: Task, answer: Answer) -> None:
    ask_refold(session, session.scalars(select(Contact.id).where(Contact.account_id == task.account_id)))


def _strike_evidence(session: Session, task: Task, answer: Answer) -> None:
    struck = {"ids": list(answer.events or _evidence_of(task)), "named": bool(answer.events)}
    ask_refold(session, session.scalars(STRIKE_EVENTS, struck).all())


def _suppress_people(session: Session, task: Task, answer: Answer) -> None:
    """Everybody the task was about: a refusal taken too widely can be given back, the other way round not."""
    people = {uuid.UUID(person["id"]) for person in task.brief.get("people", [])}
    concerned = people | ({task.contact_id} if task.contact_id else set())
    wanted = select(Contact.email).where(Contact.id.in_(concerned), Contact.email.is_not(None))
    if task.department_id is not None:
        wanted = wanted.where(or_(Contact.department_id == task.department_id, Contact.id == task.contact_id))
    for email in session.scalars(wanted):
        suppress(session, str(email), SuppressionReason.DO_NOT_CONTACT, answer.at, f"task {task.id}")


def _doubt_contact(session: Session, task: Task, answer: Answer) -> None:
    """The record counts as unconfirmed, and somebody is asked to put it right."""
    session.execute(update(Contact).where(Contact.id == task.contact_id).values(confirmed_at=None))
    asked = insert(Task).values(
        kind=TaskKind.FRESHNESS,
        state=TaskState.OPEN,
        account_id=task.account_id,
        department_id=task.department_id,
        contact_id=task.contact_id,
        owner_id=task.owner_id,
        why=[{"code": "bad_data"}, {"code": "said", "text": answer.text or "-"}, {"code": "confirm"}],
        created_at=answer.at,
    )
    session.execute(asked.on_conflict_do_nothing(index_elements=OPEN_KEY, index_where=OPEN_ONLY))


def _reroute(session: Session, task: Task, answer: Answer) -> None:
    """Hand it over anew to the department or person the answer names; to the account when it names neither."""
    person = session.scalars(
        select(Contact).where(Contact.account_id == task.account_id, Contact.full_name == answer.text).limit(1)
    ).first()
    named = select(Department.id).where(Department.account_id == task.account_id, Department.name == answer.text)
    request = MqaChange(
        account_id=task.account_id,
        cause=MqaCause.REROUTED,
        at=answer.at,
        department_id=person.department_id if person else session.scalar(named.limit(1)),
        contact_id=person.id if person else None,
    )
    session.add(request)
    session.flush()
    enqueue(session, "open_hand_offs")


EFFECTS: Mapping[AnswerCode, Callable[[Session, Task, Answer], None]] = {
    AnswerCode.COMPETITOR: _score_nothing,
    AnswerCode.FALSE_SIGNAL: _strike_evidence,
    AnswerCode.DO_NOT_CONTACT: _suppress_people,
    AnswerCode.BAD_DATA: _doubt_contact,
    AnswerCode.WRONG_PERSON: _reroute,
}
