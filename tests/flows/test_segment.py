"""A segment built in the browser: groups, a count that follows, a preview, reasons, and both ways of keeping."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.flows.browser import chromium, log_in, new_page
from tests.flows.running import Running, running_installation

PASSWORD = "a password for the segment"
MARKETER = "marketer@firm.example"
CUSTOMERS = """会社名,担当者名,役職,メールアドレス,業種
みなと物流株式会社,安奈 花子,購買部長,anna@minato.example,物流
みなと物流株式会社,蛯名 次郎,主任,ebina@minato.example,物流
青葉精機株式会社,木村 健,技術部長,kimura@aoba.example,製造業
青葉精機株式会社,吉田 翔太,課長,yoshida@aoba.example,製造業
つばさ設計有限会社,林 美咲,代表取締役,hayashi@tsubasa.example,建設
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("segment")
    with running_installation(folder) as running:
        (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
        running.abm("import", folder / "customers.csv", "--consent", "business_card", "--sample", "--apply")
        running.abm(
            "user", "add", MARKETER, "--role", "marketer", "--name", "企画 花子", "--password-stdin", stdin=PASSWORD
        )
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.timeout(300)
def test_a_segment_is_built_counted_explained_and_kept(running: Running, browser: Browser) -> None:
    page, errors = new_page(browser)
    log_in(page, running.url, MARKETER, PASSWORD)
    build_two_groups(page, running)
    keep(page, "部長と設計", kind="常に最新")
    ask_why(page)
    build_two_groups(page, running)
    keep(page, "部長と設計（固定）", kind="固定リスト")
    expect(page.locator("#main")).to_contain_text("固定リスト")

    assert running.abm("segment", "count", "部長と設計")["contacts"] == 3
    assert {one["kind"] for one in running.abm("segment", "list")} == {"dynamic", "static"}
    assert errors == []


def build_two_groups(page: Page, running: Running) -> None:
    """(title contains 部長) or (industry is 建設); the count follows each change without a button."""
    page.goto(f"{running.url}/segments/build")
    # As a browser leaves a resized field: swapping it must not ask for a style that the policy forbids.
    page.locator("#f-name").evaluate("field => { field.style.width = '20rem'; }")
    write(page, 0, "contact.title", "contains", "部長")
    expect(people(page)).to_have_text("2")
    page.get_by_role("button", name="グループを追加").click()
    write(page, 1, "account.industry", "is", "製造業")
    expect(people(page)).to_have_text("1")
    page.locator("#f-join").select_option("any")
    expect(people(page)).to_have_text("3")
    value(page, 1).fill("建設")
    value(page, 1).blur()
    expect(page.locator("#people")).to_contain_text("林 美咲")
    expect(people(page)).to_have_text("3")
    expect(page.locator("#people")).not_to_contain_text("吉田 翔太")


def write(page: Page, group: int, field: str, op: str, text: str) -> None:
    """Fill the first line of a group as a person does: field, comparison, value."""
    page.locator(f"#f-g{group}-r0-what").select_option(field)
    choice = page.locator(f"#f-g{group}-r0-op")
    expect(choice.locator(f"option[value={op}]")).to_be_attached()
    choice.select_option(op)
    value(page, group).fill(text)
    value(page, group).blur()


def value(page: Page, group: int) -> Locator:
    return page.locator(f"#f-g{group}-r0-value")


def people(page: Page) -> Locator:
    return page.locator("#count strong").first


def keep(page: Page, name: str, *, kind: str) -> None:
    page.locator("#f-name").fill(name)
    page.locator("#f-kind").select_option(label=kind)
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/segments/[0-9a-f-]{36}$"))


def ask_why(page: Page) -> None:
    page.locator("#f-contact").fill("ebina@minato.example")
    page.locator("#why").get_by_role("button").click()
    expect(page.locator("#why")).to_contain_text("蛯名 次郎")
    expect(page.locator("#why")).to_contain_text("主任")
    page.locator("#f-contact").fill("anna@minato.example")
    page.locator("#why").get_by_role("button").click()
    expect(page.locator("#why")).to_contain_text("購買部長")
