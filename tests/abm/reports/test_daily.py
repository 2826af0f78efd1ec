"""The activity report: what each rep did on each day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.customers.next_actions import Promise, close_next_action, set_next_action
from abm.handoff.activities import Activity, log_activity
from abm.models import Account, User
from abm.reports.daily import Period, read_activity
from abm.words import ActionOutcome, ItemKind
from tests.abm.customers.memos import make_import, make_note
from tests.worlds import NOON, make_account, make_contact, make_user

TOKYO = ZoneInfo("Asia/Tokyo")
FRIDAY = date(2026, 11, 13)


def log(session: Session, account: Account, user: User, kind: ItemKind = ItemKind.CALL, **over: Any) -> None:
    values: dict[str, Any] = {"happened_at": NOON, "what": "asked for a quote", **over}
    log_activity(session, Activity(kind, account.id, **values), by=user.id, at=NOON + timedelta(days=5))


def on(first: date, last: date | None = None, user: User | None = None) -> Period:
    return Period(first, last or first, TOKYO, user.id if user else None)


def test_a_day_holds_its_lines_counted_by_kind_with_the_minutes_of_meetings(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    log(session, account, taro)
    log(session, account, taro, ItemKind.MEETING, contact_id=anna.id, minutes=45, what="showed it")
    log(session, account, taro, ItemKind.MEETING, contact_id=anna.id, minutes=30, what="again")

    (day,) = read_activity(session, on(FRIDAY)).days

    assert (day.day, day.user, day.counts, day.minutes) == (FRIDAY, "営業 太郎", {"call": 1, "meeting": 2}, 75)
    assert [(deed.body, deed.contact) for deed in day.deeds] == [
        ("asked for a quote", None),
        ("showed it", "安奈 花子"),
        ("again", "安奈 花子"),
    ]


def test_a_day_is_the_installation_s(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    # 23:30 and 00:30 in Tokyo.
    log(session, account, taro, happened_at=datetime(2026, 11, 13, 14, 30, tzinfo=UTC), what="late")
    log(session, account, taro, happened_at=datetime(2026, 11, 13, 15, 30, tzinfo=UTC), what="later")

    found = read_activity(session, on(FRIDAY))

    assert [deed.body for day in found.days for deed in day.deeds] == ["late"]


def test_days_stand_newest_first_and_reps_apart(session: Session) -> None:
    taro, hanako, account = make_user(session), make_user(session, name="営業 花子"), make_account(session)
    for user, days in ((taro, 0), (hanako, 0), (taro, 1)):
        log(session, account, user, happened_at=NOON + timedelta(days=days))

    found = read_activity(session, on(FRIDAY, date(2026, 11, 14)))

    assert [(day.day.day, day.user) for day in found.days] == [(14, "営業 太郎"), (13, "営業 太郎"), (13, "営業 花子")]
    assert found.counts["call"] == 3


def test_one_rep_s_report_holds_that_rep_s_work_only(session: Session) -> None:
    taro, hanako, account = make_user(session), make_user(session, name="営業 花子"), make_account(session)
    log(session, account, taro)
    log(session, account, hanako)

    found = read_activity(session, on(FRIDAY, user=hanako))

    assert [day.user for day in found.days] == ["営業 花子"]


def test_imported_memos_are_nobody_s_work(session: Session) -> None:
    taro, account, record = make_user(session), make_account(session), make_import(session)
    memo = make_note(session, account, None, "memo", NOON, import_id=record.id)
    memo.by_user_id = taro.id
    session.flush()

    assert read_activity(session, on(FRIDAY)).days == ()


def test_next_actions_set_that_day_are_told_while_they_are_open(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    set_next_action(session, Promise(account.id, date(2026, 12, 1), taro.id, "send the quote"), by=taro.id, at=NOON)
    done = set_next_action(
        session, Promise(account.id, date(2026, 12, 2), taro.id, "call", anna.id), by=taro.id, at=NOON
    )
    close_next_action(session, done.id, ActionOutcome.DONE, by=taro.id, at=NOON)

    (day,) = read_activity(session, on(FRIDAY)).days

    assert [(one.due_on, one.what) for one in day.planned] == [(date(2026, 12, 1), "send the quote")]
    assert day.deeds == ()
