"""Freshness tasks: few people a week whose records somebody should look at, answered by a tap each."""

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, text, update
from sqlalchemy.orm import Session

from abm.clock import local_day, rfc3339
from abm.customers.freshness import confirm_contact, contact_left, mark_stale
from abm.errors import Conflict, Invalid, NotFound
from abm.handoff.closing import close_by_itself, close_task
from abm.handoff.deadline import due_after
from abm.handoff.feed import Ask, ask_for_tasks
from abm.handoff.staff import Staff, gather_staff
from abm.models import Contact, Task
from abm.scoring.evaluate import lock_accounts
from abm.words import CloseReason, FreshnessAnswer, StaleReason, TaskKind, TaskState

# Small enough to be done between two calls; what nobody can keep up with is not looked at at all.
PEOPLE_A_WEEK = 5
UNCONFIRMED_FOR = timedelta(days=365)
NOT_AGAIN_WITHIN = timedelta(days=90)
HOURS_ALLOWED = 40

# Doubted records first, then those nobody has confirmed for longest; each owner's week holds only so many.
TO_CHECK = text(
    f"""
    select * from (
        select c.id, c.account_id, c.department_id, c.full_name, c.title, c.stale_reason,
            coalesce(c.confirmed_at, c.created_at) as confirmed_at, coalesce(d.owner_id, a.owner_id) as owner_id,
            row_number() over (
                partition by coalesce(d.owner_id, a.owner_id)
                order by c.stale_since is null, a.is_mqa desc, coalesce(c.confirmed_at, c.created_at), c.id
            ) + coalesce(w.asked, 0) as turn
        from contacts c
        join accounts a on a.id = c.account_id and a.archived_at is null and a.excluded_reason is null
        left join departments d on d.id = c.department_id
        left join (
            select t.owner_id, count(*) as asked
            from tasks t, jsonb_array_elements(t.evidence) e
            where t.kind = '{TaskKind.FRESHNESS}' and e ->> 'code' in ('stale', 'unconfirmed')
              and cast(e ->> 'at' as timestamptz) > :week
            group by t.owner_id
        ) w on w.owner_id = coalesce(d.owner_id, a.owner_id)
        where c.archived_at is null and coalesce(d.owner_id, a.owner_id) is not null
          and (c.stale_since is not null or coalesce(c.confirmed_at, c.created_at) <= :old)
          and not exists (
            select from tasks t, jsonb_array_elements(t.evidence) e
            where t.account_id = c.account_id and t.kind = '{TaskKind.FRESHNESS}'
              and e ->> 'contact' = cast(c.id as text)
              and (t.state = '{TaskState.OPEN}' or cast(e ->> 'at' as timestamptz) > :lately)
          )
    ) p where turn <= {PEOPLE_A_WEEK} order by owner_id, turn
    """  # noqa: S608 only our own words are put in
)
# Everybody a task names has been answered for, was confirmed on their own page, or is put away.
CHECKED = f"""
    tasks t where t.kind = '{TaskKind.FRESHNESS}' and t.state = '{TaskState.OPEN}'
      and exists (select from jsonb_array_elements(t.evidence) e where e ? 'contact')
      and not exists (
        select from jsonb_array_elements(t.evidence) e join contacts c on c.id = cast(e ->> 'contact' as uuid)
        where e ->> 'code' in ('stale', 'unconfirmed') and c.archived_at is null
          and coalesce(c.confirmed_at, '-infinity') < cast(e ->> 'at' as timestamptz)
          and not exists (
            select from jsonb_array_elements(t.evidence) x
            where x ->> 'code' = 'answered' and x ->> 'contact' = e ->> 'contact'
              and cast(x ->> 'at' as timestamptz) >= cast(e ->> 'at' as timestamptz)
          )
      )
"""  # noqa: S608 only our own words are put in
HAS_CHECKED = text(f"select exists (select from {CHECKED})")  # noqa: S608
PEEK_CHECKED = text(f"select t.id from {CHECKED} order by t.id limit 200")  # noqa: S608
# A round a day: the day moves once, for whoever comes first.
CLAIM_ROUND = text(
    """
    insert into rounds (name, on_day) values ('freshness', :today)
    on conflict (name) do update set on_day = excluded.on_day where rounds.on_day < excluded.on_day returning name
    """
)
ROUND_DONE = text("select exists (select from rounds where name = 'freshness' and on_day >= :today)")


