"""The system's Chromium, driven as a person would."""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

# Without these, Chromium asks its maker's servers about itself at every start.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--no-sandbox",
)


# Chromium without a window calls itself a headless one, which tracking rightly takes for a machine.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; `make test` has installed it, or said what is missing."""
    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    assert path, "no Chromium found; `make test` as root installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, *, language: str = "ja", width: int = 1280) -> tuple[Page, list[str]]:
    """A fresh visitor's page, and the list in which its console errors gather."""
    context = browser.new_context(locale=language, viewport={"width": width, "height": 900}, user_agent=PERSON)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: _note(errors, message))
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page, errors


def log_in(page: Page, url: str, email: str, password: str) -> None:
    """Log in by the form and arrive at Home."""
    page.goto(f"{url}/login")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("form button.btn-primary")
    page.wait_for_url(f"{url}/")


def _note(errors: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        errors.append(message.text)
