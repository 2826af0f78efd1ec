"""Answers of sales: each moves the task once and has its effects."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.customers.export import export_person
from abm.customers.timeline import Item, add_items
from abm.errors import Conflict, Invalid
from abm.guard.ask import ask_guard
from abm.guard.task_facts import Subject, ask_about_tasks
from abm.handoff.answers import Said, answer_task
from abm.handoff.brief import gather_findings, write_brief
from abm.handoff.closing import close_task
from abm.models import (
    Account,
    AuditEntry,
    Contact,
    Deal,
    DeclinedProduct,
    Department,
    Event,
    Product,
    ScoreModel,
    Suppression,
    Task,
    TaskChange,
    TaskFault,
)
from abm.scoring.live import ensure_model
from abm.words import (
    AnswerCode,
    DealStage,
    ExcludedReason,
    GuardReason,
    ItemKind,
    Stage,
    TaskCode,
    TaskFaultKind,
    TaskKind,
    TaskState,
    Verdict,
)
from tests.abm.handoff.hot import hand_over, hot_task, people, the_task
from tests.worlds import NOON, make_department, make_user

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def task(session: Session) -> Task:
    """A hot account's task, assigned."""
    make_user(session)
    return hot_task(session)


def answer(session: Session, task: Task, code: AnswerCode, **over: object) -> Task:
    """The owner's answer an hour later, with whatever it needs."""
    needs = {AnswerCode.NOT_NOW: {"until": date(2027, 4, 1)}, AnswerCode.OTHER: {"text": "社内調整中"}}
    needs[AnswerCode.WRONG_PERSON] = {"text": "情報システム部"}
    assert task.owner_id is not None
    return answer_task(session, task.id, Said(code, by=task.owner_id, at=LATER, **{**needs.get(code, {}), **over}))  # type: ignore[arg-type]


def account_of(session: Session, task: Task) -> Account:
    return session.get_one(Account, task.account_id, populate_existing=True)


def log_calls(session: Session, task: Task, number: int) -> None:
    calls = [Item(ItemKind.CALL, task.account_id, LATER, department_id=task.department_id) for _ in range(number)]
    add_items(session, calls)


def test_accepting_and_starting_put_the_account_in_sales(session: Session, task: Task) -> None:
    accepted = answer(session, task, AnswerCode.ACCEPT)
    assert (accepted.state, accepted.accepted_at) == (TaskState.ACCEPTED, LATER)
    assert account_of(session, task).stage == Stage.IN_SALES

    assert answer(session, task, AnswerCode.START).state == TaskState.WORKING
    assert account_of(session, task).stage == Stage.IN_SALES


def test_a_change_is_written_down_with_who_and_why(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.OTHER, text="予定が合わない")

    change = session.scalars(select(TaskChange).where(TaskChange.code == "other")).one()
    written = (change.old, change.new, change.by_user_id, change.text)
    assert written == ("assigned", "rejected", task.owner_id, "予定が合わない")


ENDS = {
    AnswerCode.MEETING: TaskState.MEETING,
    AnswerCode.OPPORTUNITY: TaskState.OPPORTUNITY,
    AnswerCode.NOT_NOW: TaskState.RECYCLED,
    AnswerCode.NO_BUDGET: TaskState.RECYCLED,
    AnswerCode.NO_NEED: TaskState.RECYCLED,
    AnswerCode.NOT_FIT: TaskState.DISQUALIFIED,
    AnswerCode.WRONG_PERSON: TaskState.REJECTED,
    AnswerCode.BAD_DATA: TaskState.REJECTED,
    AnswerCode.ALREADY_WORKING: TaskState.REJECTED,
    AnswerCode.ALREADY_CUSTOMER: TaskState.REJECTED,
    AnswerCode.COMPETITOR: TaskState.DISQUALIFIED,
    AnswerCode.FALSE_SIGNAL: TaskState.REJECTED,
    AnswerCode.DO_NOT_CONTACT: TaskState.DISQUALIFIED,
    AnswerCode.OTHER: TaskState.REJECTED,
    AnswerCode.UNREACHABLE: TaskState.RECYCLED,
}


