"""Opening hand-offs: the requests of the scores become one task each, or evidence for the one that is open already."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.customers.company_calendar import read_clocks
from abm.customers.working_hours import Clocks
from abm.guard.task_facts import Ruling, Subject, ask_about_tasks
from abm.handoff.assign import Standing, hold, stand
from abm.handoff.brief import Findings, Put, gather_all_findings, write_brief, write_why
from abm.handoff.feed import Key, open_or_feed
from abm.handoff.hurry import hurry_tasks
from abm.handoff.staff import Place, Staff, gather_staff
from abm.handoff.withheld import tell_withheld
from abm.models import Account, Contact, Department, MqaChange, Task
from abm.scoring.evaluate import lock_accounts
from abm.scoring.live import ensure_model
from abm.scoring.model import Model
from abm.scoring.report import score_reports
from abm.words import OPEN_TASK_STATES, GuardAnswer, GuardReason, MqaCause, Route, TaskKind, TaskState

BATCH = 50

WAITING = (MqaChange.handed_over_at.is_(None), MqaChange.cause != MqaCause.LEFT)
# What says best why now, when several requests make one task.
WEIGHT = (MqaCause.ACT_NOW, MqaCause.WOKEN, MqaCause.REROUTED, MqaCause.ENTERED)


@dataclass(frozen=True)
class Wish:
    """The requests that one task will answer, the weightiest first, and whom it is about."""

    key: Key
    account: Account
    subject: Subject
    requests: tuple[MqaChange, ...]
    put: Put | None = None

    @property
    def request(self) -> MqaChange:
        """The request that says why now."""
        return self.requests[0]

    @property
    def is_urgent(self) -> bool:
        """True when somebody asked to be called at once."""
        return self.request.cause == MqaCause.ACT_NOW


@dataclass(frozen=True)
class Round:
    """What one batch is decided by."""

    at: datetime
    model: Model
    clocks: Clocks
    staff: Staff
    findings: Mapping[uuid.UUID, Findings]
    departments: Mapping[uuid.UUID, uuid.UUID | None]
    # Frozen into the tasks that are new.
    receipts: Mapping[uuid.UUID, Mapping[str, Any]]


def open_next_hand_offs(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Turn the next requests into tasks; answers how many requests there were."""
    requests = _claim(session, limit)
    if not requests:
        return 0
    accounts = _load(session, requests)
    findings = gather_all_findings(session, list(accounts), at)
    wanted = _leave_alone(session, requests, findings, at)
    asked = _wishes(session, wanted, accounts, findings)
    rulings = _rule(session, asked, at)
    wishes = sorted((wish for wish in asked if not rulings[wish.key].skips), key=_hottest)
    open_now = _open_keys(session, list(accounts))
    act = Round(
        at,
        ensure_model(session),
        read_clocks(session),
        gather_staff(session, at, zone),
        findings,
        _owners(session, wishes),
        score_reports(session, {wish.account.id for wish in wishes if wish.key not in open_now}, at),
    )
    drafts = {wish.key: _draft(act, wish, rulings[wish.key], is_new=wish.key not in open_now) for wish in wishes}
    ids = open_or_feed(session, drafts, at)
    urgent = [ids[wish.key] for wish in wishes if wish.is_urgent and wish.key in open_now]
    hurry_tasks(session, urgent, act.clocks, act.staff, at)
    done = update(MqaChange).where(MqaChange.id.in_([request.id for request in requests]))
    session.execute(done.values(handed_over_at=at).execution_options(synchronize_session=False))
    return len(requests)


def has_requests(session: Session) -> bool:
    """True while a request of the scores waits."""
    return bool(session.scalar(select(exists().where(*WAITING))))


def _claim(session: Session, limit: int) -> Sequence[MqaChange]:
    """Everything that the accounts of the next requests ask for; the accounts are locked, as before tasks everywhere.

    Whoever waited for an account passes over what another worker holds: it waits for the account, too.
    """
    waiting = select(MqaChange).where(*WAITING).order_by(MqaChange.id)
    picked = session.scalars(waiting.limit(limit).with_for_update(skip_locked=True)).all()
    if not picked:
        return []
    accounts = {request.account_id for request in picked}
    lock_accounts(session, accounts)
    theirs = waiting.where(MqaChange.account_id.in_(accounts)).with_for_update(skip_locked=True)
    return session.scalars(theirs).all()


def _load(session: Session, requests: Iterable[MqaChange]) -> dict[uuid.UUID, Account]:
    wanted = select(Account).where(Account.id.in_({request.account_id for request in requests}))
    return {one.id: one for one in session.scalars(wanted.execution_options(populate_existing=True))}


def _leave_alone(
    session: Session, requests: Sequence[MqaChange], findings: Mapping[uuid.UUID, Findings], at: datetime
) -> list[MqaChange]:
    """The requests but those of people who refused every contact."""
    refused = [one for one in requests if one.contact_id in findings[one.account_id].refused]
    for request in refused:
        request.withheld_because = GuardReason.DO_NOT_CONTACT
    alone = [Subject(one.account_id, one.department_id, one.contact_id) for one in refused]
    tell_withheld(session, [(one, (GuardReason.DO_NOT_CONTACT,)) for one in alone], at)
    return [one for one in requests if one not in refused]


