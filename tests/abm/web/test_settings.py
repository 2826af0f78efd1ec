"""Who may add users, and what happens to their log-ins."""

import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm import users
from abm.models import AuditEntry, User
from abm.words import Role
from abm.work import unit_of_work
from tests.abm.web.conftest import PASSWORD, LogIn, mail_of

NEW = {"name": "営業 花子", "email": "hanako@sender.example", "role": "sales"}


def test_an_added_user_sets_a_password_with_the_link_shown_once(log_in: LogIn, stranger: FlaskClient) -> None:
    page = log_in(Role.ADMIN).post("/settings/users", data=NEW)

    link = re.search(r"http://127\.0\.0\.1:\d+(/setup/[\w-]+)", page.text)
    assert link
    stranger.post(link[1], data={"password": PASSWORD, "repeated": PASSWORD})

    assert "営業 花子" in stranger.get("/settings").text
    assert link[1] not in log_in(Role.ADMIN).get("/settings").text


@pytest.mark.parametrize("change", [{"email": "x"}, {"email": mail_of(Role.ADMIN)}, {"role": "king"}])
def test_a_user_that_cannot_be_added_is_refused_in_the_form(log_in: LogIn, change: dict[str, str]) -> None:
    answer = log_in(Role.ADMIN).post("/settings/users", data={**NEW, **change})

    assert answer.status_code == 422
    assert "営業 花子" in answer.text
    assert "invalid-feedback" in answer.text


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SALES, Role.VIEWER])
def test_only_administrators_add_users(log_in: LogIn, role: Role) -> None:
    client = log_in(role)

    assert client.post("/settings/users", data=NEW).status_code == 403
    assert "Add a user" not in client.get("/settings").text


def test_a_disabled_user_is_out_at_once(log_in: LogIn) -> None:
    victim = log_in(Role.SALES)

    log_in(Role.ADMIN).post(f"/settings/users/{_id_of(Role.SALES)}/disable")

    assert victim.get("/settings").status_code == 303
    assert victim.post("/login", data={"email": mail_of(Role.SALES), "password": PASSWORD}).status_code == 422


def test_an_enabled_user_may_come_back(log_in: LogIn) -> None:
    admin, victim = log_in(Role.ADMIN), log_in(Role.SALES)

    admin.post(f"/settings/users/{_id_of(Role.SALES)}/disable")
    admin.post(f"/settings/users/{_id_of(Role.SALES)}/enable")

    assert victim.post("/login", data={"email": mail_of(Role.SALES), "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize(("act", "form"), [("disable", {}), ("role", {"role": "viewer"})])
def test_the_last_administrator_stays_one(log_in: LogIn, act: str, form: dict[str, str]) -> None:
    admin = log_in(Role.ADMIN)

    answer = admin.post(f"/settings/users/{_id_of(Role.ADMIN)}/{act}", data=form)

    assert answer.status_code == 409
    assert "last administrator" in answer.text
    assert "Add a user" in admin.get("/settings").text


def test_a_changed_role_counts_from_the_next_page(log_in: LogIn) -> None:
    client = log_in(Role.SALES)

    log_in(Role.ADMIN).post(f"/settings/users/{_id_of(Role.SALES)}/role", data={"role": "admin"})

    assert "Add a user" in client.get("/settings").text


def test_changes_to_users_are_kept_with_who_made_them(log_in: LogIn) -> None:
    log_in(Role.ADMIN).post("/settings/users", data=NEW)

    with unit_of_work() as work:
        boss = users.find_user(work.session, mail_of(Role.ADMIN))
        added = users.find_user(work.session, NEW["email"])
        assert boss
        assert added
        entry = work.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == added.id)).one()

    assert (entry.act, entry.user_id) == ("user.added", boss.id)
    assert NEW["email"] not in str(entry.detail)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"old": "a wrong one", "password": "another good one", "repeated": "another good one"}, "present password"),
        ({"old": PASSWORD, "password": "short", "repeated": "short"}, "at least 10 characters"),
        ({"old": PASSWORD, "password": "another good one", "repeated": "yet another one"}, "not the same"),
    ],
)
def test_a_password_is_changed_only_by_who_knows_it_and_types_the_new_one_twice(
    log_in: LogIn, form: dict[str, str], told: str
) -> None:
    refused = log_in(Role.SALES).post("/settings/password", data=form)

    assert refused.status_code == 422
    assert told in refused.text
    with unit_of_work() as work:
        assert users.check_password(work.session, mail_of(Role.SALES), PASSWORD)


def test_a_changed_password_ends_the_other_log_ins_and_keeps_this_one(log_in: LogIn) -> None:
    here, elsewhere = log_in(Role.SALES), log_in(Role.SALES)

    here.post(
        "/settings/password", data={"old": PASSWORD, "password": "another good one", "repeated": "another good one"}
    )

    assert here.get("/settings").status_code == 200
    assert elsewhere.get("/settings").status_code == 303
    with unit_of_work() as work:
        assert users.check_password(work.session, mail_of(Role.SALES), "another good one")


def test_an_unknown_user_is_not_found(log_in: LogIn) -> None:
    assert log_in(Role.ADMIN).post(f"/settings/users/{uuid.uuid4()}/disable").status_code == 404


def _id_of(role: Role) -> uuid.UUID:
    with unit_of_work() as work:
        return work.session.scalars(select(User.id).where(User.email == mail_of(role))).one()


def test_mails_about_own_tasks_are_turned_off_and_on(log_in: LogIn) -> None:
    browser = log_in(Role.SALES)

    browser.post("/settings/task-mails", data={"wanted": "0"})
    off = browser.get("/settings").text
    browser.post("/settings/task-mails", data={"wanted": "1"})

    assert "No mails about tasks; the board shows them." in off
    assert "Mails tell you of new tasks" in browser.get("/settings").text
    assert log_in(Role.VIEWER).post("/settings/task-mails").status_code == 403