@pytest.mark.parametrize("before", [[], [AnswerCode.ACCEPT], [AnswerCode.ACCEPT, AnswerCode.START]])
def test_every_end_can_be_answered_from_every_taken_state(
    session: Session, task: Task, before: list[AnswerCode]
) -> None:
    log_calls(session, task, 3)
    for code, state in ENDS.items():
        with session.begin_nested() as attempt:
            for step in before:
                answer(session, task, step)
            answered = answer(session, task, code)
            assert (answered.state, answered.closed_at, answered.answer) == (state, LATER, code)
            attempt.rollback()


def test_starting_needs_accepting_first(session: Session, task: Task) -> None:
    with pytest.raises(Conflict, match="assigned"):
        answer(session, task, AnswerCode.START)


def test_what_is_over_cannot_be_answered_again(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.MEETING)

    with pytest.raises(Conflict, match="meeting"):
        answer(session, task, AnswerCode.OTHER)


@pytest.mark.parametrize(
    ("code", "over", "field"),
    [
        (AnswerCode.OTHER, {"text": "  "}, "text"),
        (AnswerCode.WRONG_PERSON, {"text": None}, "text"),
        (AnswerCode.NOT_NOW, {"until": None}, "until"),
        (AnswerCode.OTHER, {"text": "あ" * 2_001}, "text"),
        (AnswerCode.NOT_NOW, {"until": date(2026, 11, 13)}, "until"),
        (AnswerCode.NOT_NOW, {"until": date(9999, 12, 31)}, "until"),
        (AnswerCode.UNREACHABLE, {}, "code"),
    ],
)
def test_an_answer_without_what_it_needs_is_refused(
    session: Session, task: Task, code: AnswerCode, over: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        answer(session, task, code, **over)

    assert refused.value.field == field
    assert the_task(session).state == TaskState.ASSIGNED


def test_unreachable_is_taken_after_three_tries(session: Session, task: Task) -> None:
    log_calls(session, task, 3)

    assert answer(session, task, AnswerCode.UNREACHABLE).wake_on == date(2026, 12, 13)


def test_recycled_work_wakes_up_in_the_budgeting_window(session: Session, task: Task) -> None:
    assert answer(session, task, AnswerCode.NO_BUDGET).wake_on == date(2027, 1, 1)


def test_a_rejected_account_rests_for_thirty_days(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.ALREADY_WORKING)

    account = account_of(session, task)
    assert (account.is_mqa, account.mqa_blocked_until) == (False, LATER + timedelta(days=30))
    assert account.evaluate_at is not None
    assert account.evaluate_at <= LATER + timedelta(days=30)


def test_the_wrong_person_leads_to_the_right_department(session: Session, task: Task) -> None:
    systems = Department(account_id=task.account_id, name="情報システム部", normalised_name="情報システム部")
    session.add(systems)

    answer(session, task, AnswerCode.WRONG_PERSON)
    hand_over(session, LATER)

    fresh = session.scalars(select(Task).where(Task.state == TaskState.ASSIGNED)).one()
    assert fresh.department_id == systems.id
    assert account_of(session, task).mqa_blocked_until is None


def test_a_firm_that_does_not_fit_is_excluded(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.NOT_FIT)

    account = account_of(session, task)
    assert (account.excluded_reason, account.stage, account.is_mqa) == (ExcludedReason.NOT_FIT, Stage.EXCLUDED, False)


def test_a_competitor_scores_nothing_from_then_on(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.COMPETITOR)
    hand_over(session, LATER)

    account = account_of(session, task)
    assert (account.excluded_reason, account.depth) == (ExcludedReason.COMPETITOR, 0)


def test_a_false_signal_makes_its_likely_events_machine_and_folds_again(session: Session, task: Task) -> None:
    session.execute(update(Event).values(verdict=Verdict.LIKELY))

    answer(session, task, AnswerCode.FALSE_SIGNAL)
    hand_over(session, LATER)

    assert verdicts(session) == {Verdict.MACHINE}
    assert account_of(session, task).depth == 0


def test_a_refusal_stops_every_mail_to_the_people_of_the_task(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.DO_NOT_CONTACT)

    department = select(Contact.email).where(Contact.department_id == task.department_id)
    assert set(session.scalars(select(Suppression.email))) == set(session.scalars(department))


def test_bad_data_asks_for_the_record_to_be_put_right(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.BAD_DATA, text="退職済み")

    asked = session.scalars(select(Task).where(Task.kind == TaskKind.FRESHNESS)).one()
    assert (asked.state, asked.contact_id) == (TaskState.OPEN, task.contact_id)
    closed = close_task(session, asked.id, done=True, by=asked.owner_id, at=LATER)  # type: ignore[arg-type]
    assert closed.state == TaskState.DONE


def test_a_hand_off_is_not_closed_like_other_tasks(session: Session, task: Task) -> None:
    with pytest.raises(Conflict):
        close_task(session, task.id, done=True, by=task.owner_id, at=LATER)  # type: ignore[arg-type]


def test_a_proven_act_is_no_false_signal_unless_it_is_named(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.FALSE_SIGNAL)

    assert verdicts(session) == {Verdict.PROVEN}


def test_only_named_events_become_machine(session: Session, task: Task) -> None:
    named = uuid.UUID(task.evidence[0]["events"][0])

    answer(session, task, AnswerCode.FALSE_SIGNAL, events=[named])

    machine = session.scalars(select(Event.id).where(Event.verdict == Verdict.MACHINE))
    assert list(machine) == [named]


def test_an_event_of_somebody_else_cannot_be_named(session: Session, task: Task) -> None:
    with pytest.raises(Invalid, match="no evidence"):
        answer(session, task, AnswerCode.FALSE_SIGNAL, events=[uuid.uuid4()])
    with pytest.raises(Invalid, match="named with false_signal only"):
        answer(session, task, AnswerCode.ACCEPT, events=[uuid.UUID(task.evidence[0]["events"][0])])

    assert the_task(session).state == TaskState.ASSIGNED


@pytest.mark.parametrize("code", [AnswerCode.COMPETITOR, AnswerCode.NOT_FIT])
def test_other_hand_offs_of_an_excluded_account_are_withdrawn(session: Session, task: Task, code: AnswerCode) -> None:
    account = account_of(session, task)
    other, received = (make_department(session, account, name) for name in ("経理部", "法務部"))
    shared = {
        "kind": TaskKind.HAND_OFF,
        "account_id": account.id,
        "created_at": NOON,
        "owner_id": task.owner_id,
        "why": [],
    }
    left = Task(**shared, state=TaskState.ASSIGNED, department_id=other.id, due_at=LATER)
    kept = Task(**shared, state=TaskState.ACCEPTED, department_id=received.id)
    session.add_all([left, kept])
    session.flush()

    answer(session, task, code)

    session.refresh(left)
    assert (left.state, left.closed_at, left.due_at) == (TaskState.DISQUALIFIED, LATER, None)
    assert session.get_one(Task, kept.id, populate_existing=True).state == TaskState.ACCEPTED
    codes = session.scalars(select(TaskChange.code).where(TaskChange.task_id == left.id))
    assert list(codes) == [TaskCode.WITHDRAWN]


def test_a_refusal_holds_in_every_channel_and_for_those_without_an_address(session: Session, task: Task) -> None:
    contact = session.get_one(Contact, task.contact_id)
    contact.email, contact.phone = None, "+81312345678"
    session.flush()

    answer(session, task, AnswerCode.DO_NOT_CONTACT)

    assert session.get_one(Contact, task.contact_id, populate_existing=True).refused_at == LATER
    assert GuardReason.SUPPRESSED in ask_guard(session, contact.id, LATER).reasons
    (ruling,) = ask_about_tasks(session, [Subject(task.account_id, task.department_id, contact.id)])
    assert ruling.decision.reasons == (GuardReason.DO_NOT_CONTACT,)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (AnswerCode.ALREADY_WORKING, TaskFaultKind.COLLISION),
        (AnswerCode.ALREADY_CUSTOMER, TaskFaultKind.ALREADY_BOUGHT),
        (AnswerCode.NOT_FIT, TaskFaultKind.NOT_FIT),
        (AnswerCode.FALSE_SIGNAL, TaskFaultKind.FALSE_SIGNAL),
    ],
)
def test_a_hand_off_that_should_not_have_come_is_kept_as_a_fault(
    session: Session, task: Task, code: AnswerCode, kind: TaskFaultKind
) -> None:
    answer(session, task, code)

    fault = session.scalars(select(TaskFault)).one()
    assert (fault.task_id, fault.account_id, fault.kind, fault.at) == (task.id, task.account_id, kind, LATER)


