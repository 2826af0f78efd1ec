"""The script on a web site of our own, in a real browser: silent until the reader agrees, and silent again after."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from abm.models import Event, Hit, Link, Mail, Visitor
from abm.tokens import TokenKind
from abm.words import LinkKind
from abm.work import Installation, unit_of_work
from tests.abm.processes import until
from tests.flows.browser import new_page
from tests.flows.entrance import Entrance, entrance, pages_of
from tests.tracking.world import Sent, make_link, send_mail
from tests.worlds import make_account, make_contact

PAGE = "<!doctype html><title>{title}</title><h1>{title}</h1>"


@dataclass(frozen=True)
class Surfer:
    """Somebody's browser on our web site."""

    page: Page
    errors: list[str]
    site: str
    entrance: Entrance

    @property
    def cookies(self) -> set[str]:
        """What the browser keeps."""
        return {cookie["name"] for cookie in self.page.context.cookies()}

    def read(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(f"{self.site}{path}")

    def follow(self, sent: Sent, link: Link) -> None:
        """Come by a link of a mail; its sign does not stay in the address."""
        self.page.goto(f"{self.entrance.url}/c/{sent.token(TokenKind.CLICK, link)}")
        expect(self.page).to_have_url(link.url)

    def agree(self, yes: bool) -> None:
        """What the site's cookie banner does."""
        self.page.evaluate("yes => abm.consent(yes)", yes)

    def has_told_of(self, *paths: str) -> bool:
        """Whether tracking has heard of exactly these pages, in this order."""
        self.entrance.settle()
        return [hit.detail["path"] for hit in page_hits()] == list(paths)


@pytest.fixture
def surfer(chromium: Browser, installation: Installation) -> Iterator[Surfer]:
    """The site stands at an origin of its own, which is named among our own hosts."""
    pages: dict[str, str] = {}
    with pages_of(pages) as site:
        settings = replace(installation.settings, own_hosts=(site.removeprefix("http://"),))
        with entrance(replace(installation, settings=settings)) as way_in:
            script = f'<script src="{way_in.url}/abm.js" defer></script>'
            pages |= {path: PAGE.format(title=path) + script for path in ("/products", "/prices", "/news")}
            page, errors = new_page(chromium)
            page.set_default_timeout(20_000)
            yield Surfer(page, errors, site, way_in)
            page.context.close()


def page_hits() -> list[Hit]:
    with unit_of_work() as work:
        return list(work.session.scalars(select(Hit).where(Hit.kind == "page").order_by(Hit.at, Hit.id)))


def mail_to(surfer: Surfer, name: str, email: str) -> tuple[Sent, Link]:
    """A mail with a link to the site's products."""
    with unit_of_work() as work:
        who = make_contact(work.session, make_account(work.session, f"株式会社{name}"), name, email)
        sent = send_mail(work.session, surfer.entrance.installation.signer, who)
        mail = work.session.get_one(Mail, sent.page.mail_id)
        return sent, make_link(work.session, mail, LinkKind.URL, f"{surfer.site}/products")


def test_nothing_is_told_or_kept_before_the_reader_agrees_nor_after_it_is_taken_back(surfer: Surfer) -> None:
    surfer.read("/products")
    surfer.read("/prices")
    before = surfer.cookies

    surfer.agree(True)
    until(lambda: surfer.has_told_of("/prices"))
    surfer.read("/news")
    until(lambda: surfer.has_told_of("/prices", "/news"))
    agreed = surfer.cookies
    surfer.agree(False)
    surfer.read("/products")
    after = surfer.cookies
    surfer.read("/prices")
    # Whoever agrees once more is somebody new, and what was read in between stays untold.
    surfer.agree(True)

    until(lambda: surfer.has_told_of("/prices", "/news", "/prices"))
    assert (before, agreed, after) == (set(), {"abm_consent", "abm_visitor"}, set())
    first, second, third = (hit.detail["visitor"] for hit in page_hits())
    assert first == second != third
    assert surfer.errors == []


def test_the_mail_that_brought_a_reader_says_who_reads_and_a_later_one_does_not(surfer: Surfer) -> None:
    anna, to_anna = mail_to(surfer, "安奈 花子", "anna@acme.example")
    zeta, to_zeta = mail_to(surfer, "善田 太郎", "zenda@zeta.example")
    surfer.entrance.refresh()

    surfer.follow(anna, to_anna)
    surfer.agree(True)
    until(lambda: surfer.has_told_of("/products"))
    surfer.follow(zeta, to_zeta)
    until(lambda: surfer.has_told_of("/products", "/products"))
    surfer.read("/prices")
    until(lambda: surfer.has_told_of("/products", "/products", "/prices"))

    with unit_of_work() as work:
        visits = work.session.scalars(select(Event.contact_id).where(Event.kind == "page")).all()
        browsers = work.session.scalars(select(Visitor.contact_id)).all()
    assert [hit.message_key for hit in page_hits()] == [anna.message.key, zeta.message.key, None]
    assert (visits, browsers) == ([anna.contact.id] * 3, [anna.contact.id])
    assert surfer.errors == []
