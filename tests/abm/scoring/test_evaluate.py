"""Evaluation without any event: decay, windows and blocks move accounts, and so do deals and contracts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, Contract, Deal, MqaChange, Ownership, Product, StageChange
from abm.scoring.evaluate import evaluate_accounts, evaluate_due, foresee
from abm.scoring.fold import fold_next_batch
from abm.scoring.live import ensure_model
from abm.words import DealStage, EventKind, MqaCause, Seniority, Stage, StageReason, Verdict
from tests.abm.scoring.ledgers import MONDAY, TOKYO
from tests.worlds import make_account, make_contact, make_event

# Days of half-life 30 until 80 points have fallen to 28: 30 · log2(80 / 28).
UNTIL_IT_LEAVES = timedelta(days=45.43719518)


def hot_account(session: Session) -> Account:
    account = make_account(session)
    for number in range(2):
        who = make_contact(session, account, f"役員 {number}", f"{number}@acme.example", seniority=Seniority.EXECUTIVE)
        make_event(session, who, EventKind.WEBINAR_ATTENDED, MONDAY, verdict=Verdict.PROVEN, minutes=60)
    while fold_next_batch(session, MONDAY, TOKYO):
        pass
    return account


def let_time_pass(session: Session, account: Account, until: datetime) -> int:
    """Evaluate whenever the account says so; answers how often that was."""
    times = 0
    session.refresh(account)
    while account.evaluate_at is not None and account.evaluate_at <= until:
        evaluate_due(session, account.evaluate_at, ensure_model(session), TOKYO)
        times += 1
        session.refresh(account)
    return times


def test_a_new_account_is_due_at_once(session: Session) -> None:
    account = make_account(session)
    make_contact(session, account)

    evaluate_due(session, MONDAY, ensure_model(session), TOKYO)

    session.refresh(account)
    assert (account.stage, account.evaluate_at) == (Stage.KNOWN, None)


@pytest.mark.parametrize("rests_days", [None, 12])
def test_what_is_foreseen_is_what_is_said_then(session: Session, rests_days: int | None) -> None:
    account, model = hot_account(session), ensure_model(session)
    if rests_days:
        account.mqa_blocked_until = MONDAY + timedelta(days=rests_days)
        session.flush()
        evaluate_accounts(session, [account.id], MONDAY, model, TOKYO)
    moments = [MONDAY + timedelta(days=day) for day in (5, 20, 44, 47, 100, 200)]

    foreseen = [foresee(session, account.id, moment, MONDAY, model, TOKYO) for moment in moments]

    said = []
    for moment in moments:
        let_time_pass(session, account, moment)
        said.append((account.stage, account.is_mqa))
    assert [(one.stage, one.is_mqa) for one in foreseen if one] == said
    assert len(set(said)) > 2


def test_an_mqa_leaves_at_the_moment_its_points_have_faded(session: Session) -> None:
    account = hot_account(session)

    let_time_pass(session, account, MONDAY + timedelta(days=60))

    left = session.scalars(select(MqaChange).where(MqaChange.cause == MqaCause.LEFT)).one()
    assert abs(left.at - (MONDAY + UNTIL_IT_LEAVES)) < timedelta(seconds=1)
    assert not account.is_mqa


def test_a_forgotten_account_walks_down_the_stages(session: Session) -> None:
    account = hot_account(session)

    times = let_time_pass(session, account, MONDAY + timedelta(days=500))

    steps = session.scalars(select(StageChange.new).order_by(StageChange.at)).all()
    assert steps == [Stage.MQA, Stage.ENGAGED, Stage.AWARE, Stage.KNOWN, Stage.DORMANT]
    assert account.evaluate_at is None
    assert times < 400


def test_an_account_returns_when_its_block_ends(session: Session) -> None:
    account = hot_account(session)
    account.mqa_blocked_until = MONDAY + timedelta(days=10)
    account.evaluate_at = MONDAY
    session.flush()

    let_time_pass(session, account, MONDAY + timedelta(days=11))

    causes = session.execute(select(MqaChange.cause, MqaChange.at).order_by(MqaChange.at, MqaChange.id)).all()
    assert [tuple(row) for row in causes] == [
        (MqaCause.ENTERED, MONDAY),
        (MqaCause.LEFT, MONDAY),
        (MqaCause.ENTERED, MONDAY + timedelta(days=10)),
    ]


def evaluated(session: Session, account: Account, at: datetime = MONDAY) -> StageChange:
    """The last step of this account's stage, after an evaluation."""
    evaluate_accounts(session, [account.id], at, ensure_model(session), TOKYO)
    return session.scalars(select(StageChange).order_by(StageChange.id.desc()).limit(1)).one()