def test_an_answer_that_finds_nothing_wrong_keeps_no_fault(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.NO_NEED)

    assert session.scalars(select(TaskFault)).all() == []


def test_already_working_links_the_deal_that_is_open(session: Session, task: Task) -> None:
    values = {"account_id": task.account_id, "stage_since": NOON, "stage": DealStage.PROPOSAL}
    elsewhere = Deal(name="よその部署", department_id=None, **values)
    ours = Deal(name="製品X", department_id=task.department_id, **values)
    over = Deal(name="失注", department_id=task.department_id, **{**values, "stage": DealStage.LOST})
    session.add_all([elsewhere, ours, over])
    session.flush()

    answered = answer(session, task, AnswerCode.ALREADY_WORKING)

    assert answered.deal_id == ours.id
    assert session.scalars(select(TaskFault.deal_id)).one() == ours.id


def test_no_need_lowers_the_interest_in_the_product_the_task_was_about(session: Session, task: Task) -> None:
    about, other = Product(code="q", name="製品Q", topics=["品質管理"]), Product(code="z", name="製品Z")
    session.add_all([about, other])
    session.flush()

    answered = answer(session, task, AnswerCode.NO_NEED)

    assert answered.wake_on == date(2027, 5, 12), "180 days on"
    assert session.scalars(select(DeclinedProduct.product_id)).all() == [about.id]
    findings = gather_findings(session, task.account_id, LATER)
    assert write_brief(account_of(session, task), findings, ensure_model(session), LATER)["interests"] == []


