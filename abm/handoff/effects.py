"""What an answer of sales does besides moving its task: to the account, its people, its events and its deals."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.customers.deals import open_deal
from abm.customers.freshness import mark_stale
from abm.customers.keep import Writing, add_record
from abm.customers.next_actions import Promise, set_next_action
from abm.customers.refolds import ask_refold
from abm.customers.sheets import OWNERSHIP
from abm.customers.suppression import suppress
from abm.customers.working_hours import Calendar
from abm.guard.task_facts import Subject, ask_about_tasks
from abm.handoff.feed import Ask, ask_for_tasks
from abm.handoff.freshness import asked_about
from abm.handoff.rules import RULES, Rule
from abm.handoff.wording import say_title
from abm.models import (
    Account,
    Contact,
    DeclinedProduct,
    Department,
    MqaChange,
    Ownership,
    Product,
    Task,
    TaskFault,
    User,
)
from abm.queue import enqueue
from abm.scoring.arrays import array
from abm.words import (
    AnswerCode,
    EventReason,
    Language,
    MqaCause,
    StaleReason,
    SuppressionReason,
    TaskFaultKind,
    TaskKind,
    Verdict,
)

# A proven act (a form, minutes in a webinar) did happen: it is taken back only by name.
STRIKE_EVENTS = text(
    f"""
    update events set verdict_before = verdict, verdict = '{Verdict.MACHINE}',
        reasons = array_append(reasons, '{EventReason.FALSE_SIGNAL}')
    where id = any(:ids) and (:named or verdict <> '{Verdict.PROVEN}')
      and not '{EventReason.FALSE_SIGNAL}' = any(reasons)
    returning contact_id
    """  # noqa: S608 only our own words are put in
)

# What the evidence of a task was about, by the products it names or whose topics it bears.
EVIDENT_PRODUCTS = text(
    """
    select distinct p.id from events e
    join products p on p.code = e.product or e.product is null and p.topics && e.topics
    where e.id = any(cast(:ids as uuid[])) and p.archived_at is null order by p.id
    """
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
    calendar: Calendar
    events: frozenset[uuid.UUID] = frozenset()
    product_id: uuid.UUID | None = None

    @property
    def rule(self) -> Rule:
        """What this answer does to a task."""
        return RULES[self.code]


def run_effect(session: Session, task: Task, answer: Answer) -> None:
    """Do what this answer is followed by, and keep what it shows to be wrong with the rules."""
    if effect := EFFECTS.get(answer.code):
        effect(session, task, answer)
    if fault := answer.rule.fault:
        _keep_fault(session, task, fault, answer)


def events_of(task: Task) -> frozenset[uuid.UUID]:
    """What made the request, by event."""
    return frozenset(uuid.UUID(event) for evidence in task.evidence for event in evidence.get("events", []))


def _score_nothing(session: Session, task: Task, answer: Answer) -> None:
    ask_refold(session, session.scalars(select(Contact.id).where(Contact.account_id == task.account_id)))


def _strike_evidence(session: Session, task: Task, answer: Answer) -> None:
    struck = {"ids": list(answer.events or events_of(task)), "named": bool(answer.events)}
    ask_refold(session, session.scalars(STRIKE_EVENTS, struck).all())


def _suppress_people(session: Session, task: Task, answer: Answer) -> None:
    """Everybody the task was about, in every channel: a refusal taken too widely can be given back, no mail can."""
    people = {uuid.UUID(person["id"]) for person in task.brief.get("people", [])}
    concerned = people | ({task.contact_id} if task.contact_id else set())
    wanted = select(Contact).where(Contact.id.in_(concerned), Contact.archived_at.is_(None))
    if task.department_id is not None:
        wanted = wanted.where(or_(Contact.department_id == task.department_id, Contact.id == task.contact_id))
    for contact in session.scalars(wanted.order_by(Contact.id).with_for_update(key_share=True)):
        contact.refused_at = contact.refused_at or answer.at
        if contact.email is not None:
            suppress(session, contact.email, SuppressionReason.DO_NOT_CONTACT, answer.at, f"task {task.id}")


def _link_deal(session: Session, task: Task, answer: Answer) -> None:
    """The deal that sales is working on already: the department's own before others, then the newest."""
    (ruling,) = ask_about_tasks(session, [Subject(task.account_id, task.department_id)])
    task.deal_id = ruling.deal_id


def _decline_product(session: Session, task: Task, answer: Answer) -> None:
    """They do not need it: what they did for this product until now shows no interest any more."""
    products = (
        [answer.product_id] if answer.product_id else session.scalars(EVIDENT_PRODUCTS, {"ids": array(events_of(task))})
    )
    rows = [{"account_id": task.account_id, "product_id": key, "task_id": task.id, "at": answer.at} for key in products]
    if rows:
        session.execute(insert(DeclinedProduct).on_conflict_do_nothing(), rows)


def _keep_fault(session: Session, task: Task, fault: TaskFaultKind, answer: Answer) -> None:
    """One row for each hand-off that should not have come: by these the rules are judged."""
    row = TaskFault(
        task_id=task.id,
        account_id=task.account_id,
        kind=fault,
        at=answer.at,
        deal_id=task.deal_id,
        product_id=answer.product_id,
    )
    session.add(row)
    session.flush()


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
    due_on = answer.until or answer.calendar.next_working_day(answer.today)
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
    # Of several of one name the one known for longest.
    people = select(Contact).where(Contact.account_id == task.account_id, Contact.full_name == answer.text)
    person = session.scalars(people.order_by(Contact.id).limit(1)).first()
    named = select(Department.id).where(Department.account_id == task.account_id, Department.name == answer.text)
    request = MqaChange(
        account_id=task.account_id,
        cause=MqaCause.REROUTED,
        at=answer.at,
        task_id=task.id,
        department_id=person.department_id if person else session.scalar(named.order_by(Department.id).limit(1)),
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
    AnswerCode.ALREADY_WORKING: _link_deal,
    AnswerCode.NO_NEED: _decline_product,
}
