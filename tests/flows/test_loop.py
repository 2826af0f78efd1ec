"""The whole loop, played by real programs: import, mail, click, download, webinar, score, task, answer, silence."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Download, expect

from tests.abm.processes import until
from tests.flows.browser import chromium, log_in, new_page
from tests.flows.running import Running, running_installation

DATA = Path(__file__).parents[1] / "data"
TOKYO = ZoneInfo("Asia/Tokyo")
# Business time follows the sample files, whose webinar was held on 12 November 2026.
MAILED_AT = datetime(2026, 11, 9, 18, tzinfo=TOKYO)
AFTER_WEBINAR = datetime(2026, 11, 12, 17, tzinfo=TOKYO)
NEXT_MAIL_DUE = datetime(2026, 11, 12, 20, tzinfo=TOKYO)
# ミナトロジ too: its 代表取締役, typed in the department column, counts 200 %.
WARM_FROM_WEBINAR = {"有限会社つばさ設計", "合同会社ノースリンク", "みなと物流株式会社", "㈱ミナトロジ"}
AOBA, KIMURA, YOSHIDA = "株式会社青葉精機", "kimura.0@aoba-seiki.example", "yoshida.1@aoba-seiki.example"
SALES, MARKETER, PASSWORD = "sales@firm.example", "marketer@firm.example", "a password for the flow"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_installation(tmp_path_factory.mktemp("loop")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.timeout(600)
def test_the_loop_closes(running: Running, browser: Browser, tmp_path: Path) -> None:
    add_users(running)
    mail_at_once(running, tmp_path)
    list_import = import_customers(running)
    publish_first_steps(running, list_import)
    import_webinar(running)
    download_in_browser(running, browser)
    check_receipt(running)
    accept_in_browser(running, browser)
    see_nurture_held(running, browser)


def add_users(running: Running) -> None:
    for email, role, name in ((SALES, "sales", "営業 太郎"), (MARKETER, "marketer", "企画 花子")):
        running.abm("user", "add", email, "--role", role, "--name", name, "--password-stdin", stdin=PASSWORD)


def mail_at_once(running: Running, folder: Path) -> None:
    """Colleagues too, and in the evening: the guard keeps to what concerns sales."""
    document = running.abm("guard", "policy", "show")["document"]
    for rule in ("colleague_mailed", "send_window"):
        document[rule]["answer"] = "send"
    file = folder / "policy.yaml"
    file.write_text(json.dumps({**document, "caps": {"person": {}, "account": {}}}), "utf-8")
    assert running.abm("guard", "policy", "publish", file)["version"] == 2


def import_customers(running: Running) -> str:
    """The six columns first, then the workbook with departments and titles; answers the first import's id."""
    running.set_business_time(MAILED_AT)

    table = running.abm("import", DATA / "customers-cp932.csv", "--consent", "business_card", "--sample", "--apply")
    workbook = running.abm("import", DATA / "customers.xlsx", "--consent", "business_card", "--sample", "--apply")

    assert (table["encoding"], table["rows"], table["create"], table["rejected"]) == ("cp932", 88, 88, [])
    assert (workbook["header_row"], workbook["rows"], workbook["create"]) == (3, 86, 0)
    aoba = running.abm("account", AOBA)
    assert len(aoba["people"]) == 5
    assert {"購買部", "技術部"} <= {department["name"] for department in aoba["departments"]}
    assert any(line["kind"] == "note" and line["body"].startswith("製品Xに関心") for line in aoba["timeline"])
    return str(table["import"])


def publish_first_steps(running: Running, import_id: str) -> None:
    """Publish to everybody of one import; workers send to the local mailbox over SMTP."""
    running.abm("sequence", "publish", "first_steps", "--import", import_id)

    until(lambda: len(running.abm("messages", "--state", "sent")) == 88, within=60)
    assert len(running.abm("mailbox")) == 88


