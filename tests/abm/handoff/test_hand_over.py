"""Hand-over: what is still to be done goes to the successors at once; handing back undoes it."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.errors import Invalid
from abm.handoff.hand_over import hand_over
from abm.models import (
    Account,
    AuditEntry,
    Contract,
    Deal,
    Department,
    NextAction,
    Task,
    TaskChange,
    Ticket,
    TimelineItem,
    User,
)
from abm.reports.hand_overs import get_hand_over, owned_by, past_hand_overs, write_briefs
from abm.words import DealStage, ItemKind, Role, TaskKind, TaskState
from abm.work import Installation, unit_of_work
from tests.abm.handoff.sold import in_days, make_contract
from tests.abm.handoff.test_actors import run_together
from tests.worlds import NOON, make_account, make_contact, make_department, make_user

OWNED = (Account, Department, Deal, Contract, NextAction, Task)


def make_desk(session: Session, owner: User, name: str = "株式会社アクメ") -> Account:
    """An account at which this user looks after one thing of each sort, beside what is over."""
    account = make_account(session, name, owner_id=owner.id, last_contacted_on=date(2026, 11, 1))
    department = make_department(session, account, owner_id=owner.id)
    make_contract(session, account, owner_id=owner.id, amount=Decimal(100))
    mine = {"account_id": account.id, "owner_id": owner.id}
    session.add_all(
        [
            Deal(**mine, name="製品X", stage_since=NOON),
            Deal(**mine, name="失注", stage=DealStage.LOST, stage_since=NOON),
            NextAction(**mine, due_on=in_days(3), what="価格の説明", created_at=NOON),
            NextAction(**mine, due_on=in_days(1), what="済み", created_at=NOON, closed_at=NOON),
            Task(**mine, kind=TaskKind.RETURNED, state=TaskState.OPEN, why=[], created_at=NOON),
            Task(**mine, kind=TaskKind.RETURNED, state=TaskState.DONE, why=[], created_at=NOON),
            Ticket(account_id=account.id, department_id=department.id, subject="動作が遅い", opened_at=NOON),
        ]
    )
    session.flush()
    return account


def owned(session: Session, user: User) -> list[int]:
    """How many rows of each sort bear this user's name."""
    return [len(session.scalars(select(kind.id).where(kind.owner_id == user.id)).all()) for kind in OWNED]


def give(session: Session, old: User, new: User, *accounts: Account) -> uuid.UUID:
    """Hand these accounts over."""
    return hand_over(session, old.id, {account.id: new.id for account in accounts}, by=old.id, at=NOON).id


def test_what_is_open_changes_hands_and_what_is_over_does_not(session: Session) -> None:
    old, new = make_user(session, name="旧"), make_user(session, name="新")
    account = make_desk(session, old)

    give(session, old, new, account)

    assert owned(session, new) == [1, 1, 1, 1, 1, 1]
    assert owned(session, old) == [0, 0, 1, 0, 1, 1]


def test_every_change_is_written_down(session: Session) -> None:
    old, new = make_user(session, name="旧"), make_user(session, name="新")
    account = make_desk(session, old)

    entry_id = give(session, old, new, account)

    changed = {entry.subject: entry for entry in session.scalars(select(AuditEntry)) if entry.act.endswith(".changed")}
    assert set(changed) == {"account", "department", "deal", "contract", "next_action", "task"}
    assert changed["account"].detail["changes"] == {"owner_id": {"old": str(old.id), "new": str(new.id)}}
    (line,) = session.scalars(select(TimelineItem).where(TimelineItem.kind == ItemKind.OWNER_CHANGED))
    assert (line.account_id, line.detail) == (account.id, {"old": "旧", "new": "新"})
    assert len(session.scalars(select(TaskChange)).all()) == 1
    past = get_hand_over(session, entry_id)
    assert (past.old, past.new, past.accounts) == ("旧", ("新",), (account.id,))
    assert past_hand_overs(session) == [past]


