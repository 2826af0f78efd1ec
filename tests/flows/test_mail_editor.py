"""A mail changed in the visual editor: nothing but the change differs, and nothing at all when nobody changed it."""

import re

from sqlalchemy import select

from abm.models import MailTemplate
from abm.words import Role
from abm.work import unit_of_work
from tests.flows.conftest import Visit

ADDRESS = "/mails/spring/ja"
SOURCE = """<mjml lang="ja">
  <mj-head>
    <mj-attributes><mj-text font-size="15px" padding="6px 28px" /></mj-attributes>
  </mj-head>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-size="13px">はじめまして {{contact.title|ご担当}}</mj-text><mj-spacer height="9px" />
      </mj-column>
    </mj-section>
    {{#when role=approver}}
    <mj-section><mj-column><mj-text>決裁者の皆さま</mj-text></mj-column></mj-section>
    {{/when}}
  </mj-body>
</mjml>
"""


def test_a_mail_is_changed_in_the_editor_and_keeps_the_rest(visit: Visit, site: str) -> None:
    page, errors = visit(Role.MARKETER)
    page.goto(f"{site}/mails/new?name=spring")
    page.fill("#f-subject", "春のご案内")
    page.locator("main form button.btn-primary").last.click()
    page.fill("#f-body", SOURCE)
    page.locator("#text button.btn-primary").click()
    page.goto(f"{site}{ADDRESS}/design")
    page.wait_for_selector("#mail-editor[data-ready]")
    page.locator("#mail-save").click()
    page.wait_for_selector("#f-body")
    assert body() == SOURCE

    page.goto(f"{site}{ADDRESS}/design")
    page.wait_for_selector("#mail-editor[data-ready]")
    words = page.frame_locator("#mail-editor iframe").first.get_by_text("はじめまして").last
    words.dblclick()
    page.keyboard.press("Control+Home")
    page.keyboard.type("拝啓 ")
    page.frame_locator("#mail-editor iframe").first.get_by_text("決裁者の皆さま").last.click()
    page.locator("#mail-save").click()
    page.wait_for_selector("#f-body")

    assert plain(body()) == plain(SOURCE.replace("はじめまして", "拝啓 はじめまして"))
    assert errors == []


def body() -> str:
    with unit_of_work() as work:
        return work.session.scalars(select(MailTemplate.body).order_by(MailTemplate.number.desc())).first() or ""


def plain(source: str) -> str:
    """Without what the editor may write otherwise: line breaks, wrapped marks and elements that close themselves."""
    closed = re.sub(r"<(mj-[a-z]+)([^>]*?)\s*/>", r"<\1\2></\1>", source)
    return re.sub(r"\s*\n\s*|</?mj-raw>", "", closed)
