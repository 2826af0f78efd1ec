"""Records in the browser: a list comes in and goes again, and a person who was erased is not mailed again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from abm.models import Account, Contact, Suppression
from abm.words import SuppressionReason
from abm.work import Installation, unit_of_work
from tests.flows.conftest import Visit
from tests.worlds import make_account, make_contact

LIST = Path(__file__).parents[1] / "data" / "customers-bad-rows-cp932.csv"
ANNA = "anna@acme.example"


def count(model: type) -> int:
    with unit_of_work() as work:
        return work.session.scalar(select(func.count()).select_from(model).where(model.archived_at.is_(None))) or 0


@pytest.mark.usefixtures("worker")
def test_a_list_is_looked_at_applied_and_taken_back(visit: Visit, site: str) -> None:
    page, errors = visit()

    page.goto(f"{site}/imports")
    page.set_input_files("input[name=file]", LIST)
    page.click("#upload button.btn-primary")
    expect(page.locator("#rejected tbody tr").first).to_be_visible()
    assert count(Account) == 0

    page.check("input[name=consent][value=business_card]")
    page.click("#apply button.btn-primary")
    expect(page.locator("#import .alert-success")).to_be_visible()
    assert count(Contact) > 0

    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#import .btn-outline-danger")
    expect(page.locator("text=取り消し済み").first).to_be_visible()
    assert (count(Account), count(Contact)) == (0, 0)
    assert errors == []


@pytest.mark.usefixtures("worker")
def test_an_erased_person_who_comes_back_with_a_list_is_not_mailed(
    visit: Visit, site: str, installation: Installation, tmp_path: Path
) -> None:
    with unit_of_work() as work:
        anna = make_contact(work.session, make_account(work.session), "安奈 花子", email=ANNA)
    page, errors = visit()
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(f"{site}/contacts/{anna.id}")
    page.click("text=個人データ")
    page.check("input[name=understood]")
    page.click("text=この担当者を消去する")
    expect(page.locator("#messages")).to_contain_text("消去しました")
    expect(page.locator("#main")).not_to_contain_text("安奈")

    file = tmp_path / "list.csv"
    file.write_text(f"会社名,担当者名,メールアドレス\n株式会社アクメ,安奈 花子,{ANNA}\n", encoding="utf-8")
    page.goto(f"{site}/imports")
    page.set_input_files("input[name=file]", file)
    page.click("#upload button.btn-primary")
    page.check("input[name=consent][value=opt_in]")
    page.click("#apply button.btn-primary")
    expect(page.locator("#import .alert-success")).to_be_visible()

    with unit_of_work() as work:
        assert work.session.get_one(Suppression, ANNA).reason == SuppressionReason.ERASED
        back = work.session.scalars(select(Contact).where(Contact.email == ANNA)).one()
    page.goto(f"{site}/contacts/{back.id}")
    expect(page.locator("#main")).to_contain_text("配信除外")
    assert errors == []
