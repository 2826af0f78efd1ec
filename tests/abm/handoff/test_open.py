"""A hot account becomes one task, with an owner, a deadline and all sales needs to know."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.absences import Leave, enter_absence
from abm.customers.suppression import suppress
from abm.handoff.open import open_next_hand_offs
from abm.handoff.tasks import list_tasks
from abm.handoff.wording import say_do_not_say, say_missing_roles, say_opening
from abm.models import Account, MqaChange, Task, TaskChange, TimelineItem
from abm.scoring.fold import fold_next_batch
from abm.words import (
    EventKind,
    ExcludedReason,
    ItemKind,
    Language,
    MqaCause,
    Role,
    SuppressionReason,
    TaskState,
    Verdict,
)
from tests.abm.handoff.hot import hand_over, heat, hot_task, people, purchasing_of, the_task
from tests.abm.scoring.ledgers import TOKYO
from tests.abm.web.counting import counted
from tests.worlds import NOON, make_contact, make_event, make_user


def test_a_hot_account_gets_one_task(session: Session) -> None:
    rep = make_user(session)
    account = heat(session)

    hand_over(session)
    hand_over(session)

    task = the_task(session)
    assert (task.kind, task.state, task.owner_id) == ("hand_off", TaskState.ASSIGNED, rep.id)
    assert task.department_id == purchasing_of(session, account).id
    # Friday noon and sixteen hours: six today, nine on Monday, one on Tuesday.
    assert task.due_at == datetime(2026, 11, 17, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert [change.code for change in session.scalars(select(TaskChange))] == ["opened"]


def test_the_receipt_is_frozen_into_the_task(session: Session) -> None:
    make_user(session)

    task = hot_task(session)

    # 20 and 15 of executives, 5 of somebody without title.
    assert sum(row["entry"] for row in task.receipt["entries"]) == 40 + 30 + 3.75
    assert task.points == pytest.approx(40 + 30 + 3.75, abs=0.01)


def test_many_accounts_cost_the_statements_of_one(session: Session) -> None:
    make_user(session)
    costs = []
    for names in ("一", "二三四五六"):
        for name in names:
            heat(session, f"株式会社{name}")
        while fold_next_batch(session, NOON, TOKYO):
            pass
        with counted(session.connection()) as sent:
            open_next_hand_offs(session, NOON, TOKYO)
        costs.append(len(sent))

    assert costs[1] <= costs[0]
    receipts = list(session.scalars(select(Task.receipt)))
    assert {len(receipt["entries"]) for receipt in receipts} == {3}
    assert len({receipt["account"] for receipt in receipts}) == 6


def test_why_is_three_lines_in_either_language(session: Session) -> None:
    make_user(session)
    hot_task(session)

    (japanese,) = list_tasks(session, at=NOON)
    (english,) = list_tasks(session, at=NOON, language=Language.ENGLISH)

    assert japanese["why"] == [
        "スコア73.7点（基準40点）、反応のある担当者2名",
        "直近：2026/11/13 役員 0 様（取締役）がウェビナー「製品X活用セミナー」に60分参加",
        "関心：品質管理",
    ]
    assert english["why"] == [
        "Score 73.7 (threshold 40), 2 engaged",
        "Latest: 役員 0 (取締役) attended a webinar “製品X活用セミナー” for 60 minutes on 2026-11-13",
        "Interested in: 品質管理",
    ]


def test_the_brief_says_what_to_say_and_what_not(session: Session) -> None:
    make_user(session)

    brief = hot_task(session).brief

    assert [person["points"] for person in brief["people"]] == pytest.approx([40, 30, 3.75], abs=0.01)
    assert brief["interests"][0]["topic"] == "品質管理"
    assert say_opening(brief, Language.JAPANESE) == "以前「品質管理」にご関心をお持ちでしたが、その後いかがでしょうか？"
    assert say_missing_roles(brief, Language.JAPANESE) == ["決裁者", "推進者", "実務担当者"]
    assert "開封" in say_do_not_say(brief, Language.JAPANESE)[0]


def test_the_owner_of_department_or_account_comes_first(session: Session) -> None:
    make_user(session)
    boss, closer = make_user(session), make_user(session)
    account = heat(session)
    account.owner_id = boss.id
    purchasing_of(session, account).owner_id = closer.id
    session.flush()

    hand_over(session)

    assert the_task(session).owner_id == closer.id


def test_a_disabled_owner_gets_nothing(session: Session) -> None:
    rep = make_user(session)
    account = heat(session)
    account.owner_id = make_user(session, disabled_at=NOON).id
    session.flush()

    hand_over(session)

    assert the_task(session).owner_id == rep.id


def test_the_substitute_of_an_owner_on_leave_gets_it(session: Session) -> None:
    make_user(session)
    owner, substitute = make_user(session), make_user(session)
    account = heat(session)
    account.owner_id = owner.id
    today = local_day(NOON, TOKYO)
    enter_absence(session, Leave(owner.id, today, today, substitute.id), by=owner.id, at=NOON, today=today)

    hand_over(session)

    assert the_task(session).owner_id == substitute.id


def test_without_anybody_a_task_waits_and_its_clock_starts_with_its_owner(session: Session) -> None:
    heat(session)
    hand_over(session)
    waiting = the_task(session)
    before = (waiting.state, waiting.owner_id, waiting.due_at)

    admin = make_user(session, Role.ADMIN)
    hand_over(session, NOON + timedelta(hours=1))

    task = the_task(session)
    assert before == (TaskState.NEW, None, None)
    assert (task.state, task.owner_id, task.assigned_at) == (TaskState.ASSIGNED, admin.id, NOON + timedelta(hours=1))


def test_round_robin_shares_the_work(session: Session) -> None:
    reps = {make_user(session).id, make_user(session).id}
    for number in range(4):
        heat(session, f"株式会社{number}")

    hand_over(session)

    owners = list(session.scalars(select(Task.owner_id)))
    assert sorted(owners) == sorted([*reps, *reps])


def test_a_request_goes_to_the_department_of_whoever_asked(session: Session) -> None:
    make_user(session)
    account = heat(session)
    asker = people(session, account)[2]
    hand_over(session)

    make_event(session, asker, EventKind.DEMO_REQUEST, NOON, verdict=Verdict.PROVEN)
    hand_over(session)

    task = session.scalars(select(Task).where(Task.department_id.is_(None))).one()
    assert task.contact_id == asker.id
    assert task.due_at == NOON + timedelta(hours=1)
    (first, *_) = list_tasks(session, at=NOON)
    assert first["why"][0] == "至急：2026/11/13 技術 三郎 様がデモ・見積を依頼"


def test_a_second_trigger_feeds_the_open_task(session: Session) -> None:
    make_user(session)
    account = heat(session)
    hand_over(session)

    event = make_event(session, people(session, account)[0], EventKind.DEMO_REQUEST, NOON, verdict=Verdict.PROVEN)
    hand_over(session)

    task = the_task(session)
    assert [evidence["cause"] for evidence in task.evidence] == [MqaCause.ENTERED, MqaCause.ACT_NOW]
    assert task.evidence[1]["events"] == [str(event.id)]
    told = session.scalars(select(TimelineItem.detail).where(TimelineItem.kind == ItemKind.TASK_CHANGED)).all()
    assert sorted(detail["code"] for detail in told) == ["evidence", "opened"]


def test_an_account_excluded_meanwhile_is_not_handed_over(session: Session) -> None:
    account = heat(session)
    session.add(MqaChange(account_id=account.id, cause=MqaCause.ENTERED, at=NOON))
    account.excluded_reason = ExcludedReason.NOT_FIT
    session.flush()

    handled = open_next_hand_offs(session, NOON, TOKYO)

    assert (handled, session.scalars(select(Task)).all()) == (1, [])
    assert open_next_hand_offs(session, NOON, TOKYO) == 0


def test_a_request_of_somebody_who_refused_contact_is_left_alone(session: Session) -> None:
    account = heat(session)
    asker = people(session, account)[2]
    suppress(session, str(asker.email), SuppressionReason.DO_NOT_CONTACT, NOON, "said so")
    make_event(session, asker, EventKind.DEMO_REQUEST, NOON, verdict=Verdict.PROVEN)

    hand_over(session)

    assert the_task(session).evidence[0]["cause"] == MqaCause.ENTERED


def test_lists_are_narrowed_by_what_is_asked(session: Session) -> None:
    rep = make_user(session)
    task = hot_task(session)
    other = make_contact(session, session.get_one(Account, task.account_id), "別 人", "else@acme.example")

    assert len(list_tasks(session, at=NOON, owner_id=rep.id, state=TaskState.ASSIGNED)) == 1
    assert list_tasks(session, at=NOON, account_id=other.id) == []
    assert list_tasks(session, at=NOON, state=TaskState.NEW) == []
    assert list_tasks(session, at=NOON - timedelta(days=1)) == []