def test_accounts_may_go_to_different_successors_and_some_stay(session: Session) -> None:
    old, new, other = (make_user(session, name=name) for name in "旧新他")
    first, second, third = (make_desk(session, old, f"株式会社{number}") for number in range(3))

    hand_over(session, old.id, {first.id: new.id, second.id: other.id}, by=old.id, at=NOON)

    assert [row.account_id for row in owned_by(session, old.id)] == [third.id]
    assert [row.account_id for row in owned_by(session, new.id)] == [first.id]
    assert [row.account_id for row in owned_by(session, other.id)] == [second.id]


def test_handing_back_undoes_it(session: Session) -> None:
    old, new = make_user(session), make_user(session)
    account = make_desk(session, old)
    before = owned(session, old)
    give(session, old, new, account)

    give(session, new, old, account)

    assert owned(session, old) == before
    assert owned(session, new) == [0] * len(OWNED)


def test_what_somebody_else_looks_after_stays_theirs(session: Session) -> None:
    old, new, colleague = (make_user(session) for _ in range(3))
    account = make_desk(session, old)
    department = make_department(session, account, "技術部", owner_id=colleague.id)

    give(session, old, new, account)

    assert department.owner_id == colleague.id


def test_a_hand_over_that_cannot_be_changes_nothing(session: Session) -> None:
    old, gone = make_user(session), make_user(session, disabled_at=NOON)
    account, foreign = make_desk(session, old), make_account(session, "株式会社ゼータ")
    new = make_user(session)
    wrong: list[tuple[dict[uuid.UUID, uuid.UUID], str]] = [
        ({}, "who takes"),
        ({account.id: gone.id}, "another user"),
        ({account.id: old.id}, "another user"),
        ({foreign.id: new.id}, "nothing"),
    ]
    for successors, said in wrong:
        with pytest.raises(Invalid, match=said):
            hand_over(session, old.id, successors, by=old.id, at=NOON)

    assert owned(session, old) == [1, 1, 2, 1, 2, 2]


def test_the_preview_counts_what_would_move(session: Session) -> None:
    rep = make_user(session)
    make_desk(session, rep)

    (row,) = owned_by(session, rep.id)

    assert (row.is_owner, row.departments, row.deals, row.contracts, row.tasks, row.next_actions) == (
        True,
        1,
        1,
        1,
        1,
        1,
    )


def test_a_brief_tells_what_was_done_promised_and_what_not_to_say(session: Session) -> None:
    rep = make_user(session, name="営業 花子")
    account = make_desk(session, rep)
    who = make_contact(session, account)
    add_items(session, [Item(ItemKind.CALL, account.id, NOON, contact_id=who.id, body="見積を依頼", by_user_id=rep.id)])

    (brief,) = write_briefs(session, [account.id])

    found: dict[str, Any] = {
        name: getattr(brief, name)[0] for name in ("worked", "deals", "actions", "renewals", "avoid")
    }
    assert (found["worked"]["body"], found["worked"]["contact"], found["worked"]["by"]) == (
        "見積を依頼",
        "安奈 花子",
        "営業 花子",
    )
    assert (found["deals"]["name"], found["actions"]["what"], found["renewals"]["name"]) == (
        "製品X",
        "価格の説明",
        "保守契約",
    )
    assert (found["avoid"]["code"], found["avoid"]["what"]) == ("ticket", "動作が遅い")
    assert (brief.last_contacted_on, brief.is_quiet) == (date(2026, 11, 1), False)


def test_of_two_hand_overs_at_once_one_has_everything(installation: Installation) -> None:
    with unit_of_work() as work:
        old = make_user(work.session, Role.SALES)
        takers = [make_user(work.session) for _ in range(2)]
        accounts = [make_desk(work.session, old, f"株式会社{number}") for number in range(5)]
    waiting = list(takers)
    lost: list[Invalid] = []

    def take() -> None:
        taker = waiting.pop()
        try:
            with unit_of_work() as work:
                give(work.session, old, taker, *accounts)
        except Invalid as nothing_left:
            lost.append(nothing_left)

    run_together(2, take)

    with unit_of_work() as work:
        found = sorted(owned(work.session, taker) for taker in takers)
    assert (found, len(lost)) == ([[0] * len(OWNED), [5] * len(OWNED)], 1)
