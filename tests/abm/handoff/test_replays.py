"""Comparing models: who is gained and lost, which rejects vanish, which wins are missed; nothing is written."""

import copy
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.territories import Area, add_territory
from abm.handoff.effects import STRIKE_EVENTS
from abm.handoff.replays import compare
from abm.models import Account, Contact, Deal, Event, Task
from abm.scoring.difference import Span
from abm.scoring.fold import fold_next_batch
from abm.scoring.live import default_document
from abm.scoring.model import Model, read_model
from abm.words import AnswerCode, DealStage, EventKind, Seniority, TaskKind, TaskState, Verdict
from tests.abm.scoring.ledgers import MODEL, MONDAY, TOKYO, hours
from tests.worlds import make_account, make_contact, make_event, make_user

SPAN = Span(MONDAY - timedelta(days=30), MONDAY + timedelta(days=60))


def two_people(session: Session, account: Account) -> list[Contact]:
    """Two section heads of an account."""
    ranks = Seniority.SECTION_HEAD, Seniority.SECTION_HEAD
    return [make_contact(session, account, f"{rank}", None, seniority=rank) for rank in ranks]


def downloader(session: Session, name: str, **over: Any) -> Account:
    """Two people who download a lot: an MQA by the default model, by downloads alone."""
    account = make_account(session, name, **over)
    for who in two_people(session, account):
        for number in range(4):
            at = MONDAY + hours(number)
            make_event(session, who, EventKind.PREMIUM_DOWNLOAD, at, verdict=Verdict.LIKELY)
        make_event(session, who, EventKind.CLICK, MONDAY, verdict=Verdict.PROVEN)
    return account


def inquirer(session: Session, name: str) -> Account:
    """Two people who ask: an MQA whatever downloads are worth."""
    account = make_account(session, name)
    for who in two_people(session, account):
        make_event(session, who, EventKind.INQUIRY, MONDAY, verdict=Verdict.PROVEN)
    return account


def answered(session: Session, account: Account, code: AnswerCode, state: TaskState) -> Task:
    """A recorded hand-off of this account with its answer."""
    task = Task(
        kind=TaskKind.HAND_OFF,
        state=state,
        account_id=account.id,
        why=[],
        created_at=MONDAY + hours(4),
        closed_at=MONDAY + hours(30),
        answer=code,
    )
    session.add(task)
    session.flush()
    return task


def folded(session: Session) -> None:
    """Everything is folded."""
    while fold_next_batch(session, MONDAY + hours(100), TOKYO):
        pass


def changed(**kinds: float) -> Model:
    """The default model with other points for some kinds."""
    document = copy.deepcopy(default_document())
    for kind, base in kinds.items():
        document["kinds"][kind]["base"] = base
    return read_model(document)


def test_a_model_beside_itself_differs_in_nothing(session: Session) -> None:
    downloader(session, "株式会社アルファ")
    folded(session)

    found = compare(session, MODEL, MODEL, SPAN, TOKYO)

    assert found["tasks"] == {"draft": 1, "live": 1}
    assert [found[name]["count"] for name in ("gained", "lost", "earlier", "later")] == [0, 0, 0, 0]


def test_two_replays_are_equal(session: Session) -> None:
    downloader(session, "株式会社アルファ")
    inquirer(session, "株式会社ベータ")
    folded(session)

    draft = changed(premium_download=2)

    assert compare(session, draft, MODEL, SPAN, TOKYO) == compare(session, draft, MODEL, SPAN, TOKYO)


def test_who_is_lost_is_named_with_the_reason(session: Session) -> None:
    account = downloader(session, "株式会社アルファ")
    inquirer(session, "株式会社ベータ")
    folded(session)

    lost = compare(session, changed(premium_download=2), MODEL, SPAN, TOKYO)["lost"]

    assert [row["account"]["name"] for row in lost["rows"]] == [account.name]
    assert lost["rows"][0]["why"]["counted"] < lost["rows"][0]["why"]["threshold"]
    assert lost["rows"][0]["why"]["kinds"][0]["kind"] == EventKind.PREMIUM_DOWNLOAD


def test_who_is_gained_is_named(session: Session) -> None:
    account = make_account(session)
    for who in two_people(session, account):
        make_event(session, who, EventKind.BOOTH_TALK, MONDAY, verdict=Verdict.PROVEN)
    folded(session)

    found = compare(session, changed(booth_talk=40), MODEL, SPAN, TOKYO)

    assert [row["account"]["id"] for row in found["gained"]["rows"]] == [str(account.id)]
    assert found["tasks"] == {"draft": 1, "live": 0}
    assert [week["week"] for week in found["weeks"] if week["draft"]] == ["2026-11-09"]
    assert (found["weeks"][0]["week"], found["weeks"][-1]["week"]) == ("2026-10-05", "2027-01-04")


