"""Merging two accounts and taking it back: records, history, owners, open work."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.customers.merges import find_successor, gather_strays, has_any_strays, merge_accounts, undo_merge
from abm.customers.moves import STAYING, moving_tables
from abm.customers.timeline import Item, add_items
from abm.db import Base
from abm.errors import Conflict, Invalid
from abm.models import (
    Account,
    AccountDomain,
    AccountMerge,
    AuditEntry,
    Contact,
    Department,
    Event,
    MatchPair,
    NextAction,
    Task,
    TimelineItem,
)
from abm.words import EventKind, ItemKind, PairState, TaskKind, TaskState
from abm.work import Installation, unit_of_work
from tests.worlds import NOON, make_account, make_contact, make_department, make_event, make_user

SPRING = NOON + timedelta(days=150)


@pytest.fixture
def pair(session: Session) -> tuple[Account, Account]:
    """(goes, stays): one firm known under two names."""
    return make_account(session, "アクメ販売株式会社"), make_account(session)


def merge(session: Session, pair: tuple[Account, Account]) -> AccountMerge:
    return merge_accounts(session, pair[0].id, pair[1].id, by=None, at=NOON)


def undo(session: Session, made: AccountMerge) -> None:
    undo_merge(session, made.id, by=None, at=SPRING)
    session.expire_all()


def note(session: Session, account: Account, body: str, **over: Any) -> None:
    add_items(session, [Item(ItemKind.NOTE, account.id, NOON, body=body, **over)])


def notes(session: Session, account: Account) -> set[str | None]:
    return set(session.scalars(select(TimelineItem.body).where(TimelineItem.account_id == account.id)).all()) - {None}


def make_task(session: Session, account: Account, state: TaskState = TaskState.ASSIGNED, **over: Any) -> Task:
    values = {"kind": TaskKind.HAND_OFF, "state": state, "why": [], "created_at": NOON, "evidence": [{"cause": "x"}]}
    task = Task(**{"account_id": account.id, **values, **over})
    session.add(task)
    session.flush()
    return task


def test_every_table_with_an_account_moves_or_says_why_not() -> None:
    owning = {table.name for table in Base.metadata.sorted_tables if "account_id" in table.columns}

    assert owning - STAYING == {table.name for table in moving_tables()}


def test_people_and_their_history_come_along(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    anna = make_contact(session, goes)
    event = make_event(session, anna)
    note(session, goes, "first talk")

    merge(session, pair)
    session.expire_all()

    assert (anna.account_id, event.account_id, notes(session, stays)) == (stays.id, stays.id, {"first talk"})
    assert find_successor(session, goes.id) == stays.id


def test_undoing_gives_both_back_what_was_theirs(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    anna, bert = make_contact(session, goes), make_contact(session, stays, "別府 次郎", "bert@acme.example")
    note(session, goes, "theirs")
    note(session, stays, "ours")

    undo(session, merge(session, pair))

    assert (anna.account_id, bert.account_id) == (goes.id, stays.id)
    assert (notes(session, goes), notes(session, stays)) == ({"theirs"}, {"ours"})
    assert (goes.archived_at, goes.merged_into_id) == (None, None)


def test_what_happened_since_goes_back_with_its_person(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    anna, bert = make_contact(session, goes), make_contact(session, stays, "別府 次郎", "bert@acme.example")
    made = merge(session, pair)
    session.expire_all()
    later = make_event(session, anna, EventKind.REPLY, NOON + timedelta(days=30))
    note(session, stays, "with anna", contact_id=anna.id)
    note(session, stays, "with bert", contact_id=bert.id)

    undo(session, made)

    assert later.account_id == goes.id
    assert (notes(session, goes), notes(session, stays)) == ({"with anna"}, {"with bert"})


def test_an_old_record_of_a_moved_person_at_the_other_account_stays_there(
    session: Session, pair: tuple[Account, Account]
) -> None:
    goes, stays = pair
    anna = make_contact(session, goes)
    former = make_event(session, anna, account_id=stays.id)

    undo(session, merge(session, pair))

    assert former.account_id == stays.id


def test_somebody_moved_on_since_is_not_fetched_back(session: Session, pair: tuple[Account, Account]) -> None:
    third = make_account(session, "ゼータ株式会社")
    anna = make_contact(session, pair[0])
    made = merge(session, pair)
    session.expire_all()
    anna.account_id = third.id
    session.flush()

    undo(session, made)

    assert anna.account_id == third.id


def test_missing_fields_are_filled_and_given_back(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    owner = make_user(session)
    goes.owner_id, goes.phone, goes.last_contacted_on = owner.id, "03-1111-1111", date(2026, 5, 1)
    session.flush()

    made = merge(session, pair)
    filled = (stays.owner_id, stays.phone, stays.last_contacted_on)
    undo(session, made)

    assert filled == (owner.id, "03-1111-1111", date(2026, 5, 1))
    assert (stays.owner_id, stays.phone, stays.last_contacted_on) == (None, None, None)


def test_what_somebody_corrected_since_stays_corrected(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    goes.phone = "03-1111-1111"
    session.flush()
    made = merge(session, pair)
    stays.phone = "03-9999-9999"
    session.flush()

    undo(session, made)

    assert stays.phone == "03-9999-9999"


def test_departments_of_one_name_become_one_and_two_again(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    theirs, ours, only = (
        make_department(session, goes, owner_id=make_user(session).id),
        make_department(session, stays),
        make_department(session, goes, "工場"),
    )
    anna = make_contact(session, goes, department_id=theirs.id)
    cleo = make_contact(session, goes, "千葉 令央", "cleo@acme.example", department_id=only.id)

    made = merge(session, pair)
    session.expire_all()
    together = (anna.department_id, ours.owner_id, cleo.department_id, only.account_id)
    undo(session, made)

    assert together == (ours.id, theirs.owner_id, only.id, stays.id)
    assert (anna.department_id, ours.owner_id, cleo.department_id, only.account_id) == (
        theirs.id,
        None,
        only.id,
        goes.id,
    )


def test_whoever_came_since_keeps_a_department_of_that_name(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    only = make_department(session, goes, "工場")
    made = merge(session, pair)
    session.expire_all()
    newcomer = make_contact(session, stays, "出口 三郎", "dan@acme.example", department_id=only.id)

    undo(session, made)

    home = session.get_one(Department, newcomer.department_id)
    assert newcomer.account_id == stays.id
    assert (home.account_id, home.name) == (stays.id, "工場")
    assert only.account_id == goes.id


def test_open_hand_offs_are_joined_and_come_apart(session: Session, pair: tuple[Account, Account]) -> None:
    theirs, ours = make_task(session, pair[0]), make_task(session, pair[1], TaskState.ACCEPTED)

    made = merge(session, pair)
    session.expire_all()
    together = (theirs.state, ours.state, len(ours.evidence))
    undo(session, made)

    assert together == (TaskState.DISMISSED, TaskState.ACCEPTED, 2)
    assert (theirs.state, theirs.closed_at, theirs.account_id) == (TaskState.ASSIGNED, None, pair[0].id)
    assert (ours.state, ours.evidence, ours.account_id) == (TaskState.ACCEPTED, [{"cause": "x"}], pair[1].id)


def test_what_was_answered_for_both_stays_answered_for_both(session: Session, pair: tuple[Account, Account]) -> None:
    theirs, ours = make_task(session, pair[0]), make_task(session, pair[1], TaskState.ACCEPTED)
    made = merge(session, pair)
    session.expire_all()
    ours.state, ours.answer, ours.closed_at = TaskState.MEETING, "meeting", NOON
    session.flush()

    undo(session, made)

    assert (theirs.state, theirs.answer) == (TaskState.MEETING, "meeting")


def test_the_next_actions_of_both_are_joined_and_come_apart(session: Session, pair: tuple[Account, Account]) -> None:
    owner = make_user(session)
    actions = [
        NextAction(account_id=one.id, due_on=date(2026, 12, day), owner_id=owner.id, what="call", created_at=NOON)
        for day, one in enumerate(pair, start=1)
    ]
    session.add_all(actions)
    session.flush()

    made = merge(session, pair)
    session.expire_all()
    still_open = [action.closed_at is None for action in actions]
    undo(session, made)

    assert still_open == [True, False]
    assert [(action.closed_at, action.outcome, action.account_id) for action in actions] == [
        (None, None, one.id) for one in pair
    ]


def test_domains_are_shared_while_merged(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    session.add_all([AccountDomain(account_id=goes.id, domain=name) for name in ("acme.example", "hanbai.example")])
    session.add(AccountDomain(account_id=stays.id, domain="acme.example"))
    session.flush()

    def domains() -> set[str]:
        return set(session.scalars(select(AccountDomain.domain).where(AccountDomain.account_id == stays.id)))

    made = merge(session, pair)
    together = domains()
    undo(session, made)

    assert together == {"acme.example", "hanbai.example"}
    assert domains() == {"acme.example"}


def test_a_parent_merged_into_its_subsidiary_leaves_no_circle(session: Session, pair: tuple[Account, Account]) -> None:
    goes, stays = pair
    sister = make_account(session, "アクメ精機", parent_id=goes.id)
    stays.parent_id = goes.id
    session.flush()

    made = merge(session, pair)
    session.expire_all()
    together = (stays.parent_id, sister.parent_id)
    undo(session, made)

    assert together == (None, stays.id)
    assert (stays.parent_id, sister.parent_id) == (goes.id, goes.id)


def test_the_question_is_answered_and_open_again(session: Session, pair: tuple[Account, Account]) -> None:
    third = make_account(session, "ゼータ株式会社")
    asked = {"strength": "weak", "evidence": []}
    question = MatchPair(account_id=pair[0].id, other_account_id=pair[1].id, **asked)
    other = MatchPair(account_id=third.id, other_account_id=pair[0].id, **asked)
    session.add_all([question, other])
    session.flush()

    made = merge(session, pair)
    session.expire_all()
    together = (question.state, other.other_account_id)
    undo(session, made)

    assert together == (PairState.MERGED, pair[1].id)
    assert (question.state, other.other_account_id) == (PairState.OPEN, pair[0].id)


def test_a_chain_of_merges_leads_to_the_last_and_comes_apart_from_its_end(
    session: Session, pair: tuple[Account, Account]
) -> None:
    goes, stays = pair
    third = make_account(session, "ゼータ株式会社")
    anna = make_contact(session, goes)
    first = merge(session, pair)
    session.expire_all()
    second = merge_accounts(session, stays.id, third.id, by=None, at=NOON)
    session.expire_all()

    assert (find_successor(session, goes.id), anna.account_id) == (third.id, third.id)
    with pytest.raises(Conflict, match="undo that merge first"):
        undo_merge(session, first.id, by=None, at=SPRING)
    undo(session, second)
    assert (find_successor(session, goes.id), anna.account_id) == (stays.id, stays.id)
    undo(session, first)
    assert (find_successor(session, goes.id), anna.account_id) == (None, goes.id)


def test_both_timelines_and_the_audit_tell_of_it(session: Session, pair: tuple[Account, Account]) -> None:
    undo(session, merge(session, pair))

    for account in pair:
        kinds = select(TimelineItem.kind).where(TimelineItem.account_id == account.id)
        assert set(session.scalars(kinds)) == {ItemKind.MERGED, ItemKind.MERGE_UNDONE}
    acts = select(AuditEntry.act).where(AuditEntry.subject_id == pair[0].id)
    assert set(session.scalars(acts)) == {"account.merged", "account.merge_undone"}


def test_neither_an_account_and_itself_nor_sample_data_and_real_are_merged(
    session: Session, pair: tuple[Account, Account]
) -> None:
    sample = make_account(session, "見本", is_sample=True)

    for one, other in ((pair[0], pair[0]), (sample, pair[0])):
        with pytest.raises(Invalid):
            merge_accounts(session, one.id, other.id, by=None, at=NOON)


def test_a_merge_is_undone_once(session: Session, pair: tuple[Account, Account]) -> None:
    made = merge(session, pair)
    undo(session, made)

    with pytest.raises(Conflict, match="already"):
        undo_merge(session, made.id, by=None, at=SPRING)


def test_what_arrives_late_at_a_merged_account_is_brought_along(
    session: Session, pair: tuple[Account, Account]
) -> None:
    goes, stays = pair
    made = merge(session, pair)
    late = make_contact(session, goes)
    make_event(session, late)

    found = [has_any_strays(session), gather_strays(session) > 0, has_any_strays(session)]
    session.expire_all()
    brought = late.account_id
    undo(session, made)

    assert found == [True, True, False]
    assert (brought, late.account_id) == (stays.id, goes.id)


@pytest.mark.parametrize("crossed", [True, False], ids=["crossed", "same way"])
def test_of_two_merges_at_once_one_is_made(installation: Installation, crossed: bool) -> None:
    with unit_of_work() as work:
        one, other = make_account(work.session, "一"), make_account(work.session, "二")
        make_event(work.session, make_contact(work.session, one))
    orders = [(one.id, other.id), (other.id, one.id) if crossed else (one.id, other.id)]

    def take(order: tuple[uuid.UUID, uuid.UUID]) -> bool:
        try:
            with unit_of_work() as work:
                merge_accounts(work.session, *order, by=None, at=work.at)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        made = sorted(pool.map(take, orders))

    with unit_of_work() as work:
        merges = work.session.scalar(select(func.count()).select_from(AccountMerge))
        homes = set(work.session.scalars(select(Contact.account_id)).all())
        homes |= set(work.session.scalars(select(Event.account_id)).all())
    assert (made, merges, len(homes)) == ([False, True], 1, 1)
