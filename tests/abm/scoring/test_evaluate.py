"""Evaluation by time alone: decay, windows and blocks move accounts without any event."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, MqaChange, StageChange
from abm.scoring.evaluate import evaluate_due
from abm.scoring.fold import fold_next_batch
from abm.words import EventKind, MqaCause, Seniority, Stage, Verdict
from tests.abm.scoring.ledgers import MODEL, MONDAY, TOKYO
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
        evaluate_due(session, account.evaluate_at, MODEL)
        times += 1
        session.refresh(account)
    return times


def test_a_new_account_is_due_at_once(session: Session) -> None:
    account = make_account(session)
    make_contact(session, account)

    evaluate_due(session, MONDAY, MODEL)

    session.refresh(account)
    assert (account.stage, account.evaluate_at) == (Stage.KNOWN, None)


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
    assert steps == [Stage.MQA, Stage.ENGAGED, Stage.AWARE, Stage.KNOWN]
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
