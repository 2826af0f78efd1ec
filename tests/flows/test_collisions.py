"""Marketing meets sales, support and what is bought already: told before launch, seen afterwards, decided again."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from abm import users
from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.connectors.mail.mailbox import list_caught
from abm.models import Account, Product
from abm.segments.segments import save_segment
from abm.words import Role
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.library import read_document
from campaigns.parcels import Post
from campaigns.sequences import apply_sequence
from tests.abm.scoring.ledgers import TOKYO
from tests.campaigns.worlds import DAY, mailbox, pass_time, send_all
from tests.flows.conftest import Visit
from tests.worlds import make_account, make_contact

NAME = "first_steps"


@pytest.fixture
def post(installation: Installation) -> Iterator[Post]:
    """Senders to the local mailbox."""
    with mailbox(installation) as post:
        yield post


def test_mail_waits_while_sales_or_support_talk_to_the_customer_and_goes_when_they_are_done(
    visit: Visit, site: str, post: Post
) -> None:
    sales, errors = visit(Role.SALES)
    called, helped = keep_companies("株式会社アクメ", "ベータ工業株式会社")
    log_a_call(sales, f"{site}/accounts/{called.id}")
    open_a_ticket(sales, f"{site}/accounts/{helped.id}")
    marketer, more = visit()
    publish(marketer, f"{site}/sequences/{NAME}/publish", "最近、営業が接触済み", "問い合わせ対応中、または解決直後")

    go_on(post)
    assert received() == []
    for account, reason in ((called, "最近、営業が接触済み"), (helped, "問い合わせ対応中、または解決直後")):
        sales.goto(f"{site}/accounts/{account.id}")
        expect(sales.locator("#timeline")).to_contain_text(reason)
    marketer.goto(f"{site}/sequences/{NAME}")
    expect(marketer.locator("#withheld li").filter(has_text="最近、営業が接触済み")).to_contain_text("1")
    expect(marketer.locator("#withheld li").filter(has_text="問い合わせ対応中")).to_contain_text("1")
    marketer.locator("#waiting a").filter(has_text="ベータ").first.click()
    expect(marketer.locator("#main")).to_contain_text("問い合わせ対応中、または解決直後")

    pass_time(15 * DAY)
    go_on(post)
    assert received() == ["p0@acme.example"]
    close_the_ticket(sales, f"{site}/accounts/{helped.id}")
    pass_time(4 * DAY)
    go_on(post)
    assert received().count("p1@acme.example") == 1
    sales.goto(f"{site}/accounts/{helped.id}")
    expect(sales.locator("#timeline")).to_contain_text("「はじめての原価管理 見える化ガイド」のご案内")
    assert errors + more == []


def test_who_owns_the_product_gets_something_else_or_nothing_and_a_negotiation_leaves_the_mail_to_sales(
    visit: Visit, site: str, post: Post
) -> None:
    sales, errors = visit(Role.SALES)
    owning, negotiating, _other = keep_companies("株式会社アクメ", "ベータ工業株式会社", "ガンマ商事株式会社")
    own_the_product(sales, f"{site}/accounts/{owning.id}")
    propose(sales, f"{site}/accounts/{negotiating.id}")
    marketer, more = visit()
    publish(marketer, f"{site}/sequences/{NAME}/publish", "この製品はすでに導入済み", "商談が提案段階以降に進行中")

    go_on(post)
    assert subjects() == {"p0@acme.example": ["個別のご相談"], "p2@acme.example": ["見える化ガイド"]}
    pass_time(4 * DAY)
    go_on(post)

    assert [len(found) for found in subjects().values()] == [1, 2]
    sales.goto(f"{site}/accounts/{owning.id}")
    expect(sales.locator("#timeline")).to_contain_text("この製品はすでに導入済み")
    marketer.goto(f"{site}/sequences/{NAME}")
    expect(marketer.locator("#withheld")).to_contain_text("この製品はすでに導入済み")
    expect(marketer.locator("#withheld")).to_contain_text("商談が提案段階以降に進行中")
    sales.goto(f"{site}/tasks?mine=1")
    sales.locator(".abm-task").filter(has_text="ベータ工業").get_by_role("link").first.click()
    expect(sales.locator("#main")).to_contain_text("「はじめての原価管理 見える化ガイド」のご案内")
    assert errors + more == []


def keep_companies(*names: str) -> list[Account]:
    """Companies that sales looks after, a reader at each, and the ready-made sequence for them all."""
    with unit_of_work() as work:
        rep = users.find_user(work.session, f"{Role.SALES}@sender.example")
        assert rep is not None
        work.session.add(Product(code="製品X", name="製品X", topics=[]))
        found = [make_account(work.session, name, owner_id=rep.id) for name in names]
        for number, account in enumerate(found):
            make_contact(work.session, account, "安奈 花子", f"p{number}@acme.example")
        apply_sequence(work.session, with_swap(), work.at)
        everybody = read_condition({"field": "contact.email_domain", "op": "is", "value": "acme.example"})
        save_segment(work.session, "全員", everybody, Moment(work.at, TOKYO))
    return found


def with_swap() -> dict[str, Any]:
    """The library's sequence with something else for owners of the product; an open deal ends nobody's."""
    document = dict(read_document(NAME))
    steps = [{**step, "swap": "first_steps_talk"} if step["key"] == "guide" else step for step in document["steps"]]
    return {**document, "steps": steps, "exits": []}


def log_a_call(page: Page, account: str) -> None:
    page.goto(account)
    page.locator("#l-kind").select_option("call")
    page.fill("#l-what", "導入時期を伺った")
    page.locator("#log").get_by_role("button", name="記録").first.click()
    expect(page.locator("#timeline")).to_contain_text("導入時期を伺った")


def add(page: Page, account: str, kind: str, **values: str) -> None:
    """Fill in the form of a new record of the account."""
    page.goto(account)
    page.locator(f"#{kind} .card-header a").click()
    for name, value in values.items():
        entry = page.locator(f"#f-{name}")
        if entry.evaluate("entry => entry.tagName") == "SELECT":
            entry.select_option(label=value)
        else:
            entry.fill(value)
    page.locator("#main form button.btn-primary").click()
    expect(page.locator("#messages")).to_contain_text("保存")


def open_a_ticket(page: Page, account: str) -> None:
    add(page, account, "tickets", subject="集計結果が合わない")


def close_the_ticket(page: Page, account: str) -> None:
    page.goto(account)
    page.locator("#tickets").get_by_role("link", name="集計結果が合わない").click()
    page.get_by_role("link", name="編集").click()
    page.locator("#f-state").select_option("closed")
    page.locator("#main form button.btn-primary").first.click()
    expect(page.locator("#messages")).to_contain_text("保存")


def own_the_product(page: Page, account: str) -> None:
    add(page, account, "owned", product_id="製品X")


def propose(page: Page, account: str) -> None:
    add(page, account, "deals", name="製品Xの導入", stage="提案")


def publish(page: Page, address: str, *withheld: str) -> None:
    """See whom the guard would hold, and why; then publish to everybody."""
    page.goto(address)
    page.locator("#f-segment").select_option("全員")
    for reason in withheld:
        expect(page.locator("#choose")).to_contain_text(reason)
    page.locator("#choose form button.btn-primary").click()
    expect(page.locator("#counts")).to_be_visible()


def go_on(post: Post) -> None:
    """What workers do about what is due."""
    advance_enrollments()
    send_all(post)


def received() -> list[str]:
    """Who was sent something, in order."""
    with unit_of_work() as work:
        return [mail.rcpt_to for mail in reversed(list_caught(work.session))]


def subjects() -> dict[str, list[str]]:
    """What everybody was sent, by the words that tell the mails apart."""
    words = ("個別のご相談", "見える化ガイド", "ホワイトペーパー")
    found: dict[str, list[str]] = {}
    with unit_of_work() as work:
        for mail in sorted(list_caught(work.session), key=lambda mail: (mail.rcpt_to, mail.number)):
            found.setdefault(mail.rcpt_to, []).append(
                next((word for word in words if word in mail.subject), mail.subject)
            )
    return found
