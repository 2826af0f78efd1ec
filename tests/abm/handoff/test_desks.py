"""How somebody works: manager, capacity, hours; and what that does to the hand-offs they get."""

from datetime import datetime, time

import pytest
from sqlalchemy.orm import Session

from abm.customers.territories import Area, add_territory
from abm.errors import Invalid
from abm.handoff.assign import assign_waiting, has_waiting
from abm.handoff.desks import Terms, set_terms
from abm.handoff.staff import gather_staff
from abm.models import User
from abm.words import Role, Route, TaskState
from tests.abm.handoff.hot import hand_over, heat, the_task
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_user


@pytest.fixture
def admin(session: Session) -> User:
    return make_user(session, Role.ADMIN)


def change(session: Session, user: User, terms: Terms, admin: User) -> None:
    set_terms(session, user.id, terms, by=admin.id, at=NOON, zone=TOKYO)


def test_more_room_lets_what_waits_through(session: Session, admin: User) -> None:
    rep = make_user(session)
    change(session, rep, Terms(weekly_capacity=0), admin)
    heat(session)
    hand_over(session)
    waited = the_task(session).state

    change(session, rep, Terms(weekly_capacity=1), admin)
    assert has_waiting(session, NOON)
    assign_waiting(session, NOON, TOKYO)

    assert (waited, the_task(session).state) == (TaskState.NEW, TaskState.ASSIGNED)


def test_the_clock_runs_in_the_hours_of_the_owner(session: Session, admin: User) -> None:
    rep = make_user(session)
    mornings = Terms(works_from=time(9), works_until=time(13), work_days=frozenset((1, 3, 5)))
    change(session, rep, mornings, admin)
    heat(session)

    hand_over(session)

    # One hour on Friday, four each on Monday, Wednesday and Friday; Monday is a holiday, three on Wednesday.
    assert the_task(session).due_at == datetime.fromisoformat("2026-11-25T12:00:00+09:00")


def test_by_turn_it_goes_first_to_who_is_at_work(session: Session, admin: User) -> None:
    away, here = make_user(session), make_user(session)
    change(session, away, Terms(works_from=time(14), works_until=time(22)), admin)

    heat(session)
    hand_over(session)

    assert the_task(session).owner_id == here.id


def test_an_account_without_an_owner_goes_to_whoever_has_its_territory(session: Session, admin: User) -> None:
    _idle, local = make_user(session), make_user(session)
    add_territory(session, Area(local.id, prefecture="大阪府"), by=admin.id, at=NOON)
    heat(session).prefecture = "大阪府"
    session.flush()

    hand_over(session)

    assert (the_task(session).owner_id, the_task(session).route) == (local.id, Route.TERRITORY)


def test_the_manager_is_the_next_one_up_who_can_log_in(session: Session, admin: User) -> None:
    top, middle, rep = (make_user(session, Role.MARKETER) for _ in range(3))
    change(session, middle, Terms(manager_id=top.id), admin)
    change(session, rep, Terms(manager_id=middle.id), admin)
    before = gather_staff(session, NOON, TOKYO).manager_of(rep.id)
    middle.disabled_at = NOON
    session.flush()

    staff = gather_staff(session, NOON, TOKYO)

    assert (before, staff.manager_of(top.id)) == (middle.id, admin.id)
    assert staff.manager_of(rep.id) == top.id


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(weekly_capacity=-1), "weekly_capacity"),
        (Terms(works_from=time(19)), "closes"),
        (Terms(work_days=frozenset((9,))), "work_days"),
    ],
)
def test_terms_nobody_could_keep_are_refused(session: Session, admin: User, terms: Terms, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        change(session, make_user(session), terms, admin)

    assert refused.value.field == field


def test_nobody_is_their_own_manager_by_way_of_others(session: Session, admin: User) -> None:
    boss, rep = make_user(session), make_user(session)
    change(session, rep, Terms(manager_id=boss.id), admin)

    with pytest.raises(Invalid) as refused:
        change(session, boss, Terms(manager_id=rep.id), admin)

    assert refused.value.code == "circle"
