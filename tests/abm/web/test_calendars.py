"""Renewals and next actions as calendar files, and by a private address that can be taken back."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from abm import users
from abm.customers.next_actions import Promise, set_next_action
from abm.models import Account, AuditEntry, Contract, Task, User
from abm.words import Role, TaskKind, TaskState
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_user


@pytest.fixture
def acme(installation: Installation, log_in: LogIn) -> Account:
    """An account with a renewal and a next action of the rep, and one of another's."""
    log_in(Role.SALES)
    with unit_of_work() as work:
        rep, other = me(work.session), make_user(work.session)
        account = make_account(work.session)
        today = work.at.date()
        work.session.add(Contract(account_id=account.id, name="保守契約", renews_on=today, owner_id=rep.id))
        work.session.add(Contract(account_id=account.id, name="他の契約", renews_on=today, owner_id=other.id))
        promise = Promise(account.id, today, rep.id, "見積の説明、社内調整; 続き")
        set_next_action(work.session, promise, by=rep.id, at=work.at)
    return account


def me(session) -> User:  # type: ignore[no-untyped-def]
    return session.scalars(select(User).where(User.email == mail_of(Role.SALES))).one()


def summaries(content: bytes) -> list[str]:
    return sorted(str(event["summary"]) for event in Calendar.from_ical(content).walk("VEVENT"))


def address_of(client: FlaskClient) -> str:
    page = client.get("/calendar").text
    return "/calendar/feed/" + page.split("/calendar/feed/")[1].split('"')[0]


def test_the_private_address_tells_its_owners_days_to_whoever_knows_it(
    log_in: LogIn, acme: Account, stranger: FlaskClient
) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        me(work.session).language = "ja"
    rep.post("/calendar/link")

    answer = stranger.get(address_of(rep))

    assert answer.content_type.startswith("text/calendar")
    assert summaries(answer.data) == [
        "契約更新：株式会社アクメ（保守契約）",
        "次回アクション：株式会社アクメ – 見積の説明、社内調整; 続き",
    ]
    assert b"@firm.example" not in answer.data


def test_an_entry_is_a_whole_day_that_keeps_its_name_when_it_moves(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)
    (before,) = Calendar.from_ical(rep.get("/calendar/renewals.ics").data).walk("VEVENT")
    with unit_of_work() as work:
        contract = work.session.scalars(select(Contract).where(Contract.name == "保守契約")).one()
        contract.renews_on = moved = work.at.date() + timedelta(days=40)

    (after,) = Calendar.from_ical(rep.get("/calendar/renewals.ics").data).walk("VEVENT")

    assert type(after["dtstart"].dt) is date
    assert after["dtstart"].dt == moved != before["dtstart"].dt
    assert after["uid"] == before["uid"]


def test_everybodys_renewals_are_one_file(log_in: LogIn, acme: Account) -> None:
    content = log_in(Role.VIEWER).get("/calendar/renewals.ics?mine=0").data

    assert summaries(content) == ["Renewal: 株式会社アクメ (他の契約)", "Renewal: 株式会社アクメ (保守契約)"]


def test_an_address_taken_back_or_replaced_answers_no_longer(
    log_in: LogIn, acme: Account, stranger: FlaskClient
) -> None:
    rep = log_in(Role.SALES)
    rep.post("/calendar/link")
    first = address_of(rep)
    rep.post("/calendar/link")
    second = address_of(rep)

    assert (stranger.get(first).status_code, stranger.get(second).status_code) == (404, 200)

    rep.post("/calendar/link/revoke")
    assert stranger.get(second).status_code == 404
    with unit_of_work() as work:
        acts = work.session.scalars(select(AuditEntry.act).where(AuditEntry.act.like("user.calendar%"))).all()
    assert sorted(acts) == ["user.calendar_published"] * 2 + ["user.calendar_withdrawn"] * 2


def test_who_can_no_longer_log_in_publishes_nothing(log_in: LogIn, acme: Account, stranger: FlaskClient) -> None:
    rep = log_in(Role.SALES)
    log_in(Role.ADMIN)
    rep.post("/calendar/link")
    address = address_of(rep)
    with unit_of_work() as work:
        boss = work.session.scalars(select(User).where(User.email == mail_of(Role.ADMIN))).one()
        users.disable_user(work.session, me(work.session), work.at, by=boss)

    assert stranger.get(address).status_code == 404


@pytest.mark.parametrize("token", ["x", "ImFiIg.AAAA", "%00", "a.b.c", "é"])
def test_what_is_no_address_of_ours_finds_nothing(stranger: FlaskClient, acme: Account, token: str) -> None:
    assert stranger.get(f"/calendar/feed/{token}.ics").status_code == 404


def test_the_private_address_tells_deadlines_of_tasks_too(log_in: LogIn, acme: Account, stranger: FlaskClient) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        due = work.at.replace(microsecond=0) + timedelta(hours=3)
        mine = {"kind": TaskKind.HAND_OFF, "state": TaskState.ASSIGNED, "owner_id": me(work.session).id, "due_at": due}
        theirs = {**mine, "owner_id": make_user(work.session).id, "account_id": make_account(work.session, "他社").id}
        over = {**mine, "state": TaskState.DONE, "kind": TaskKind.MANUAL}
        for one in ({**mine, "account_id": acme.id}, theirs, {**over, "account_id": acme.id}):
            work.session.add(Task(**one, why=[], created_at=work.at))
    rep.post("/calendar/link")

    feed, file = stranger.get(address_of(rep)).data, rep.get("/calendar/tasks.ics").data

    (event,) = Calendar.from_ical(file).walk("VEVENT")
    assert (str(event["summary"]), event["dtend"].dt) == ("Hand-off due: 株式会社アクメ", due)
    assert "営業引き渡しの期限：株式会社アクメ" in summaries(feed)
