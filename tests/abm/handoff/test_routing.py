"""Who gets a task, from the closest to whoever is there."""

import uuid
from dataclasses import replace
from datetime import timedelta

from abm.handoff.routing import Assignment, Desk, Rep, route_task
from abm.words import Route
from tests.worlds import NOON

ANNA, BO, CAROL, DAN, EVE = (uuid.UUID(int=number) for number in range(1, 6))
EVERYBODY = Desk(ANNA, BO, (Rep(CAROL, 3), Rep(DAN, 1)), (EVE,))


def test_a_task_goes_to_the_first_rule_that_finds_somebody() -> None:
    no_department = replace(EVERYBODY, department_owner_id=None)
    no_owner = replace(no_department, account_owner_id=None)
    no_sales = replace(no_owner, reps=())

    assert route_task(EVERYBODY) == Assignment(ANNA, Route.DEPARTMENT_OWNER)
    assert route_task(no_department) == Assignment(BO, Route.ACCOUNT_OWNER)
    assert route_task(no_owner) == Assignment(DAN, Route.ROUND_ROBIN)
    assert route_task(no_sales) == Assignment(EVE, Route.FALLBACK)
    assert route_task(replace(no_sales, admin_ids=())) is None


def test_among_equals_it_is_the_turn_of_who_has_waited_longest() -> None:
    lately, long_ago = Rep(ANNA, 2, NOON), Rep(BO, 2, NOON - timedelta(days=1))

    first = route_task(Desk(reps=(lately, long_ago)))
    newcomer = route_task(Desk(reps=(lately, long_ago, Rep(CAROL, 2))))

    assert (first, newcomer) == (Assignment(BO, Route.ROUND_ROBIN), Assignment(CAROL, Route.ROUND_ROBIN))


def test_who_is_away_is_passed_over() -> None:
    away = {ANNA: None, BO: None, DAN: None}

    assert route_task(replace(EVERYBODY, away={ANNA: None})) == Assignment(BO, Route.ACCOUNT_OWNER)
    assert route_task(replace(EVERYBODY, away=away)) == Assignment(CAROL, Route.ROUND_ROBIN)


def test_a_substitute_takes_what_comes_in() -> None:
    assert route_task(replace(EVERYBODY, away={ANNA: CAROL})) == Assignment(CAROL, Route.SUBSTITUTE)
    assert route_task(replace(EVERYBODY, away={ANNA: CAROL, CAROL: DAN})) == Assignment(DAN, Route.SUBSTITUTE)


def test_two_who_stand_in_for_each_other_are_both_passed_over() -> None:
    assert route_task(replace(EVERYBODY, away={ANNA: CAROL, CAROL: ANNA})) == Assignment(BO, Route.ACCOUNT_OWNER)


def test_a_fallback_queue_does_not_go_on_holiday() -> None:
    nobody_but_admins = Desk(admin_ids=(EVE, DAN), away={EVE: None})

    assert route_task(nobody_but_admins) == Assignment(DAN, Route.FALLBACK)
    assert route_task(replace(nobody_but_admins, away={EVE: None, DAN: None})) == Assignment(EVE, Route.FALLBACK)