def add_deal(session: Session, account: Account, stage: DealStage, **over: Any) -> Deal:
    """A deal of this account that has stood where it is for a month."""
    deal = Deal(account_id=account.id, name="製品X", stage=stage, stage_since=MONDAY - timedelta(days=30), **over)
    session.add(deal)
    session.flush()
    return deal


def test_an_open_deal_makes_an_opportunity_and_a_lost_one_a_lost_account(session: Session) -> None:
    account = make_account(session)
    deal = add_deal(session, account, DealStage.QUOTE)

    opened = evaluated(session, account)
    deal.stage, deal.closed_on = DealStage.LOST, MONDAY.date()
    session.flush()
    lost = evaluated(session, account)

    assert (opened.new, opened.reason) == (Stage.OPPORTUNITY, StageReason.OPEN_DEAL)
    assert (lost.new, lost.reason) == (Stage.LOST, StageReason.DEAL_LOST)


def test_a_deal_won_after_the_lost_one_ends_the_detour(session: Session) -> None:
    account = make_account(session)
    add_deal(session, account, DealStage.LOST, closed_on=date(2026, 1, 10))
    evaluated(session, account)
    add_deal(session, account, DealStage.WON, closed_on=date(2026, 5, 10))

    assert evaluated(session, account).new == Stage.ALL_OTHERS


def test_what_is_archived_makes_no_stage(session: Session) -> None:
    account = make_account(session)
    add_deal(session, account, DealStage.QUOTE, archived_at=MONDAY)
    contract = Contract(account_id=account.id, name="保守", archived_at=MONDAY)
    session.add(contract)
    session.flush()

    evaluate_accounts(session, [account.id], MONDAY, ensure_model(session), TOKYO)

    assert session.scalars(select(StageChange)).all() == []


def test_a_running_contract_and_an_owned_product_make_a_customer(session: Session) -> None:
    account, other = make_account(session), make_account(session, "株式会社ゼータ")
    product = Product(code="x", name="製品X")
    session.add_all([product, Contract(account_id=account.id, name="保守")])
    session.flush()
    session.add(Ownership(account_id=other.id, product_id=product.id, until_on=MONDAY.date()))
    session.flush()

    running, owned = evaluated(session, account), evaluated(session, other)

    assert (running.new, running.reason) == (Stage.CUSTOMER, StageReason.CONTRACT_RUNNING)
    assert (owned.new, owned.reason) == (Stage.CUSTOMER, StageReason.PRODUCT_OWNED)
    assert evaluated(session, other, MONDAY + timedelta(days=1)).new == Stage.ALL_OTHERS


def test_a_product_is_owned_until_the_day_ends_where_the_installation_stands(session: Session) -> None:
    account, product = make_account(session), Product(code="x", name="製品X")
    session.add(product)
    session.flush()
    session.add(Ownership(account_id=account.id, product_id=product.id, until_on=date(2026, 11, 9)))
    session.flush()
    # In Tokyo the tenth begins while it is still three in the afternoon of the ninth in UTC.
    night = datetime(2026, 11, 9, 15, tzinfo=UTC)

    owned = evaluated(session, account, night - timedelta(seconds=1))
    session.refresh(account)

    assert (owned.new, account.evaluate_at) == (Stage.CUSTOMER, night)
    assert evaluated(session, account, night).new == Stage.ALL_OTHERS
