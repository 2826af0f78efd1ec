"""Returns: an account back after a year, or active after a lost deal, is one task for whoever knew it last."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.customers.suppression import suppress
from abm.customers.timeline import Item, add_items
from abm.handoff.actors import open_returns
from abm.handoff.returns import has_returns, open_next_returns
from abm.handoff.wording import say_why
from abm.models import Account, AccountReturn, Contact, Deal, Task
from abm.queue import enqueue
from abm.scoring.fold import fold_next_batch
from abm.words import (
    DealStage,
    EventKind,
    ExcludedReason,
    ItemKind,
    Language,
    LostReason,
    SuppressionReason,
    TaskKind,
    Verdict,
)
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.sold import after, tasks_of
from tests.abm.handoff.test_actors import run_together
from tests.abm.scoring.ledgers import TOKYO
from tests.bells import run_bells
from tests.worlds import NOON, make_account, make_contact, make_event, make_user


def work_off(session: Session, at: datetime = NOON) -> list[Task]:
    """What the workers do after new events, twice over; the tasks of returns there are then."""
    for _ in range(2):
        while fold_next_batch(session, at, TOKYO):
            pass
        while open_next_returns(session, at, TOKYO):
            pass
    assert not has_returns(session)
    return tasks_of(session, TaskKind.RETURNED)


def silent_account(session: Session, days: int = 365, **over: Any) -> tuple[Account, Contact]:
    """An account whose last human event, known to the scores, happened so many days ago."""
    account = make_account(session, **over)
    who = make_contact(session, account, title="課長")
    make_event(session, who, EventKind.DOWNLOAD, after(-days))
    work_off(session, after(-days))
    return account, who


def lost_deal(session: Session, account: Account, days: int = 60, **over: Any) -> Deal:
    """A deal that was lost so many days ago, for its price."""
    values = {"name": "製品X 導入", "stage": DealStage.LOST, "lost_reason": LostReason.PRICE, **over}
    deal = Deal(account_id=account.id, stage_since=after(-days), closed_on=after(-days).date(), **values)
    session.add(deal)
    session.flush()
    return deal


def test_an_account_back_after_a_year_is_one_task_for_its_owner(session: Session) -> None:
    rep = make_user(session)
    account, who = silent_account(session, owner_id=rep.id)
    make_event(session, who, EventKind.CLICK, NOON, detail={"title": "価格表"})

    (task,) = work_off(session)

    assert (task.owner_id, task.contact_id, task.account_id) == (rep.id, who.id, account.id)
    assert say_why(task.why, Language.JAPANESE, TOKYO) == [
        "2025/11/13から365日ぶりの反応です",
        "直近：2026/11/13 安奈 花子 様（課長）がメールのリンク「価格表」をクリック",
        "対応の記録はまだありません",
    ]
    assert task.due_at is not None


def test_further_events_after_the_return_are_no_second_one(session: Session) -> None:
    _account, who = silent_account(session)
    for day in range(3):
        make_event(session, who, EventKind.CLICK, after(day))
        tasks = work_off(session, after(day))

    assert len(tasks) == 1


def test_a_second_silence_ends_with_a_second_return(session: Session) -> None:
    _account, who = silent_account(session)
    for year in range(2):
        make_event(session, who, EventKind.CLICK, after(year * 400))
        (task, *_others) = work_off(session, after(year * 400))
        # It still lies there: the second return is evidence.
        assert len(task.evidence) == year + 1


@pytest.mark.parametrize(
    ("kind", "verdict", "days"),
    [
        (EventKind.CLICK, Verdict.MACHINE, 400),
        (EventKind.CLICK, Verdict.UNKNOWN, 400),
        (EventKind.UNSUBSCRIBE, Verdict.PROVEN, 400),
        (EventKind.CLICK, Verdict.LIKELY, 364),
    ],
)
def test_machines_leavers_and_shorter_silences_are_no_return(
    session: Session, kind: EventKind, verdict: Verdict, days: int
) -> None:
    _account, who = silent_account(session, days)
    make_event(session, who, kind, NOON, verdict=verdict)

    assert work_off(session) == []


def test_a_verdict_that_turns_human_later_is_a_return_then(session: Session) -> None:
    _account, who = silent_account(session)
    event = make_event(session, who, EventKind.CLICK, NOON, verdict=Verdict.UNKNOWN)
    assert work_off(session) == []
    event.verdict = Verdict.LIKELY
    session.flush()

    ask_refold(session, [who.id])

    assert len(work_off(session)) == 1


def test_both_events_of_a_silence_may_come_in_one_list(session: Session) -> None:
    account = make_account(session)
    who = make_contact(session, account)
    for days in (800, 420, 0):
        make_event(session, who, EventKind.CLICK, after(-days))

    assert [task.why[0]["days"] for task in work_off(session)] == [420]


def test_what_an_old_list_tells_is_no_return(session: Session) -> None:
    _account, who = silent_account(session, 800)
    make_event(session, who, EventKind.WEBINAR_REGISTERED, after(-100), verdict=Verdict.PROVEN)

    assert work_off(session) == []


def test_without_an_owner_whoever_logged_work_last_is_told(session: Session) -> None:
    first, last, _turn = (make_user(session) for _ in range(3))
    account, who = silent_account(session)
    add_items(
        session,
        [
            Item(ItemKind.CALL, account.id, after(-500), by_user_id=first.id),
            Item(ItemKind.VISIT, account.id, after(-450), by_user_id=last.id),
        ],
    )
    make_event(session, who, EventKind.CLICK, NOON)

    assert [task.owner_id for task in work_off(session)] == [last.id]


def test_a_lost_account_that_looks_again_is_a_task_for_the_deals_owner(session: Session) -> None:
    rep, seller = make_user(session), make_user(session)
    account, who = silent_account(session, 90, owner_id=rep.id)
    lost_deal(session, account, owner_id=seller.id, competitors="ゼータ社")
    make_event(session, who, EventKind.KEY_PAGE, NOON)

    (task,) = work_off(session)

    assert task.owner_id == seller.id
    said = say_why(task.why, Language.JAPANESE, TOKYO)
    assert (said[0], said[2]) == (
        "失注した商談「製品X 導入」（2026/9/14）の後に反応がありました",
        "当時の失注理由：価格",
    )
    assert task.brief["lost"] == {
        "deal": "製品X 導入",
        "reason": "price",
        "on": "2026-09-14",
        "competitors": "ゼータ社",
    }


def test_each_lost_deal_brings_one_return(session: Session) -> None:
    account, who = silent_account(session, 90)
    lost_deal(session, account)
    for day in range(3):
        make_event(session, who, EventKind.CLICK, after(day))
        work_off(session, after(day))

    assert len(session.scalars(select(AccountReturn)).all()) == 1


def test_what_was_done_before_the_loss_is_no_second_look(session: Session) -> None:
    account, who = silent_account(session, 90)
    lost_deal(session, account, 10)
    make_event(session, who, EventKind.CLICK, after(-11))

    assert work_off(session) == []


def test_where_a_deal_is_open_again_nobody_has_to_be_told(session: Session) -> None:
    account, who = silent_account(session, 90)
    lost_deal(session, account)
    lost_deal(session, account, 5, stage=DealStage.PROPOSAL, lost_reason=None, name="再提案")
    make_event(session, who, EventKind.CLICK, NOON)

    assert work_off(session) == []


def test_nobody_is_sent_to_the_excluded_or_to_who_refused_every_contact(session: Session) -> None:
    account, who = silent_account(session)
    account.excluded_reason = ExcludedReason.COMPETITOR
    other = make_account(session, "株式会社ゼータ")
    bert = make_contact(session, other, "別府 太郎", "bert@zeta.example")
    make_event(session, bert, EventKind.CLICK, after(-400))
    suppress(session, "bert@zeta.example", SuppressionReason.DO_NOT_CONTACT, NOON, "said so")
    for person in (who, bert):
        make_event(session, person, EventKind.CLICK, NOON)

    assert work_off(session) == []


def test_bells_carry_a_return_to_a_task_once_whoever_works(installation: Installation, broker: StubBroker) -> None:
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
        make_user(work.session)
        for number in range(5):
            who = make_contact(
                work.session, make_account(work.session, f"株式会社{number}"), email=f"{number}@x.example"
            )
            for days in (400, 0):
                make_event(work.session, who, EventKind.CLICK, NOON - timedelta(days=days))
        enqueue(work.session, "fold_events")

    ran = run_bells(broker)
    run_together(3, open_returns)

    with unit_of_work() as work:
        assert "open_returns" in ran
        assert [len(task.evidence) for task in tasks_of(work.session, TaskKind.RETURNED)] == [1] * 5


def test_three_workers_at_once_open_one_task_for_each_return(installation: Installation) -> None:
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
        for number in range(12):
            account = make_account(work.session, f"株式会社{number}")
            who = make_contact(work.session, account, email=f"{number}@x.example")
            event = make_event(work.session, who, EventKind.CLICK, NOON, folded_at=NOON)
            values = {"cause": "silence", "since_id": event.id, "since_at": after(-400), "at": NOON}
            work.session.add(AccountReturn(account_id=account.id, event_id=event.id, contact_id=who.id, **values))

    run_together(3, open_returns)

    with unit_of_work() as work:
        assert [len(task.evidence) for task in tasks_of(work.session, TaskKind.RETURNED)] == [1] * 12
        assert not has_returns(work.session)
