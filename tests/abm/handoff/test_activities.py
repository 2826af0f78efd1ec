"""Work logged with a customer, and what follows from it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.handoff.activities import Activity, colleagues_on, log_activity
from abm.models import Account, Department, Event, Notice, Suggestion, Task, TimelineItem, User
from abm.scoring.fold import fold_next_batch
from abm.scoring.live import ensure_model
from abm.scoring.report import score_report
from abm.words import (
    SALES_CONTACTS,
    EventKind,
    HeardKind,
    ItemKind,
    NoticeKind,
    Seniority,
    TaskKind,
    TaskState,
    Verdict,
)
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_contact, make_department, make_user

HOUR = timedelta(hours=1)


def call(account: Account, **over: object) -> Activity:
    return replace(Activity(ItemKind.CALL, account.id, NOON, "asked for a quote"), **over)  # type: ignore[arg-type]


def make_accepted(session: Session, account: Account, owner: User, department: Department | None = None) -> Task:
    task = Task(
        kind=TaskKind.HAND_OFF,
        state=TaskState.ACCEPTED,
        account_id=account.id,
        department_id=department.id if department else None,
        owner_id=owner.id,
        why=[],
        created_at=NOON - 2 * HOUR,
        accepted_at=NOON - HOUR,
    )
    session.add(task)
    session.flush()
    return task


def notices(session: Session, user: User) -> list[tuple[str, object]]:
    return [(n.kind, n.about_user_id) for n in session.scalars(select(Notice).where(Notice.user_id == user.id))]


def test_a_call_stands_on_the_timeline_in_its_persons_department(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    department = make_department(session, account)
    anna = make_contact(session, account, department_id=department.id)

    log_activity(session, call(account, contact_id=anna.id), by=taro.id, at=NOON)

    item = session.scalars(select(TimelineItem)).one()
    assert (item.kind, item.body, item.department_id) == (ItemKind.CALL, "asked for a quote", department.id)
    assert (item.by_user_id, item.contact_id) == (taro.id, anna.id)


def test_the_last_contact_is_kept_with_account_and_person_and_never_goes_back(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account, last_contacted_on=date(2026, 11, 20))

    log_activity(session, call(account, contact_id=anna.id), by=taro.id, at=NOON)
    session.refresh(account)
    session.refresh(anna)

    assert (account.last_contacted_on, anna.last_contacted_on) == (date(2026, 11, 13), date(2026, 11, 20))


@pytest.mark.parametrize("kind", SALES_CONTACTS)
def test_the_first_contact_on_an_accepted_hand_off_makes_it_working(session: Session, kind: ItemKind) -> None:
    taro, account = make_user(session), make_account(session)
    task = make_accepted(session, account, taro)

    logged = log_activity(session, call(account, kind=kind), by=taro.id, at=NOON)

    assert (task.state, logged.started) == (TaskState.WORKING, (task.id,))


def test_a_note_starts_nothing(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    task = make_accepted(session, account, taro)

    log_activity(session, call(account, kind=ItemKind.NOTE), by=taro.id, at=NOON)

    assert task.state == TaskState.ACCEPTED


def test_a_call_before_the_hand_off_was_accepted_starts_nothing(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    task = make_accepted(session, account, taro)

    log_activity(session, call(account, happened_at=NOON - 2 * HOUR), by=taro.id, at=NOON)

    assert task.state == TaskState.ACCEPTED


def test_a_call_to_one_department_starts_only_its_hand_off(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    buying, building = make_department(session, account), make_department(session, account, "製造部")
    mine, other = make_accepted(session, account, taro, buying), make_accepted(session, account, taro, building)

    log_activity(session, call(account, department_id=buying.id), by=taro.id, at=NOON)

    assert (mine.state, other.state) == (TaskState.WORKING, TaskState.ACCEPTED)


def test_a_second_rep_is_shown_the_first_and_both_are_told(session: Session) -> None:
    taro, jiro, account = make_user(session), make_user(session, name="営業 次郎"), make_account(session)
    log_activity(session, call(account), by=taro.id, at=NOON)

    logged = log_activity(session, call(account, happened_at=NOON + HOUR), by=jiro.id, at=NOON + HOUR)

    assert [colleague.name for colleague in logged.colleagues] == ["営業 太郎"]
    assert notices(session, taro) == [(NoticeKind.SECOND_HERE, jiro.id)]
    assert notices(session, jiro) == [(NoticeKind.FIRST_HERE, taro.id)]


def test_they_are_told_once(session: Session) -> None:
    taro, jiro, account = make_user(session), make_user(session, name="営業 次郎"), make_account(session)

    for rep in (taro, jiro, taro, jiro):
        log_activity(session, call(account), by=rep.id, at=NOON)

    assert (len(notices(session, taro)), len(notices(session, jiro))) == (1, 1)


def test_who_has_taken_the_hand_off_counts_as_the_first(session: Session) -> None:
    taro, jiro, account = make_user(session), make_user(session, name="営業 次郎"), make_account(session)
    make_accepted(session, account, taro)

    log_activity(session, call(account, kind=ItemKind.NOTE), by=jiro.id, at=NOON)

    assert notices(session, taro) == [(NoticeKind.SECOND_HERE, jiro.id)]


def test_who_looks_after_the_customer_is_told_of_work_by_others_and_not_of_their_own(session: Session) -> None:
    taro, hana, jiro = make_user(session), make_user(session, name="営業 花子"), make_user(session, name="営業 次郎")
    account = make_account(session, owner_id=taro.id)
    buying = make_department(session, account, owner_id=hana.id)

    for rep in (jiro, taro):
        log_activity(session, call(account, department_id=buying.id), by=rep.id, at=NOON)

    assert notices(session, taro) == [(NoticeKind.SECOND_HERE, jiro.id), (NoticeKind.FIRST_HERE, jiro.id)]
    assert notices(session, hana) == [(NoticeKind.SECOND_HERE, jiro.id), (NoticeKind.SECOND_HERE, taro.id)]


def test_work_of_last_year_is_nobodys_claim(session: Session) -> None:
    taro, jiro, account = make_user(session), make_user(session, name="営業 次郎"), make_account(session)
    log_activity(session, call(account, happened_at=NOON - timedelta(days=91)), by=taro.id, at=NOON)

    assert colleagues_on(session, account.id, but=jiro.id, at=NOON) == []


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"what": " "}, "what"),
        ({"kind": ItemKind.STAGE_CHANGED}, "kind"),
        ({"happened_at": NOON + HOUR}, "happened_at"),
        ({"contact_id": "a stranger"}, "contact_id"),
        ({"department_id": "a strange one"}, "department_id"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(session: Session, over: dict[str, object], field: str) -> None:
    taro, account, elsewhere = make_user(session), make_account(session), make_account(session, "別会社")
    strangers = {
        "contact_id": make_contact(session, elsewhere).id,
        "department_id": make_department(session, elsewhere).id,
    }
    activity = call(account, **{name: strangers.get(name, value) for name, value in over.items()})

    with pytest.raises(Invalid) as error:
        log_activity(session, activity, by=taro.id, at=NOON)

    assert error.value.field == field
    assert session.scalars(select(TimelineItem)).all() == []


def test_a_meeting_with_minutes_is_a_proven_event_of_its_person_once(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    meeting = call(account, kind=ItemKind.MEETING, contact_id=anna.id, minutes=45)

    logged = log_activity(session, meeting, by=taro.id, at=NOON)

    event = session.scalars(select(Event)).one()
    assert (event.id, event.kind, event.verdict) == (logged.item_id, EventKind.MEETING, Verdict.PROVEN)
    assert (event.contact_id, event.happened_at, event.minutes, event.folded_at) == (anna.id, NOON, 45, None)


@pytest.mark.parametrize(("minutes", "points"), [(20, 10), (45, 22.5), (60, 30), (180, 30)])
def test_a_meeting_counts_half_its_minutes_up_to_thirty_points(session: Session, minutes: int, points: float) -> None:
    ensure_model(session)
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account, seniority=Seniority.SECTION_HEAD)
    meeting = call(account, kind=ItemKind.MEETING, contact_id=anna.id, minutes=minutes)

    log_activity(session, meeting, by=taro.id, at=NOON)
    fold_next_batch(session, NOON, TOKYO)

    assert score_report(session, account.id, at=NOON)["points"] == pytest.approx(points)


@pytest.mark.parametrize(
    "over",
    [{"kind": ItemKind.MEETING}, {"kind": ItemKind.CALL, "minutes": 30}, {"kind": ItemKind.NOTE, "minutes": 30}],
)
def test_only_a_meeting_of_known_length_counts(session: Session, over: dict[str, object]) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account)

    log_activity(session, call(account, contact_id=anna.id, **over), by=taro.id, at=NOON)

    assert session.scalars(select(Event)).all() == []


def test_a_meeting_with_nobody_in_particular_counts_for_nobody(session: Session) -> None:
    taro, account = make_user(session), make_account(session)

    log_activity(session, call(account, kind=ItemKind.MEETING, minutes=30), by=taro.id, at=NOON)

    assert session.scalars(select(Event)).all() == []


@pytest.mark.parametrize("minutes", [0, -5, 24 * 60 + 1])
def test_a_meeting_of_no_time_or_of_days_is_refused(session: Session, minutes: int) -> None:
    taro, account = make_user(session), make_account(session)

    with pytest.raises(Invalid) as refused:
        log_activity(session, call(account, kind=ItemKind.MEETING, minutes=minutes), by=taro.id, at=NOON)

    assert refused.value.field == "minutes"


def test_what_a_logged_line_says_is_proposed(session: Session) -> None:
    taro, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    spoken = call(account, contact_id=anna.id, what="製品Yに興味あり。次回は価格説明を希望")

    logged = log_activity(session, spoken, by=taro.id, at=NOON)

    found = session.scalars(select(Suggestion).order_by(Suggestion.id)).all()
    assert [one.kind for one in found] == [HeardKind.INTEREST, HeardKind.NEXT_ACTION]
    assert logged.heard == 2
    assert {(one.item_id, one.contact_id) for one in found} == {(logged.item_id, anna.id)}
