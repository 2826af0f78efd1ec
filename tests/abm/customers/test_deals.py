"""Deals: opened by a hand-off, moved, won and lost; each move is kept, told, and has the account looked at again."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.deals import add_step, open_deal, order_won, own_product
from abm.customers.keep import Writing, change_record
from abm.customers.sheets import DEAL, DECISION_STEP
from abm.customers.sold import probability_of
from abm.errors import Invalid
from abm.models import Account, Deal, DealChange, DecisionStep, Product, TimelineItem, User
from abm.words import BuyingRole, DealStage, DecisionState, ItemKind, LostReason
from tests.worlds import NOON, make_account, make_contact, make_department, make_user


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def rep(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def writing(rep: User) -> Writing:
    return Writing(rep.id, NOON, NOON.date())


@pytest.fixture
def deal(session: Session, acme: Account, rep: User) -> Deal:
    return open_deal(session, acme.id, "配車システムの更新", owner_id=rep.id, by=rep.id, at=NOON)


def test_a_hand_off_opens_a_deal_with_all_it_knows(session: Session, acme: Account, rep: User) -> None:
    department = make_department(session, acme)
    anna = make_contact(session, acme, department_id=department.id)

    made = open_deal(
        session,
        acme.id,
        "配車システムの更新",
        owner_id=rep.id,
        contact_id=anna.id,
        department_id=department.id,
        task_id=anna.id,
        by=rep.id,
        at=NOON,
    )

    kept = (made.stage, made.stage_since, made.owner_id, made.contact_id, made.department_id, made.task_id)
    assert kept == (DealStage.DISCOVERY, NOON, rep.id, anna.id, department.id, anna.id)


def test_a_new_deal_is_told_and_its_first_stage_kept(session: Session, deal: Deal) -> None:
    item = session.scalars(select(TimelineItem)).one()
    change = session.scalars(select(DealChange)).one()

    assert (item.kind, item.detail["title"], item.detail["new"]) == (ItemKind.DEAL_CHANGED, deal.name, "discovery")
    assert (change.deal_id, change.old, change.new) == (deal.id, None, "discovery")


def test_a_move_is_kept_told_and_has_the_account_looked_at(
    session: Session, acme: Account, deal: Deal, writing: Writing
) -> None:
    acme.evaluate_at = None

    change_record(session, DEAL, deal.id, {"stage": "proposal"}, writing)

    change = session.scalars(select(DealChange).where(DealChange.old.is_not(None))).one()
    item = session.scalars(select(TimelineItem).where(TimelineItem.detail["old"].astext == "discovery")).one()
    assert (change.old, change.new, change.by_user_id) == ("discovery", "proposal", writing.by)
    assert (item.detail["new"], item.subject_id) == ("proposal", deal.id)
    assert acme.evaluate_at == NOON


def test_a_change_of_the_amount_is_no_move(session: Session, deal: Deal, writing: Writing) -> None:
    change_record(session, DEAL, deal.id, {"amount": 12_000_000}, writing)

    assert len(session.scalars(select(DealChange)).all()) == 1


def test_a_lost_deal_needs_a_reason(session: Session, deal: Deal, writing: Writing) -> None:
    with pytest.raises(Invalid) as refused:
        change_record(session, DEAL, deal.id, {"stage": "lost"}, writing)

    assert (refused.value.field, refused.value.code) == ("lost_reason", "lost_needs_reason")


@pytest.mark.parametrize(("stage", "reason"), [("won", None), ("lost", LostReason.PRICE.value)])
def test_an_ended_deal_knows_since_when(
    session: Session, deal: Deal, writing: Writing, stage: str, reason: str | None
) -> None:
    change_record(session, DEAL, deal.id, {"stage": stage, "lost_reason": reason}, writing)

    assert (deal.closed_on, deal.lost_reason) == (NOON.date(), reason)


def test_a_deal_taken_up_again_has_no_end(session: Session, deal: Deal, writing: Writing) -> None:
    change_record(session, DEAL, deal.id, {"stage": "lost", "lost_reason": "price"}, writing)

    change_record(session, DEAL, deal.id, {"stage": "quote"}, writing)

    assert (deal.closed_on, deal.lost_reason) == (None, None)


@pytest.mark.parametrize(
    ("stage", "own", "expected"),
    [("discovery", None, 10), ("discovery", 40, 40), ("won", 40, 100), ("lost", 40, 0), ("approval", 0, 0)],
)
def test_what_somebody_said_counts_more_than_the_stage(stage: str, own: int | None, expected: int) -> None:
    assert probability_of(stage, own) == expected


def test_what_was_won_is_kept_once_however_often_it_is_asked(session: Session, deal: Deal, writing: Writing) -> None:
    product = Product(code="X", name="製品X")
    session.add(product)
    session.flush()
    change_record(session, DEAL, deal.id, {"stage": "won", "product_id": product.id}, writing)

    orders = {order_won(session, deal, writing).id for _ in range(2)}
    owned = {own_product(session, deal, writing).id for _ in range(2)}

    assert (len(orders), len(owned)) == (1, 1)


def test_a_step_of_the_decision_is_told_with_its_person_role_day_and_state(
    session: Session, acme: Account, deal: Deal, writing: Writing
) -> None:
    anna = make_contact(session, acme)
    due = date(2026, 12, 10)
    typed = {"what": "部長決裁", "contact_id": anna.id, "buying_role": BuyingRole.APPROVER.value, "due_on": due}
    step = add_step(session, deal.id, typed, writing)
    change_record(session, DECISION_STEP, step.id, {"state": DecisionState.APPROVED.value}, writing)
    change_record(session, DECISION_STEP, step.id, {"contact_id": None, "note": "異動"}, writing)
    change_record(session, DECISION_STEP, step.id, {"note": "後任を確認"}, writing)

    told = of_step(session, step)

    assert [(one.contact_id, one.detail.get("old"), one.detail["new"]) for one in told] == [
        (anna.id, None, "waiting"),
        (anna.id, "waiting", "approved"),
        (None, "approved", "approved"),
    ]
    assert told[0].detail["due_on"] == "2026-12-10"
    assert told[1].detail["changed"] == ["state", "decided_on"]
    assert told[2].detail["changed"] == ["contact_id"]
    assert {one.detail["role"] for one in told} == {BuyingRole.APPROVER}


def of_step(session: Session, step: DecisionStep) -> list[TimelineItem]:
    rows = select(TimelineItem).where(TimelineItem.subject_id == step.id)
    return list(session.scalars(rows.order_by(TimelineItem.id)))