def test_rejects_vanish_and_wins_are_missed_where_the_draft_hands_nobody_over(session: Session) -> None:
    rejected, won = downloader(session, "株式会社アルファ"), downloader(session, "株式会社ベータ")
    kept = inquirer(session, "株式会社ガンマ")
    for account, code, state in (
        (rejected, AnswerCode.OTHER, TaskState.REJECTED),
        (won, AnswerCode.MEETING, TaskState.MEETING),
        (kept, AnswerCode.OTHER, TaskState.REJECTED),
    ):
        answered(session, account, code, state)
    folded(session)

    found = compare(session, changed(premium_download=2), MODEL, SPAN, TOKYO)

    assert (found["rejects"]["recorded"], found["rejects"]["gone"]) == (2, 1)
    assert [row["account"]["id"] for row in found["rejects"]["rows"]] == [str(rejected.id)]
    assert [row["account"]["id"] for row in found["wins"]["rows"]] == [str(won.id)]


def test_tasks_a_week_are_counted_by_who_would_get_them(session: Session) -> None:
    owner = make_user(session, name="営業 花子", weekly_capacity=5)
    downloader(session, "株式会社アルファ", owner_id=owner.id)
    downloader(session, "株式会社ベータ", owner_id=owner.id)
    local = make_user(session, name="営業 次郎", weekly_capacity=1)
    add_territory(session, Area(local.id, prefecture="大阪府"), by=owner.id, at=MONDAY)
    downloader(session, "株式会社ガンマ", prefecture="大阪府")
    downloader(session, "株式会社デルタ")
    folded(session)

    reps = compare(session, MODEL, MODEL, SPAN, TOKYO)["reps"]

    # By turn the last one would be for whoever has least, but that week is full.
    assert {(row["name"], row["capacity"]): round(row["draft_a_week"] * SPAN.weeks) for row in reps} == {
        ("営業 花子", 5): 3,
        ("営業 次郎", 1): 1,
    }


def test_what_was_won_without_a_hand_off_is_missed_where_the_draft_points_at_nobody(session: Session) -> None:
    hot, silent = downloader(session, "株式会社アルファ"), make_account(session, "株式会社ベータ")
    for account in (hot, silent):
        session.add(
            Deal(
                account_id=account.id,
                name="受注",
                stage=DealStage.WON,
                stage_since=MONDAY + timedelta(days=20),
                created_at=MONDAY + timedelta(days=10),
                closed_on=(MONDAY + timedelta(days=20)).date(),
            )
        )
    folded(session)

    same = compare(session, MODEL, MODEL, SPAN, TOKYO)["wins"]
    changed_wins = compare(session, changed(premium_download=2), MODEL, SPAN, TOKYO)["wins"]

    assert same["without_task"] == {"recorded": 2, "gone": 1, "gone_live": 1}
    assert [row["account"]["name"] for row in same["rows"]] == [silent.name]
    assert (changed_wins["recorded"], changed_wins["gone"]) == (2, 2)


def test_what_sales_called_false_counted_until_then(session: Session) -> None:
    account = downloader(session, "株式会社アルファ")
    folded(session)
    task = answered(session, account, AnswerCode.FALSE_SIGNAL, TaskState.REJECTED)
    strike_all(session, account.id)

    found = compare(session, changed(premium_download=2), MODEL, SPAN, TOKYO)

    assert found["tasks"]["live"] == 1
    assert [row["task"] for row in found["rejects"]["rows"]] == [str(task.id)]


def test_a_proven_act_that_sales_called_false_by_name_was_proven_until_then(session: Session) -> None:
    account = downloader(session, "株式会社アルファ")
    folded(session)
    answered(session, account, AnswerCode.FALSE_SIGNAL, TaskState.REJECTED)
    strike_all(session, account.id, named=True)

    found = compare(session, MODEL, MODEL, SPAN, TOKYO)

    assert found["tasks"]["live"] == 1


def strike_all(session: Session, account_id: uuid.UUID, *, named: bool = False) -> None:
    """Sales calls what this account did no signal; what is proven did happen, unless it is named."""
    events = list(session.scalars(select(Event.id).where(Event.account_id == account_id)))
    session.execute(STRIKE_EVENTS, {"ids": events, "named": named})
