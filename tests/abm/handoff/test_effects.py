"""What follows an answer: a deal with its next action, a product known as owned, a record that is looked at."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.handoff.answers import Said, answer_task
from abm.models import Account, Contact, Deal, NextAction, Ownership, Product, Task
from abm.words import AnswerCode, DealStage, Stage, StaleReason, TaskKind
from tests.abm.handoff.hot import hot_task
from tests.abm.handoff.sold import tasks_of
from tests.worlds import NOON, make_user

# Friday: the next business day is Monday.
MONDAY = date(2026, 11, 16)


@pytest.fixture
def task(session: Session) -> Task:
    """A hot account's task, assigned."""
    make_user(session)
    return hot_task(session)


def make_product(session: Session) -> Product:
    product = Product(code="x", name="製品X")
    session.add(product)
    session.flush()
    return product


def answer(session: Session, task: Task, code: AnswerCode, product_id: uuid.UUID | None = None, **over: object) -> None:
    assert task.owner_id is not None
    at = NOON + timedelta(hours=1)
    answer_task(session, task.id, Said(code, by=task.owner_id, at=at, product_id=product_id, **over))  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "what"), [(AnswerCode.MEETING, "面談の準備"), (AnswerCode.OPPORTUNITY, "提案の準備")])
def test_a_meeting_and_an_opportunity_open_a_deal_and_plan_what_comes_next(
    session: Session, task: Task, code: AnswerCode, what: str
) -> None:
    answer(session, task, code)

    deal = session.scalars(select(Deal)).one()
    assert (deal.task_id, deal.owner_id, deal.department_id, deal.contact_id) == (
        task.id,
        task.owner_id,
        task.department_id,
        task.contact_id,
    )
    assert (deal.name, deal.stage) == ("品質管理", DealStage.DISCOVERY)
    action = session.scalars(select(NextAction)).one()
    assert (action.deal_id, action.due_on, action.what) == (deal.id, MONDAY, what)
    assert session.get_one(Account, task.account_id, populate_existing=True).stage == Stage.OPPORTUNITY


def test_a_deal_is_about_the_product_that_was_chosen_and_due_when_was_said(session: Session, task: Task) -> None:
    product = make_product(session)

    answer(session, task, AnswerCode.MEETING, product.id, until=date(2026, 12, 1), text="工場見学と価格の説明")

    deal, action = session.scalars(select(Deal)).one(), session.scalars(select(NextAction)).one()
    assert (deal.name, deal.product_id) == ("製品X", product.id)
    assert (action.due_on, action.what) == (date(2026, 12, 1), "工場見学と価格の説明")


def test_already_customer_keeps_the_product_as_owned_once(session: Session, task: Task) -> None:
    product = make_product(session)
    session.add(Ownership(account_id=task.account_id, product_id=product.id, until_on=NOON.date() - timedelta(days=1)))
    session.flush()

    answer(session, task, AnswerCode.ALREADY_CUSTOMER, product.id)

    owned = session.scalars(select(Ownership).where(Ownership.until_on.is_(None))).one()
    assert (owned.product_id, owned.department_id) == (product.id, task.department_id)
    assert session.get_one(Account, task.account_id, populate_existing=True).stage == Stage.CUSTOMER


def test_what_is_owned_already_is_not_kept_twice(session: Session, task: Task) -> None:
    product = make_product(session)
    session.add(Ownership(account_id=task.account_id, product_id=product.id))
    session.flush()

    answer(session, task, AnswerCode.ALREADY_CUSTOMER, product.id)

    assert len(session.scalars(select(Ownership)).all()) == 1


def test_a_product_we_do_not_have_is_refused_and_nothing_is_done(session: Session, task: Task) -> None:
    with pytest.raises(Invalid, match="your products"):
        answer(session, task, AnswerCode.MEETING, uuid.uuid4())

    assert session.scalars(select(Deal)).all() == []


def test_bad_data_makes_the_record_stale_and_asks_to_look_at_it(session: Session, task: Task) -> None:
    answer(session, task, AnswerCode.BAD_DATA, text="部署名が違う")

    contact = session.get_one(Contact, task.contact_id, populate_existing=True)
    assert contact.stale_reason == StaleReason.BAD_DATA
    (asked,) = tasks_of(session, TaskKind.FRESHNESS)
    assert (asked.contact_id, asked.owner_id) == (contact.id, task.owner_id)
    assert [entry["contact"] for entry in asked.evidence] == [str(contact.id)]
