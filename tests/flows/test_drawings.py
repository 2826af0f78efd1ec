"""Drawings in a browser: really drawn, the table says the same, a click leads to what lies behind, any width, paper."""

import json

import pytest
from playwright.sync_api import Page, expect

from abm.words import Role
from abm.work import Installation
from tests.flows.conftest import Visit
from tests.flows.warming import Warmed, warm_up

PAGES = (
    "/engagement/accounts/{id}",
    "/engagement/map",
    "/engagement/topics?measure=points",
    "/engagement/review?days=28",
    "/engagement/acts",
    "/reports/heat",
    "/reports/heat?tab=cooling",
    "/reports/coverage?accounts=all",
    "/accounts/{id}",
)


@pytest.fixture
def warmed(installation: Installation) -> Warmed:
    return warm_up(installation)


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize(("language", "width"), [("ja", 1280), ("en", 390)])
def test_every_page_of_engagement_fits_and_is_quiet(
    site: str, visit: Visit, warmed: Warmed, language: str, width: int
) -> None:
    page, errors = visit(Role.MARKETER, language=language, width=width)

    for path in PAGES:
        page.goto(site + path.format(id=warmed.account.id))
        page.wait_for_load_state("networkidle")
        for place in page.locator("[data-chart]").all():
            place.locator("svg").wait_for()
        assert not is_too_wide(page), path
    assert errors == []


def test_the_curve_is_drawn_and_the_table_says_the_same(site: str, visit: Visit, warmed: Warmed) -> None:
    page, _errors = visit(Role.VIEWER, language="en")
    page.goto(f"{site}/engagement/accounts/{warmed.account.id}")

    curve = page.locator("#e-curve [data-chart]")
    curve.locator("svg path").first.wait_for(state="attached")
    drawn = json.loads(curve.get_attribute("data-chart") or "")
    page.locator("#e-curve summary").click()
    rows = page.locator("#e-curve tbody tr")

    assert len(curve.locator("svg path").all()) > len(drawn["marks"]) > 4
    told = [float(text.replace(",", "")) for text in rows.locator("td:nth-child(2)").all_inner_texts()]
    assert told == pytest.approx(list(reversed(drawn["series"][0]["values"])), abs=0.051)


def test_a_click_on_a_day_opens_its_receipt_with_the_same_score(site: str, visit: Visit, warmed: Warmed) -> None:
    page, _errors = visit(Role.VIEWER, language="en")
    page.goto(f"{site}/engagement/accounts/{warmed.account.id}")
    page.locator("#e-curve summary").click()
    day = page.locator("#e-curve tbody tr").nth(20)
    score = day.locator("td").first.inner_text()

    day.locator("a").click()

    assert "/receipt?as_of=" in page.url
    expect(page.locator("main")).to_contain_text(score)


def test_a_click_on_the_drawing_leads_where_the_table_does(site: str, visit: Visit, warmed: Warmed) -> None:
    page, _errors = visit(Role.VIEWER, language="en")
    page.goto(f"{site}/engagement/map")
    drawn = page.locator("[data-chart]")
    drawn.locator("svg path").first.wait_for(state="attached")

    box = drawn.bounding_box()
    assert box is not None
    # The middle of the map is a filled cell: every company cares about everything.
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.35)

    page.wait_for_url("**/engagement/acts?**")
    page.locator("#rows tbody tr").first.wait_for()


def test_the_accounts_page_draws_what_it_fetches(site: str, visit: Visit, warmed: Warmed) -> None:
    page, errors = visit(Role.SALES)
    page.goto(f"{site}/accounts/{warmed.account.id}")

    page.locator("#engagement").scroll_into_view_if_needed()

    page.locator("#engagement #e-curve svg path").first.wait_for(state="attached")
    assert errors == []
