"""Acts on the chosen rows of a list."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.conditions.parse import read_condition
from abm.errors import Conflict, Invalid
from abm.handoff.chosen import (
    MOST_CHOSEN,
    Actor,
    Chosen,
    choose_mine,
    confirm_records,
    give_owner,
    keep_notes,
    make_tasks,
    plan_actions,
    put_into_list,
)
from abm.handoff.wording import say_why
from abm.models import Account, Contact, Deal, NextAction, Segment, SegmentMember, Task, TimelineItem, User
from abm.words import Language, Role, SegmentKind, StaleReason, TaskState
from tests.worlds import NOON, make_account, make_contact, make_user

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = date(2026, 11, 16)
TITLE = {"ja": "動きがない", "en": "Dormant"}


@pytest.fixture(autouse=True)
def quiet(broker: StubBroker) -> None:
    """Bells ring into a queue that nobody reads."""


@pytest.fixture
def sato(session: Session) -> User:
    return make_user(session, Role.SALES, "佐藤")


@pytest.fixture
def acme(session: Session, sato: User) -> Account:
    return make_account(session, owner_id=sato.id)


def as_user(user: User) -> Actor:
    return Actor(user.id, Role(user.role), NOON, TOKYO)


def rows(*accounts: Account) -> list[Chosen]:
    return [Chosen(account.id) for account in accounts]


def task_of(session: Session, user: User, chosen: list[Chosen], **over: Any) -> Task:
    values = {"owner_id": None, "due_on": MONDAY, "title": TITLE, **over}
    make_tasks(session, chosen, "電話する", as_user(user), **values)
    return session.scalars(select(Task)).one()


def test_sales_act_on_their_own_accounts_and_on_those_of_nobody(session: Session, sato: User, acme: Account) -> None:
    other = make_account(session, "他社", owner_id=make_user(session, name="加藤").id)
    nobodys = make_account(session, "無担当")

    mine = choose_mine(session, rows(acme, other, nobodys), as_user(sato))

    assert {one.account_id for one in mine} == {acme.id, nobodys.id}


@pytest.mark.parametrize(
    ("role", "rows_left"), [(Role.ADMIN, 1), (Role.MARKETER, 1), (Role.SALES, 0), (Role.VIEWER, 0)]
)
def test_marketers_act_on_every_account_and_viewers_on_none(
    session: Session, acme: Account, role: Role, rows_left: int
) -> None:
    somebody = make_user(session, role)

    assert len(choose_mine(session, rows(acme), as_user(somebody))) == rows_left


def test_a_row_of_ones_own_account_cannot_name_somebody_elses_person_or_deal(
    session: Session, sato: User, acme: Account
) -> None:
    other = make_account(session, "他社", owner_id=make_user(session, name="加藤").id)
    person, stranger = make_contact(session, acme), make_contact(session, other, email="x@other.example")
    deal = Deal(account_id=other.id, name="商談", stage_since=NOON)
    session.add(deal)
    session.flush()
    own = Chosen(acme.id, person.id)

    mine = choose_mine(session, [own, Chosen(acme.id, stranger.id), Chosen(acme.id, None, deal.id)], as_user(sato))

    assert mine == [own]


def test_archived_accounts_are_left_out_and_a_row_chosen_twice_counts_once(
    session: Session, sato: User, acme: Account
) -> None:
    gone = make_account(session, "保管", owner_id=sato.id, archived_at=NOON)

    assert choose_mine(session, rows(acme, acme, gone), as_user(sato)) == rows(acme)


def test_too_many_rows_are_refused(session: Session, sato: User, acme: Account) -> None:
    with pytest.raises(Invalid, match="200"):
        choose_mine(session, rows(acme) * (MOST_CHOSEN + 1), as_user(sato))


def test_a_task_says_what_to_do_and_from_which_list_it_came(session: Session, sato: User, acme: Account) -> None:
    task = task_of(session, sato, rows(acme))

    assert (task.state, task.owner_id, task.account_id) == (TaskState.OPEN, sato.id, acme.id)
    assert say_why(task.why, Language.JAPANESE, TOKYO) == ["電話する", "リスト「動きがない」から作成"]
    assert say_why(task.why, Language.ENGLISH, TOKYO)[1] == "Made from the list “Dormant”"
    assert task.due_at is not None
    assert task.due_at.astimezone(TOKYO).isoformat() == "2026-11-16T18:00:00+09:00"


def test_a_task_goes_to_whoever_is_named_else_to_the_accounts_owner(
    session: Session, sato: User, acme: Account
) -> None:
    kato = make_user(session, name="加藤")

    assert task_of(session, sato, rows(acme), owner_id=kato.id).owner_id == kato.id


def test_an_owner_who_can_no_longer_log_in_gets_no_task(session: Session, sato: User, acme: Account) -> None:
    sato.disabled_at = NOON
    session.flush()

    assert task_of(session, make_user(session, Role.ADMIN), rows(acme)).owner_id is None


def test_two_deals_of_one_account_are_two_tasks(session: Session, sato: User, acme: Account) -> None:
    person = make_contact(session, acme)
    chosen = [Chosen(acme.id), Chosen(acme.id, person.id)]

    made = make_tasks(session, chosen, "電話", as_user(sato), owner_id=None, due_on=None, title=TITLE)

    assert made == len(session.scalars(select(Task)).all()) == 2


@pytest.mark.parametrize(("over", "field"), [({"due_on": date(2026, 11, 12)}, "due_on")])
def test_a_task_for_yesterday_is_refused(
    session: Session, sato: User, acme: Account, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        task_of(session, sato, rows(acme), **over)

    assert refused.value.field == field


def test_nothing_is_done_without_words(session: Session, sato: User, acme: Account) -> None:
    with pytest.raises(Invalid):
        plan_actions(session, rows(acme), "  ", MONDAY, as_user(sato), None)


def test_a_next_action_is_set_for_every_row(session: Session, sato: User, acme: Account) -> None:
    zeta = make_account(session, "ゼータ")
    admin = make_user(session, Role.ADMIN)

    assert plan_actions(session, rows(acme, zeta), "訪問", MONDAY, as_user(admin), None) == 2

    owners = {action.account_id: action.owner_id for action in session.scalars(select(NextAction))}
    assert owners == {acme.id: sato.id, zeta.id: admin.id}


def test_a_note_stands_on_every_timeline(session: Session, sato: User, acme: Account) -> None:
    assert keep_notes(session, rows(acme), "来期まで待つ", as_user(sato)) == 1

    assert [item.body for item in session.scalars(select(TimelineItem))] == ["来期まで待つ"]


def test_marketers_give_accounts_an_owner_and_sales_do_not(session: Session, sato: User, acme: Account) -> None:
    kato = make_user(session, Role.SALES, "加藤")
    marketer = make_user(session, Role.MARKETER)

    with pytest.raises(Invalid):
        give_owner(session, rows(acme), kato.id, as_user(sato))
    assert give_owner(session, rows(acme), kato.id, as_user(marketer)) == 1
    assert give_owner(session, rows(acme), kato.id, as_user(marketer)) == 0
    assert acme.owner_id == kato.id


def test_confirming_people_makes_them_fresh(session: Session, sato: User, acme: Account) -> None:
    anna = make_contact(session, acme, stale_reason=StaleReason.MOVED)

    assert confirm_records(session, [Chosen(acme.id, anna.id)], as_user(sato)) == 1

    assert (session.get_one(Contact, anna.id).stale_reason, anna.confirmed_at) == (None, NOON)


def test_people_of_the_rows_go_into_a_frozen_list_once(session: Session, acme: Account) -> None:
    marketer = make_user(session, Role.MARKETER)
    anna = make_contact(session, acme)
    make_contact(session, acme, "蛯名 次郎", "ebina@acme.example")

    first, added = put_into_list(session, [Chosen(acme.id, anna.id)], "秋の電話", as_user(marketer))
    second, more = put_into_list(session, rows(acme), "秋の電話", as_user(marketer))

    assert (first.id, added, more) == (second.id, 1, 1)
    assert len(session.scalars(select(SegmentMember)).all()) == 2
    assert first.kind == SegmentKind.STATIC


def test_a_frozen_list_names_its_accounts_in_the_language_of_segments(session: Session, acme: Account) -> None:
    marketer = make_user(session, Role.MARKETER)
    zeta = make_account(session, "ゼータ")

    put_into_list(session, rows(acme), "秋の電話", as_user(marketer))
    segment, _added = put_into_list(session, rows(zeta, acme), "秋の電話", as_user(marketer))

    assert segment.condition == {"field": "account.name", "op": "in", "value": [acme.name, zeta.name]}
    assert read_condition(segment.condition)


def test_a_segment_that_asks_anew_each_time_takes_nobody_in(session: Session, acme: Account) -> None:
    condition = {"field": "account.name", "op": "is", "value": "x"}
    values = {"condition": condition, "created_at": NOON, "changed_at": NOON}
    session.add(Segment(name="部長", kind=SegmentKind.DYNAMIC, **values))
    session.flush()

    with pytest.raises(Conflict):
        put_into_list(session, rows(acme), "部長", as_user(make_user(session, Role.MARKETER)))
