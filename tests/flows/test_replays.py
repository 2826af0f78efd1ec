"""A draft is replayed in the browser, read, printed and published from where its effect stands."""

from dramatiq import Worker
from playwright.sync_api import expect
from sqlalchemy import select

from abm.models import ScoreModel
from abm.words import Role
from abm.work import unit_of_work
from tests.abm.web.test_replays import make_world
from tests.flows.conftest import Visit


def test_a_draft_is_replayed_and_published(site: str, worker: Worker, visit: Visit) -> None:
    draft_id = make_world()
    page, errors = visit(Role.ADMIN, language="en")
    page.goto(f"{site}/settings/model/drafts/{draft_id}")

    page.get_by_role("link", name="Replay over recorded months").click()
    page.get_by_role("button", name="Start the replay").click()
    expect(page.locator("#lost")).to_contain_text("株式会社アクメ3")
    expect(page.locator("#weeks svg").first).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Publish as the live model").click()
    # So much less for downloads is not what the golden accounts expect: the draft's page asks why it is right.
    page.locator("#f-despite").fill("Downloads are mostly students")
    page.get_by_role("button", name="Publish as the live model").click()
    page.wait_for_url("**/settings/model")

    with unit_of_work() as work:
        live = work.session.scalars(select(ScoreModel).where(ScoreModel.is_live)).one()
    assert live.document["kinds"]["premium_download"]["base"] == 3
    assert [error for error in errors if "422" not in error] == []