def _wishes(
    session: Session,
    requests: Sequence[MqaChange],
    accounts: Mapping[uuid.UUID, Account],
    findings: Mapping[uuid.UUID, Findings],
) -> list[Wish]:
    """One wish for each account and department, without what no longer holds when its turn comes."""
    homes = _homes(session, [request.contact_id for request in requests if request.contact_id])
    puts = _puts(session, [request.task_id for request in requests if request.cause == MqaCause.WOKEN])
    grouped: dict[Key, list[MqaChange]] = {}
    for request in sorted(requests, key=lambda one: (WEIGHT.index(MqaCause(one.cause)), one.id)):
        if request.cause == MqaCause.ENTERED and not accounts[request.account_id].is_mqa:
            continue
        department_id = _department(request, homes, findings[request.account_id])
        grouped.setdefault((request.account_id, department_id, TaskKind.HAND_OFF.value), []).append(request)
    return [
        Wish(
            key,
            accounts[key[0]],
            Subject(key[0], key[1], theirs[0].contact_id or findings[key[0]].first_of(key[1])),
            tuple(theirs),
            next((puts[one.task_id] for one in theirs if one.task_id in puts), None),
        )
        for key, theirs in grouped.items()
    ]


def _homes(session: Session, contact_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID | None]:
    """The department of each of these people."""
    return dict(session.execute(select(Contact.id, Contact.department_id).where(Contact.id.in_(contact_ids))).all())


def _puts(session: Session, task_ids: Sequence[uuid.UUID | None]) -> dict[uuid.UUID | None, Put]:
    """What had been put off, by the task whose answer put it off."""
    rows = select(Task.id, Task.owner_id, Task.answer, Task.text, Task.closed_at).where(Task.id.in_(task_ids))
    return {row.id: Put(row.owner_id, row.answer, row.text, row.closed_at) for row in session.execute(rows)}


def _department(
    request: MqaChange, homes: Mapping[uuid.UUID, uuid.UUID | None], findings: Findings
) -> uuid.UUID | None:
    """An act-now event goes to the contact's department, an MQA to the one with most depth."""
    if request.cause in (MqaCause.REROUTED, MqaCause.WOKEN):
        return request.department_id
    if request.contact_id is None:
        return findings.hottest_department()
    return homes.get(request.contact_id)


def _rule(session: Session, wishes: Sequence[Wish], at: datetime) -> dict[Key, Ruling]:
    """What the guard says of each; what it lets not through is told on the timeline, and kept with the request."""
    rulings = dict(
        zip((wish.key for wish in wishes), ask_about_tasks(session, [w.subject for w in wishes]), strict=True)
    )
    withheld = [(wish, rulings[wish.key].decision.reasons) for wish in wishes if rulings[wish.key].skips]
    tell_withheld(session, [(wish.subject, reasons) for wish, reasons in withheld], at)
    for wish, reasons in withheld:
        for request in wish.requests:
            request.withheld_because = reasons[0]
    return rulings


def _owners(session: Session, wishes: Sequence[Wish]) -> dict[uuid.UUID, uuid.UUID | None]:
    """Who looks after each department."""
    ids = [wish.subject.department_id for wish in wishes]
    return dict(session.execute(select(Department.id, Department.owner_id).where(Department.id.in_(ids))).all())


def _open_keys(session: Session, account_ids: Sequence[uuid.UUID]) -> set[Key]:
    """What is open at these accounts already; they are locked, so nobody opens another."""
    rows = select(Task.account_id, Task.department_id, Task.kind).where(
        Task.account_id.in_(account_ids), Task.kind == TaskKind.HAND_OFF, Task.state.in_(OPEN_TASK_STATES)
    )
    return {(row[0], row[1], row[2]) for row in session.execute(rows)}


def _hottest(wish: Wish) -> tuple[bool, float, uuid.UUID]:
    """Who asked to be called first, then the hottest: these get what room there is."""
    return not wish.is_urgent, -wish.account.counted_depth, wish.account.id


def _draft(act: Round, wish: Wish, ruling: Ruling, *, is_new: bool) -> dict[str, Any]:
    """The task as it would be opened now; what is open already needs the evidence and, of a request, why."""
    account, findings = wish.account, act.findings[wish.account.id]
    standing = _stand(act, wish, ruling) if is_new else Standing(TaskState.NEW)
    receipt = act.receipts[account.id] if is_new else {}
    cause = MqaCause(wish.request.cause)
    return {
        "kind": TaskKind.HAND_OFF.value,
        **{**vars(standing), "state": standing.state.value},
        "account_id": account.id,
        "department_id": wish.key[1],
        "contact_id": wish.subject.contact_id,
        "why": write_why(account, findings, act.model, cause, wish.subject.contact_id, wish.put),
        "points": receipt.get("points"),
        "receipt": receipt,
        "brief": write_brief(account, findings, act.model, act.at, wish.subject.contact_id) if is_new else {},
        "evidence": [_evidence(request, findings, act) for request in wish.requests],
        "created_at": act.at,
    }


def _stand(act: Round, wish: Wish, ruling: Ruling) -> Standing:
    before = wish.put.owner_id if wish.put else None
    if ruling.decision.answer is GuardAnswer.HOLD:
        return hold(ruling, act.at, before, Route.OWNER_BEFORE if before else None)
    place = Place.of(
        wish.account,
        act.departments.get(wish.key[1]) if wish.key[1] else None,
        deal_owner_id=ruling.deal_owner_id,
        owner_before_id=before,
    )
    # A day that was agreed with the customer waits for no room in somebody's week either.
    found = act.staff.route(place, urgent=wish.is_urgent or wish.put is not None)
    hours = act.clocks.allowed(wish.account.tier, act_now=wish.is_urgent)
    return stand(found, act.staff, hours, act.at, ruling.deal_id)


def _evidence(request: MqaChange, findings: Findings, act: Round) -> dict[str, Any]:
    """What made the request, by event, so that sales can call it false."""
    recent = act.at - timedelta(days=act.model.mqa.proven_within_days)
    events = [done["id"] for done in findings.acts if done["happened_at"] > recent]
    named = [request.event_id] if request.event_id else events
    return {"cause": request.cause, "at": rfc3339(request.at), "events": [str(event_id) for event_id in named]}
