"""Logging work by page, next actions, and notices on Home."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.customers.next_actions import Promise, set_next_action
from abm.handoff.activities import Activity, log_activity
from abm.models import Account, Deal, NextAction, Task, TimelineItem, User
from abm.words import ItemKind, Role, TaskKind, TaskState
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_contact, make_user

LINE = {"kind": "call", "what": "wants a price next time"}


@pytest.fixture
def acme(installation: Installation) -> Account:
    """An account without an owner."""
    with unit_of_work() as work:
        return make_account(work.session)  # type: ignore[no-any-return]


def me(role: Role) -> User:
    with unit_of_work() as work:
        return work.session.scalars(select(User).where(User.email == mail_of(role))).one()


def log(client: FlaskClient, account: Account, **over: str) -> object:
    return client.post(f"/accounts/{account.id}/activities", data={**LINE, **over}, follow_redirects=True)


def plan(account: Account, owner: User, days: int) -> None:
    with unit_of_work() as work:
        due_on = (work.at + timedelta(days=days)).date()
        set_next_action(work.session, Promise(account.id, due_on, owner.id, "send the quote"), by=owner.id, at=work.at)


def test_one_line_stands_on_the_timeline(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES, name="営業 花子")

    page = rep.post(f"/accounts/{acme.id}/activities", data=LINE, follow_redirects=True).text

    assert "wants a price next time" in page
    assert "by 営業 花子" in page


def test_a_line_about_a_person_returns_to_the_person(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        anna = make_contact(work.session, acme)
    form = {**LINE, "with": f"c:{anna.id}", "back": str(anna.id)}

    answer = log_in(Role.SALES).post(f"/accounts/{acme.id}/activities", data=form)

    assert answer.location == f"/contacts/{anna.id}#heard"
    with unit_of_work() as work:
        assert work.session.scalars(select(TimelineItem.contact_id)).one() == anna.id


def test_a_typed_time_is_the_installation_s(log_in: LogIn, acme: Account) -> None:
    log(log_in(Role.SALES), acme, happened_at="2026-01-05T10:30")

    with unit_of_work() as work:
        assert work.session.scalars(select(TimelineItem.happened_at)).one().isoformat() == "2026-01-05T01:30:00+00:00"


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"what": ""}, "Please fill this in."),
        ({"kind": "stage_changed"}, "Please choose what it was."),
        ({"happened_at": "2999-01-01T10:00"}, "What is still to come is a next action."),
        ({"happened_at": "yesterday"}, "Please choose one of the list."),
    ],
)
def test_a_line_that_cannot_be_is_given_back(log_in: LogIn, acme: Account, over: dict[str, str], told: str) -> None:
    answer = log_in(Role.SALES).post(f"/accounts/{acme.id}/activities", data={**LINE, **over})

    assert answer.status_code == 422
    assert told in answer.text


def test_the_first_call_starts_the_accepted_hand_off(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        task = Task(
            kind=TaskKind.HAND_OFF,
            state=TaskState.ACCEPTED,
            account_id=acme.id,
            owner_id=me(Role.SALES).id,
            why=[],
            created_at=work.at,
            accepted_at=work.at,
        )
        work.session.add(task)

    page = rep.post(f"/accounts/{acme.id}/activities", data=LINE, follow_redirects=True).text

    assert "The accepted hand-off is now being worked on." in page
    with unit_of_work() as work:
        assert work.session.get_one(Task, task.id).state == TaskState.WORKING


def test_a_second_rep_sees_the_first_and_both_read_it_on_home(log_in: LogIn, acme: Account) -> None:
    second = log_in(Role.SALES, name="営業 次郎")
    first = log_in(Role.ADMIN, name="営業 太郎")
    with unit_of_work() as work:
        call = Activity(ItemKind.CALL, acme.id, work.at, "first call")
        log_activity(work.session, call, by=me(Role.ADMIN).id, at=work.at)
    assert "営業 太郎" in second.get(f"/accounts/{acme.id}").text

    page = second.post(f"/accounts/{acme.id}/activities", data=LINE, follow_redirects=True).text

    assert "Others work on this account too: 営業 太郎" in page
    assert "営業 太郎 was here before you" in second.get("/").text
    assert "営業 次郎 now works here too" in first.get("/").text


def test_a_notice_that_was_put_away_is_gone(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        first = make_user(work.session, name="営業 太郎")
        log_activity(work.session, Activity(ItemKind.CALL, acme.id, work.at, "first call"), by=first.id, at=work.at)
    rep.post(f"/accounts/{acme.id}/activities", data=LINE)
    put_away = rep.get("/").text.split('action="/notices/')[1].split('"')[0]

    rep.post(f"/notices/{put_away}")

    assert "was here before you" not in rep.get("/").text


def test_a_next_action_is_planned_shown_and_done(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)
    form = {"due_on": "2020-01-06", "owner_id": str(me(Role.SALES).id), "what": "send the quote"}

    page = rep.post(f"/accounts/{acme.id}/next-action", data=form, follow_redirects=True).text
    assert "send the quote" in page
    assert "Overdue" in page
    assert "send the quote" in rep.get("/").text

    with unit_of_work() as work:
        action_id = work.session.scalars(select(NextAction.id)).one()
    rep.post(f"/next-actions/{action_id}/close", data={"outcome": "done"})
    assert "send the quote" not in rep.get("/").text


def test_a_next_action_without_a_day_is_given_back(log_in: LogIn, acme: Account) -> None:
    form = {"due_on": "", "owner_id": "", "what": "send"}

    answer = log_in(Role.SALES).post(f"/accounts/{acme.id}/next-action", data=form)

    assert answer.status_code == 422
    assert "Please fill this in." in answer.text


def test_the_list_parts_overdue_planned_and_unplanned(log_in: LogIn, acme: Account) -> None:
    client = log_in(Role.MARKETER)
    with unit_of_work() as work:
        owner = make_user(work.session)
        planned = make_account(work.session, "計画済み商事", owner_id=owner.id)
        silent = make_account(work.session, "予定なし工業", owner_id=owner.id)
    plan(acme, owner, -3)
    plan(planned, owner, 3)

    page = client.get("/next-actions").text

    overdue, rest = page.split('id="planned"')
    coming, unplanned = rest.split('id="unplanned"')
    assert acme.name in overdue
    assert planned.name in coming
    assert silent.name in unplanned
    assert planned.name not in unplanned


def test_a_viewer_logs_nothing(log_in: LogIn, acme: Account) -> None:
    viewer = log_in(Role.VIEWER)

    assert viewer.post(f"/accounts/{acme.id}/activities", data=LINE).status_code == 403
    assert viewer.post(f"/accounts/{acme.id}/next-action", data={}).status_code == 403


def test_a_manager_sees_how_much_everybody_has_promised_and_opens_one(log_in: LogIn, acme: Account) -> None:
    manager = log_in(Role.MARKETER)
    with unit_of_work() as work:
        sato, kato = (make_user(work.session, Role.SALES, name) for name in ("佐藤", "加藤"))
        other = make_account(work.session, "ゼータ")
    plan(acme, sato, -3)
    plan(other, kato, 3)

    page = manager.get("/next-actions").text
    satos = manager.get(f"/next-actions?owner={sato.id}").text

    loads = page.split('id="loads"')[1].split('id="overdue"')[0]
    assert loads.index("佐藤") < loads.index("加藤")
    assert acme.name in satos
    assert other.name not in satos


def test_the_next_action_of_a_deal_leads_to_the_deal(log_in: LogIn, acme: Account) -> None:
    owner = make_me(log_in)
    with unit_of_work() as work:
        deal = Deal(account_id=acme.id, name="基幹刷新", stage_since=work.at)
        work.session.add(deal)
        work.session.flush()
        promise = Promise(acme.id, work.at.date(), owner.id, "見積", deal_id=deal.id)
        set_next_action(work.session, promise, by=owner.id, at=work.at)

    page = log_in(Role.SALES).get("/next-actions").text

    assert f'/deals/{deal.id}">基幹刷新' in page


def make_me(log_in: LogIn) -> User:
    log_in(Role.SALES)
    return me(Role.SALES)
