"""A token from the settings: copied by a button, and revoked behind a question also without scripts."""

from playwright.sync_api import Browser

from abm.api_tokens import find_api_token
from abm.words import Role
from abm.work import unit_of_work
from tests.flows.conftest import Visit


def is_good(secret: str) -> bool:
    with unit_of_work() as work:
        return find_api_token(work.session, secret) is not None


def test_a_token_is_copied_and_revoked(chromium: Browser, site: str, visit: Visit) -> None:
    page, errors = visit(Role.ADMIN, language="en", width=390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/settings/tokens")
    page.get_by_label("For which system").fill("CRM")
    page.get_by_label("Take people on into sequences").check()
    page.get_by_role("button", name="Make the token and show it").click()
    page.locator("#secret").get_by_role("button", name="Copy to the clipboard").click()
    page.locator("#secret").get_by_role("button", name="Copied").wait_for()
    secret = page.evaluate("navigator.clipboard.readText()")
    assert is_good(secret)

    plain = chromium.new_context(java_script_enabled=False, locale="en", storage_state=page.context.storage_state())
    bare = plain.new_page()
    bare.goto(f"{site}/settings/tokens")
    assert bare.get_by_role("button", name="Copy to the clipboard").count() == 0
    bare.locator("summary", has_text="Revoke").click()
    bare.get_by_role("button", name="Revoke for good").click()
    bare.get_by_text("The token was revoked.").wait_for()
    plain.close()

    assert not is_good(secret)
    assert errors == []
