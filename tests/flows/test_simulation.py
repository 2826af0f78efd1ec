"""A changed sequence is simulated in the browser, and read beside what is published."""

from dramatiq import Worker
from playwright.sync_api import expect

from abm.words import Role
from tests.abm.web.test_simulations import make_world
from tests.flows.conftest import Visit


def test_a_draft_is_simulated_and_read(site: str, worker: Worker, visit: Visit) -> None:
    make_world(changed=True)
    page, errors = visit(Role.MARKETER, language="en")
    page.goto(f"{site}/sequences/first_steps")

    page.get_by_role("link", name="Simulate").click()
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator("#lost")).to_contain_text("The white paper", timeout=60_000)
    page.locator("#f-outcome").select_option("skipped")

    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.locator("#rows")).to_contain_text("瀬田 次郎")
    assert errors == []
