"""Hand-over pages: whose, to whom, with exceptions, and the brief."""

import uuid

from sqlalchemy import select

from abm.handoff.hand_over import HANDED_OVER
from abm.models import Account, AuditEntry, User
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_user


def make_desk() -> tuple[User, User, list[Account]]:
    """A rep with two accounts, and a successor."""
    with unit_of_work() as work:
        old, new = make_user(work.session, name="旧 担当"), make_user(work.session, name="新 担当")
        accounts = [make_account(work.session, name, owner_id=old.id) for name in ("株式会社アクメ", "株式会社ゼータ")]
    return old, new, accounts


def owner_of(account: Account) -> uuid.UUID | None:
    with unit_of_work() as work:
        return work.session.get_one(Account, account.id).owner_id


def test_choosing_a_rep_shows_what_would_move(log_in: LogIn, installation: Installation) -> None:
    old, new, _accounts = make_desk()
    browser = log_in(Role.MARKETER, language="ja")

    page = browser.get(f"/hand-overs?from={old.id}").text

    assert "アカウント2件" in page
    assert "株式会社ゼータ" in page
    assert "引き継ぐものはありません" in browser.get(f"/hand-overs?from={new.id}").text


def test_accounts_go_over_but_for_the_exceptions_and_leave_a_brief(log_in: LogIn, installation: Installation) -> None:
    old, new, (first, second) = make_desk()
    browser = log_in(Role.MARKETER, language="ja")
    form = {"from": str(old.id), "to": str(new.id), f"to-{second.id}": "keep"}

    done = browser.post("/hand-overs", data=form)

    assert (owner_of(first), owner_of(second)) == (new.id, old.id)
    with unit_of_work() as work:
        entry = work.session.scalars(select(AuditEntry).where(AuditEntry.act == HANDED_OVER)).one()
    assert (done.status_code, done.location) == (303, f"/hand-overs/{entry.id}/brief")
    page = browser.get(done.location).text
    assert "株式会社アクメ" in page
    assert "株式会社ゼータ" not in page
    assert "旧 担当 → 新 担当" in browser.get("/hand-overs").text
    assert "担当の引き継ぎ：旧 担当 → 新 担当" in browser.get(f"/accounts/{first.id}").text


def test_without_a_successor_nothing_moves(log_in: LogIn, installation: Installation) -> None:
    old, _new, (first, _second) = make_desk()

    refused = log_in(Role.MARKETER).post("/hand-overs", data={"from": str(old.id), "to": ""})

    assert refused.status_code == 422
    assert "Please fill this in" in refused.text
    assert owner_of(first) == old.id


def test_sales_cannot_hand_over(log_in: LogIn, installation: Installation) -> None:
    assert log_in(Role.SALES).get("/hand-overs").status_code == 403
    assert log_in(Role.SALES).post("/hand-overs", data={}).status_code == 403
