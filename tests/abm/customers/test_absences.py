"""Absences: entered, refused, cancelled, and who is away on a day."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.absences import Leave, away_on, cancel_absence, enter_absence, list_absences
from abm.errors import Invalid
from abm.models import Absence, AuditEntry, User
from tests.worlds import NOON, make_user

TODAY = date(2026, 11, 13)
MONDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 20)


@pytest.fixture
def rep(session: Session) -> User:
    """Somebody who will go on leave."""
    return make_user(session, name="佐藤 休")  # type: ignore[no-any-return]


def enter(session: Session, leave: Leave) -> Absence:
    return enter_absence(session, leave, by=leave.user_id, at=NOON, today=TODAY)


def test_both_days_count_as_away(session: Session, rep: User) -> None:
    enter(session, Leave(rep.id, MONDAY, FRIDAY))

    days = (TODAY, MONDAY, FRIDAY, date(2026, 11, 21))
    assert [rep.id in away_on(session, day) for day in days] == [False, True, True, False]


def test_a_substitute_is_named_until_they_cannot_log_in(session: Session, rep: User) -> None:
    other = make_user(session, name="代理 花")
    enter(session, Leave(rep.id, MONDAY, MONDAY, other.id, "summer"))
    assert away_on(session, MONDAY)[rep.id].substitute == "代理 花"

    other.disabled_at = NOON
    session.flush()

    assert away_on(session, MONDAY)[rep.id].substitute_id is None


@pytest.mark.parametrize(
    ("first", "last", "place", "code"),
    [
        (FRIDAY, MONDAY, "until_on", "before_start"),
        (date(2026, 11, 1), date(2026, 11, 12), "until_on", "gone_by"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    session: Session, rep: User, first: date, last: date, place: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        enter(session, Leave(rep.id, first, last))

    assert (refused.value.field, refused.value.code) == (place, code)


def test_an_absence_does_not_lie_over_another(session: Session, rep: User) -> None:
    enter(session, Leave(rep.id, MONDAY, FRIDAY))

    with pytest.raises(Invalid):
        enter(session, Leave(rep.id, FRIDAY, FRIDAY))


def test_nobody_stands_in_for_themselves_or_after_leaving(session: Session, rep: User) -> None:
    gone = make_user(session, disabled_at=NOON)

    for substitute in (rep.id, gone.id):
        with pytest.raises(Invalid):
            enter(session, Leave(rep.id, MONDAY, FRIDAY, substitute))


def test_a_cancelled_absence_is_gone_and_both_acts_are_kept(session: Session, rep: User) -> None:
    absence = enter(session, Leave(rep.id, MONDAY, FRIDAY))

    cancel_absence(session, absence.id, by=rep.id, at=NOON)

    assert list_absences(session, TODAY) == []
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == rep.id)).all()
    assert sorted(acts) == ["user.absence_cancelled", "user.absence_entered"]


def test_what_is_over_is_not_listed(session: Session, rep: User) -> None:
    enter(session, Leave(rep.id, MONDAY, MONDAY))

    assert [away.from_on for away in list_absences(session, MONDAY)] == [MONDAY]
    assert list_absences(session, FRIDAY, user_id=rep.id) == []