def import_webinar(running: Running) -> None:
    running.set_business_time(AFTER_WEBINAR)

    running.abm("import", DATA / "webinar-zoom-style.csv", "--sample", "--apply")

    until(lambda: hand_offs(running).keys() >= WARM_FROM_WEBINAR, within=30)
    assert hand_offs(running).keys() == WARM_FROM_WEBINAR
    assert not running.abm("account", AOBA)["mqa"]


def download_in_browser(running: Running, browser: Browser) -> None:
    """One download more, out of the mail as the recipient sees it, makes the account warm: one task, with reasons."""
    page, errors = new_page(browser)
    log_in(page, running.url, MARKETER, PASSWORD)
    page.goto(f"{running.url}/mailbox?q={KIMURA}")
    page.get_by_role("row").filter(has_text=KIMURA).get_by_role("link").first.click()
    mail = page.frame_locator("iframe.abm-mail")

    with page.expect_popup() as popup:
        mail.locator("a[href*='/c/']:visible").first.click()
    popup.value.close()
    # A tab that only downloads may be gone before it is told of: then its opener tells of the download.
    downloads: list[Download] = []
    page.on("download", lambda found: downloads.append(found))
    page.context.on("page", lambda tab: tab.on("download", lambda found: downloads.append(found)))
    mail.locator("a[href*='/d/']:visible").first.click()

    until(lambda: page.evaluate("true") and downloads)
    assert downloads[0].path().read_bytes().startswith(b"%PDF")
    # The mail's frame runs no scripts, and Chromium says so of those with which this test finds its links.
    assert [error for error in errors if "Blocked script execution" not in error] == []
    until(lambda: AOBA in hand_offs(running), within=30)
    assert len(hand_offs(running)[AOBA]["why"]) == 3


def check_receipt(running: Running) -> None:
    score = running.abm("score", AOBA)

    assert score["mqa"] is True
    assert sum(entry["value"] for entry in score["entries"]) == pytest.approx(score["points"], abs=1e-9)
    assert {"click", "download", "webinar_attended"} <= {entry["kind"] for entry in score["entries"]}


def accept_in_browser(running: Running, browser: Browser) -> None:
    page, errors = new_page(browser, width=390)
    log_in(page, running.url, SALES, PASSWORD)
    page.goto(f"{running.url}/tasks")
    card = page.locator("article.abm-task").filter(has_text=AOBA)
    expect(card).to_contain_text("購買部")

    card.get_by_role("button", name="受け取る").click()
    # A phone shows one state at a time: what is accepted has left for the next one.
    expect(card).to_be_hidden()
    page.locator(".abm-states a", has_text="受け取り済み").click()

    expect(page.locator("article.abm-task").filter(has_text=AOBA).get_by_role("button", name="着手")).to_be_visible()
    assert hand_offs(running)[AOBA]["state"] == "accepted"
    assert errors == []


def see_nurture_held(running: Running, browser: Browser) -> None:
    """The department that sales talks to is left alone and its timeline says why; the others get their mail."""
    assert running.abm("guard", KIMURA)["reasons"] == ["sales_active"]
    assert running.abm("guard", YOSHIDA)["answer"] == "send"

    running.set_business_time(NEXT_MAIL_DUE)

    until(lambda: fates(running, KIMURA).get("costing"), within=30)
    assert fates(running, KIMURA) == {"guide": "sent", "costing": "held"}
    until(lambda: fates(running, YOSHIDA).get("costing") == "sent", within=30)
    page, _ = new_page(browser)
    log_in(page, running.url, SALES, PASSWORD)
    page.goto(f"{running.url}/accounts/{running.abm('account', AOBA)['id']}")
    expect(page.locator("body")).to_contain_text("営業対応中")


def hand_offs(running: Running) -> dict[str, Any]:
    """Hand-off tasks by account; one each, or the account's name would hide one."""
    tasks = running.abm("tasks", "--kind", "hand_off")
    found = {task["account"]["name"]: task for task in tasks}
    assert len(found) == len(tasks)
    return found


def fates(running: Running, email: str) -> dict[str, str]:
    """What became of each step's mail to this person."""
    return {message["step"]: message["state"] for message in running.abm("messages", "--contact", email)}
