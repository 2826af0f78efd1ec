"""The activity report by page: whose, which days, on paper and as a file."""

import csv
import io

import pytest
from sqlalchemy import select

from abm.handoff.activities import Activity, log_activity
from abm.models import Account, User
from abm.words import ItemKind, Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_user


@pytest.fixture
def acme(installation: Installation) -> Account:
    """An account that somebody else called today."""
    with unit_of_work() as work:
        account = make_account(work.session)
        other = make_user(work.session, name="営業 次郎")
        log_activity(work.session, Activity(ItemKind.CALL, account.id, work.at, "theirs"), by=other.id, at=work.at)
        return account  # type: ignore[no-any-return]


def log_mine(account: Account, role: Role, what: str) -> None:
    with unit_of_work() as work:
        me = work.session.scalars(select(User.id).where(User.email == mail_of(role))).one()
        log_activity(work.session, Activity(ItemKind.VISIT, account.id, work.at, what), by=me, at=work.at)


def test_a_rep_sees_the_own_day_only(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES, name="営業 花子")
    log_mine(acme, Role.SALES, "showed the product")

    page = rep.get("/reports/daily").text

    assert "showed the product" in page
    assert "theirs" not in page


def test_a_rep_cannot_ask_for_another_rep_s_day(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        other = work.session.scalars(select(User.id).where(User.name == "営業 次郎")).one()

    assert "theirs" not in rep.get(f"/reports/daily?rep={other}").text


def test_a_marketer_sees_everybody_or_one(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    log_mine(acme, Role.MARKETER, "mine")
    with unit_of_work() as work:
        other = work.session.scalars(select(User.id).where(User.name == "営業 次郎")).one()

    everybody = marketer.get("/reports/daily").text
    one = marketer.get(f"/reports/daily?rep={other}").text

    assert ("mine" in everybody, "theirs" in everybody) == (True, True)
    assert ('<div class="text-break">mine' in one, "theirs" in one) == (False, True)


def test_a_viewer_has_no_report(log_in: LogIn, acme: Account) -> None:
    assert log_in(Role.VIEWER).get("/reports/daily").status_code == 403


@pytest.mark.parametrize("query", ["from=x&to=y", "from=2026-13-01", "rep=me", "from=2030-01-01&to=2020-01-01"])
def test_a_broken_choice_is_still_a_page(log_in: LogIn, acme: Account, query: str) -> None:
    assert log_in(Role.MARKETER).get(f"/reports/daily?{query}").status_code == 200


def test_the_file_holds_the_lines_and_runs_nothing(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES, name="営業 花子")
    log_mine(acme, Role.SALES, "=1+1")

    answer = rep.get("/reports/daily/file")

    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][2:5] == ["Rep", "What was it", "Company"]
    assert (rows[1][2], rows[1][3], rows[1][4], rows[1][8]) == ("営業 花子", "Visit", acme.name, "'=1+1")
    assert len(rows) == 2


def test_on_paper_there_is_nothing_to_press(log_in: LogIn, acme: Account) -> None:
    page = log_in(Role.MARKETER).get("/reports/daily?print=1").text

    assert "theirs" in page
    assert 'name="from"' not in page


def test_an_empty_day_says_what_to_do(log_in: LogIn, acme: Account) -> None:
    page = log_in(Role.SALES).get("/reports/daily?from=2020-01-01&to=2020-01-01").text

    assert "Nothing was logged" in page