def ask_for_checks(session: Session, at: datetime, zone: ZoneInfo) -> int:
    """Once a day: ask owners to look at a few records each; answers how many people are asked about."""
    today = local_day(at, zone)
    if session.scalar(CLAIM_ROUND, {"today": today}) is None:
        return 0
    moments = {
        "old": at - UNCONFIRMED_FOR,
        "lately": at - NOT_AGAIN_WITHIN,
        "week": at - timedelta(days=7),
    }
    people = session.execute(TO_CHECK, moments).all()
    lock_accounts(session, {person.account_id for person in people})
    staff = gather_staff(session, at, zone) if people else None
    ask_for_tasks(session, [_ask(person, staff, at) for person in people if staff], at)
    return len(people)


def close_checked(session: Session, at: datetime) -> int:
    """Close tasks whose people were all put right, whoever did it and where; answers how many."""
    checked = session.scalars(PEEK_CHECKED).all()
    close_by_itself(session, dict.fromkeys(checked, CloseReason.RECORDS_CHECKED), at, TaskState.DONE)
    return len(checked)


def has_checks(session: Session, today: date) -> bool:
    """True before today's round, or when a task has nobody left to look at."""
    return not session.scalar(ROUND_DONE, {"today": today}) or bool(session.scalar(HAS_CHECKED))


def asked_about(contact: Contact, at: datetime) -> dict[str, Any]:
    """The evidence of a doubted record."""
    person = {"name": contact.full_name, "title": contact.title}
    reason = contact.stale_reason or StaleReason.BAD_DATA.value
    return {"code": "stale", "contact": str(contact.id), "stale_reason": reason, "person": person, "at": rfc3339(at)}


def answer_check(
    session: Session, task_id: uuid.UUID, contact_id: uuid.UUID, answer: FreshnessAnswer, *, by: uuid.UUID, at: datetime
) -> Task:
    """What became of one person; the task is done with the last of them. Conflict when it was answered already."""
    found = session.get(Task, task_id)
    if found is None or found.kind != TaskKind.FRESHNESS:
        raise NotFound("no such freshness task")
    lock_accounts(session, [found.account_id])
    task = session.get_one(Task, task_id, with_for_update=True, populate_existing=True)
    if task.state != TaskState.OPEN or str(contact_id) not in people_to_check(task):
        raise Conflict("somebody was faster: this person was answered for already", "closed_already")
    if answer is FreshnessAnswer.CHANGED:
        raise Invalid("what changed is typed into the person's form", "answer", "unknown")
    _settle_person(session, contact_id, answer, by, at)
    entry = {"code": "answered", "contact": str(contact_id), "answer": answer.value, "at": rfc3339(at)}
    session.execute(update(Task).where(Task.id == task_id).values(evidence=Task.evidence.concat([entry])))
    session.refresh(task)
    if not people_to_check(task):
        close_task(session, task_id, done=True, reason=CloseReason.RECORDS_CHECKED, by=by, at=at)
    return task


def people_to_check(task: Task) -> list[str]:
    """The people a task still asks about, by id."""
    asked, done = _latest(task, ("stale", "unconfirmed")), _latest(task, ("answered",))
    return [contact for contact, at in asked.items() if contact not in done or done[contact] < at]


def _latest(task: Task, codes: Collection[str]) -> dict[str, datetime]:
    """When each person last stood in an entry of these codes."""
    named = [entry for entry in task.evidence if entry.get("code") in codes and "contact" in entry]
    return {entry["contact"]: datetime.fromisoformat(entry["at"]) for entry in named}


def _settle_person(
    session: Session, contact_id: uuid.UUID, answer: FreshnessAnswer, by: uuid.UUID, at: datetime
) -> None:
    """Put the record right; one that was put away meanwhile stays as it is."""
    if session.scalar(select(Contact.archived_at.is_not(None)).where(Contact.id == contact_id)):
        return
    if answer is FreshnessAnswer.STILL_RIGHT:
        confirm_contact(session, contact_id, by=by, at=at)
    elif answer is FreshnessAnswer.MOVED:
        mark_stale(session, contact_id, StaleReason.MOVED, by=by, at=at)
    else:
        contact_left(session, contact_id, by=by, at=at)


def _ask(person: Row[Any], staff: Staff, at: datetime) -> Ask:
    who = {"name": person.full_name, "title": person.title}
    if person.stale_reason:
        line = {"code": "stale", "person": who, "stale_reason": person.stale_reason}
    else:
        line = {
            "code": "unconfirmed",
            "person": who,
            "day": local_day(person.confirmed_at, staff.calendar.zone).isoformat(),
        }
    return Ask(
        TaskKind.FRESHNESS,
        person.account_id,
        why=[line, {"code": "confirm"}],
        evidence=[{**line, "contact": str(person.id), "at": rfc3339(at)}],
        owner_id=staff.pick(person.owner_id),
        department_id=person.department_id,
        contact_id=person.id,
        due_at=due_after(at, HOURS_ALLOWED, staff.calendar),
    )