def test_no_need_of_a_product_that_is_named_concerns_that_one_only(session: Session, task: Task) -> None:
    about, named = Product(code="q", name="製品Q", topics=["品質管理"]), Product(code="z", name="製品Z")
    session.add_all([about, named])
    session.flush()

    answer(session, task, AnswerCode.NO_NEED, product_id=named.id)

    assert session.scalars(select(DeclinedProduct.product_id)).all() == [named.id]


def test_the_model_says_for_how_long_each_reason_rests(session: Session, task: Task) -> None:
    live = session.scalars(select(ScoreModel).where(ScoreModel.is_live)).one()
    document = {**live.document, "mqa": {**live.document["mqa"], "cool_down_by_reason": {"not_now": 90, "other": 7}}}
    live.document = document
    session.flush()

    with session.begin_nested() as attempt:
        answer(session, task, AnswerCode.OTHER)
        assert account_of(session, task).mqa_blocked_until == LATER + timedelta(days=7)
        attempt.rollback()
    answer(session, task, AnswerCode.NOT_NOW)
    assert account_of(session, task).mqa_blocked_until == LATER + timedelta(days=90)


def test_the_right_person_is_asked_at_their_department_without_waiting(session: Session, task: Task) -> None:
    right = people(session, account_of(session, task))[2]

    answer(session, task, AnswerCode.WRONG_PERSON, text=right.full_name)
    hand_over(session, LATER)

    fresh = session.scalars(select(Task).where(Task.state == TaskState.ASSIGNED)).one()
    assert (fresh.contact_id, fresh.department_id) == (right.id, right.department_id)


def test_an_answer_leaves_an_audit_row(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.ACCEPT)

    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "task.answered"))
    assert (entry.user_id, entry.subject_id) == (task.owner_id, task.id)
    assert entry.detail == {"answer": "accept", "old": "assigned", "new": "accepted"}


def verdicts(session: Session) -> set[str]:
    return set(session.scalars(select(Event.verdict).execution_options(populate_existing=True)))


def test_an_answer_may_say_that_its_person_asked_not_to_be_phoned(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.ACCEPT, no_phone=True)

    person = session.get_one(Contact, task.contact_id, populate_existing=True)
    assert person.no_phone_at == LATER
    assert export_person(session, person.id, LATER)["contact"]["no_phone_at"]
    changes = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == person.id)).one()
    assert "no_phone_at" in changes.detail["changes"]
    task.contact_id = None
    with pytest.raises(Invalid, match="nobody is named"):
        answer(session, task, AnswerCode.START, no_phone=True)
