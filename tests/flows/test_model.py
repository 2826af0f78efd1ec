"""A new scoring model in the browser: drafted, put right, published by an administrator, and every score has moved."""

from datetime import timedelta

from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker
from playwright.sync_api import expect
from sqlalchemy import select

from abm.models import Account, ScoreEntry
from abm.scoring.fold import fold_next_batch
from abm.words import EventKind, Role, Seniority, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.scoring.ledgers import TOKYO
from tests.flows.conftest import Visit
from tests.worlds import make_account, make_contact, make_event


def make_clicks(number: int) -> None:
    """So many accounts with one click each, folded by the model that is live."""
    with unit_of_work() as work:
        for n in range(number):
            account = make_account(work.session, f"会社 {n}")
            who = make_contact(work.session, account, email=f"{n}@acme.example", seniority=Seniority.SECTION_HEAD)
            make_event(work.session, who, EventKind.CLICK, work.at - timedelta(minutes=5), verdict=Verdict.LIKELY)
        fold_next_batch(work.session, work.at, TOKYO)


def test_a_model_is_drafted_published_and_every_score_moves(
    visit: Visit, site: str, installation: Installation, broker: StubBroker, worker: Worker
) -> None:
    make_clicks(5)
    page, errors = visit(Role.ADMIN, language="en")
    page.goto(f"{site}/settings/model")

    page.get_by_role("button", name="Draft a change").click()
    page.get_by_label("Link clicked: Points").or_(page.locator('[name="kinds.click.base"]')).first.fill("lots")
    page.get_by_role("button", name="Check and save the draft").click()
    expect(page.locator('[id="e-kinds.click.base"]')).to_contain_text("must be a number, not lots")
    page.locator('[name="kinds.click.base"]').fill("3")
    page.get_by_role("button", name="Check and save the draft").click()
    expect(page.locator("#differences")).to_contain_text("kinds.click.base")
    page.get_by_label("Why is it right although golden accounts come out otherwise?").fill("clicks matter to us")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Publish as the live model").click()

    expect(page.locator("#live")).to_contain_text("Live: version 2")
    expect(page.locator("#progress")).to_contain_text("Every account is scored by this version.")
    with unit_of_work() as work:
        assert set(work.session.scalars(select(ScoreEntry.entry))) == {3}
        assert set(work.session.scalars(select(Account.model_version))) == {2}
    # The refused form answers 422, which the console reports.
    assert [error for error in errors if "422" not in error] == []
