"""The frame in a real browser: strict policy, keyboard, phone, both languages."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from abm.web.access import COOKIE
from abm.web.navigation import ROOMS
from abm.words import Role
from tests.abm.web.conftest import LogIn
from tests.flows.browser import chromium as start_chromium

SIZES = (1280, 1200, 1000, 390)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def cookie(log_in: LogIn) -> str:
    found = log_in(Role.ADMIN, name="管理 太郎").get_cookie(COOKIE)
    assert found is not None
    return found.value


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
def test_every_room_fits_and_is_quiet(chromium: Browser, address: str, cookie: str, locale: str) -> None:
    page = _page(chromium, address, cookie, locale)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    paths = _room_paths(page, address)
    for path in paths:
        page.goto(address + path)
        complaints += [f"{path} is too wide at {width} px" for width in SIZES if _is_too_wide(page, width)]

    assert len(paths) == len(ROOMS)
    assert complaints == []


def test_the_first_tab_offers_the_way_past_the_navigation(chromium: Browser, address: str, cookie: str) -> None:
    page = _page(chromium, address, cookie, "en-US")
    page.goto(address + "/settings")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_the_phones_menu_opens_and_closes_with_the_keyboard(chromium: Browser, address: str, cookie: str) -> None:
    page = _page(chromium, address, cookie, "en-US")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + "/settings")
    menu = page.locator("nav.abm-menu")

    page.locator("details.abm-narrow summary").press("Enter")
    opened = menu.is_visible()
    page.keyboard.press("Escape")

    assert opened
    assert not menu.is_visible()


def test_the_language_switch_stays_on_the_page(chromium: Browser, address: str, cookie: str) -> None:
    page = _page(chromium, address, cookie, "en-US")
    page.goto(address + "/settings")

    page.click("text=日本語")

    assert page.url == address + "/settings"
    assert page.locator("h1").inner_text() == "設定"


def _page(chromium: Browser, address: str, cookie: str, locale: str) -> Page:
    context = chromium.new_context(locale=locale, viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
    return context.new_page()


def _room_paths(page: Page, address: str) -> list[str]:
    page.goto(address + "/settings")
    paths: list[str] = page.eval_on_selector_all("nav.abm-menu a", "links => links.map(a => a.getAttribute('href'))")
    return paths


def _is_too_wide(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 800})
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
