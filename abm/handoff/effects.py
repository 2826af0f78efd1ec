"""What an answer of sales does besides moving its task: to the account, its people, its events and its deals."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from abm.customers.deals import open_deal
from abm.customers.freshness import mark_stale
from abm.customers.keep import Writing, add_record
from abm.customers.next_actions import Promise, set_next_action
from abm.customers.refolds import ask_refold
from abm.customers.sheets import OWNERSHIP
from abm.customers.suppression import suppress
from abm.handoff.deadline import next_business_day
from abm.handoff.feed import Ask, ask_for_tasks
from abm.handoff.freshness import asked_about
from abm.handoff.rules import RULES, Rule
from abm.handoff.wording import say_title
from abm.models import Account, Contact, Department, MqaChange, Ownership, Product, Task, User
from abm.queue import enqueue
from abm.words import (
    AnswerCode,
    EventReason,
    Language,
    MqaCause,
    StaleReason,
    SuppressionReason,
    TaskKind,
    Verdict,
)

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
    today: date
    events: frozenset[uuid.UUID] = frozenset()
    product_id: uuid.UUID | None = None

    @property
    def rule(self) -> Rule:
        """What this answer does to a task."""
        return RULES[self.code]


def run_effect(session: Session, task: Task, answer: Answer) -> None:
    """Do what this answer is followed by, if anything."""
    if effect := EFFECTS.get(answer.code):
        effect(session, task, answer)


def events_of(task: Task) -> frozenset[uuid.UUID]:
    """What made the request, by event."""
    return frozenset(uuid.UUID(event) for evidence in task.evidence for event in evidence.get("events", []))


def _score_nothing(session: Session, task: Task, answer: Answer) -> None:
    ask_refold(session, session.scalars(select(Contact.id).where(Contact.account_id == task.account_id)))


def _strike_evidence(session: Session, task: Task, answer: Answer) -> None:
    struck = {"ids": list(answer.events or events_of(task)), "named": bool(answer.events)}
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
    """The record is not trusted any more, and somebody is asked to put it right."""
    contact = session.get(Contact, task.contact_id) if task.contact_id else None
    if contact is not None and contact.archived_at is None:
        mark_stale(session, contact.id, StaleReason.BAD_DATA, by=answer.by, at=answer.at)
        contact.confirmed_at = None
        session.flush()
    lines = [{"code": "bad_data"}, {"code": "said", "text": answer.text or "-"}, {"code": "confirm"}]
    ask = Ask(
        TaskKind.FRESHNESS,
        task.account_id,
        why=lines,
        evidence=[asked_about(contact, answer.at)] if contact else [],
        owner_id=task.owner_id,
        department_id=task.department_id,
        contact_id=task.contact_id,
    )
    ask_for_tasks(session, [ask], answer.at)


def _open_deal(session: Session, task: Task, answer: Answer) -> None:
    """What sales was handed has become a deal, and the next step of it is planned."""
    owner_id = task.owner_id or answer.by
    owner = session.get_one(User, owner_id)
    language = Language(owner.language or Language.JAPANESE)
    product = session.get(Product, answer.product_id) if answer.product_id else None
    named = say_title(task.brief.get("topic"), language)
    contact = session.get(Contact, task.contact_id) if task.contact_id else None
    contact_id = contact.id if contact and contact.archived_at is None else None
    deal = open_deal(
        session,
        task.account_id,
        product.name if product else named or session.get_one(Account, task.account_id).name,
        owner_id=owner_id if owner.disabled_at is None else answer.by,
        contact_id=contact_id,
        department_id=task.department_id,
        task_id=task.id,
        by=answer.by,
        at=answer.at,
    )
    deal.product_id = answer.product_id
    due_on = answer.until or next_business_day(answer.today)
    what = answer.text or NEXT_STEP[answer.code][language]
    promise = Promise(task.account_id, due_on, deal.owner_id or answer.by, what, contact_id, deal.id)
    set_next_action(session, promise, by=answer.by, at=answer.at)


def _keep_owned(session: Session, task: Task, answer: Answer) -> None:
    """The product they have already is kept as owned, once."""
    if answer.product_id is None:
        return
    owned = select(Ownership.id).where(
        Ownership.account_id == task.account_id,
        Ownership.product_id == answer.product_id,
        Ownership.archived_at.is_(None),
        or_(Ownership.until_on.is_(None), Ownership.until_on >= answer.today),
    )
    if session.scalar(owned.limit(1)) is None:
        typed = {"product_id": answer.product_id, "department_id": task.department_id}
        writing = Writing(answer.by, answer.at, answer.today)
        add_record(session, OWNERSHIP, task.account_id, typed, writing)


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


NEXT_STEP: Mapping[str, Mapping[str, str]] = {
    AnswerCode.MEETING: {Language.JAPANESE: "面談の準備", Language.ENGLISH: "Prepare the meeting"},
    AnswerCode.OPPORTUNITY: {Language.JAPANESE: "提案の準備", Language.ENGLISH: "Prepare the proposal"},
}
EFFECTS: Mapping[AnswerCode, Callable[[Session, Task, Answer], None]] = {
    AnswerCode.COMPETITOR: _score_nothing,
    AnswerCode.FALSE_SIGNAL: _strike_evidence,
    AnswerCode.DO_NOT_CONTACT: _suppress_people,
    AnswerCode.BAD_DATA: _doubt_contact,
    AnswerCode.WRONG_PERSON: _reroute,
    AnswerCode.MEETING: _open_deal,
    AnswerCode.OPPORTUNITY: _open_deal,
    AnswerCode.ALREADY_CUSTOMER: _keep_owned,
}
