"""`abm user`: links that set a password once, and a log-in for the demo."""

import io
import sys

import pytest
from sqlalchemy.orm import Session

from abm.users import check_password, find_setup_link, find_user
from abm.words import Role
from abm.work import Installation
from tests.abm.cli.conftest import Command
from tests.worlds import make_user

PASSWORD = "correct horse battery"


def test_a_new_user_gets_a_link_that_can_be_used(abm: Command, installation: Installation) -> None:
    answer = abm("user", "add", "new@firm.example", "--role", "sales", "--json")

    token = answer.json["setup_link"].removeprefix(f"{installation.settings.public_url}/setup/")
    with Session(installation.engine) as session:
        link = find_setup_link(session, token)
        assert link is not None
        assert str(link.user_id) == answer.json["id"]


def test_scripts_may_give_the_password_themselves(
    abm: Command, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))

    answer = abm("user", "add", "new@firm.example", "--role", "admin", "--name", "新人", "--password-stdin", "--json")

    assert (answer.json["setup_link"], answer.json["name"]) == (None, "新人")
    with Session(installation.engine) as session:
        assert check_password(session, "new@firm.example", PASSWORD)


def test_the_same_address_twice_is_refused_with_the_field(abm: Command) -> None:
    abm("user", "add", "new@firm.example", "--role", "sales")

    answer = abm("user", "add", "NEW@firm.example", "--role", "sales")

    assert (answer.code, answer.out) == (1, "")
    assert "email" in answer.err


def test_the_first_link_is_there_until_somebody_can_log_in(abm: Command, installation: Installation) -> None:
    before = abm("user", "first").out
    abm("user", "add", "new@firm.example", "--role", "admin")

    after = abm("user", "first").out

    assert before.startswith(f"{installation.settings.public_url}/setup/")
    assert after == ""


def test_the_demo_prints_a_log_in_that_works_every_time(abm: Command, installation: Installation) -> None:
    first = abm("user", "first", "--demo", "--json").json
    again = abm("user", "first", "--demo", "--json").json

    assert first == again
    with Session(installation.engine) as session:
        assert check_password(session, first["email"], first["password"])


def test_the_demo_prints_nothing_where_real_users_are(abm: Command, installation: Installation) -> None:
    with Session(installation.engine) as session:
        make_user(session, Role.ADMIN)
        session.commit()

    assert abm("user", "first", "--demo").out == ""
    with Session(installation.engine) as session:
        assert find_user(session, "demo@firm.example") is None


def test_a_lost_password_is_answered_with_a_new_link(abm: Command) -> None:
    abm("user", "add", "new@firm.example", "--role", "sales")

    assert "/setup/" in abm("user", "link", "new@firm.example").out
    assert abm("user", "link", "nobody@firm.example").code == 1
