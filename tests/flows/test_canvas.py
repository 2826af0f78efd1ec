"""A sequence built on the canvas: steps added and connected, faults at their nodes, undone, published and watched."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from dramatiq import Worker
from playwright.sync_api import Browser, Locator, Page, expect

from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.segments.segments import save_segment
from abm.work import unit_of_work
from campaigns.drafts import get_draft, open_sequence, save_draft
from tests.campaigns.worlds import make_people
from tests.flows.conftest import Visit

JAPAN = ZoneInfo("Asia/Tokyo")
EMPTY = {"name": "fresh", "title": {"ja": "新規シナリオ", "en": "Fresh sequence"}, "steps": []}


def keep_draft(**over: Any) -> None:
    with unit_of_work() as work:
        open_sequence(work.session, {**EMPTY, **over}, at=work.at, by=None)


def kept() -> dict[str, Any]:
    with unit_of_work() as work:
        return {step["key"]: step for step in get_draft(work.session, "fresh").document["steps"]}


def node(page: Page, kind: str) -> Locator:
    return page.locator(f".abm-node-{kind}")


def pick(page: Page, name: str, value: str) -> None:
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(f".abm-panel select[name='{name}']").select_option(value)


def connect(page: Page, way: tuple[str, str], to: str) -> None:
    """Draw a line from a way of a step to another step."""
    start = page.locator(f".react-flow__node[data-id='{way[0]}'] [data-handleid='{way[1]}']")
    end = page.locator(f".react-flow__node[data-id='{to}'] .react-flow__handle.target")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        start.drag_to(end)


def test_a_sequence_is_built_on_the_canvas_and_its_faults_are_shown_at_their_nodes(
    visit: Visit, site: str, worker: Worker
) -> None:
    keep_draft()
    page, errors = visit()
    page.goto(f"{site}/sequences/fresh/edit")
    for kind in ("mail", "wait", "branch", "exit"):
        page.locator(f".abm-palette [data-kind={kind}]").click()
        expect(node(page, kind)).to_be_visible()
    expect(node(page, "mail").locator(".abm-node-flaws")).to_be_visible()

    node(page, "mail").click()
    pick(page, "mail", "first_steps_guide")
    expect(node(page, "mail").locator(".abm-node-flaws")).to_have_count(0)
    page.locator(".abm-flaws .btn-link").first.click()
    pick(page, "of", "mail_1")
    expect(node(page, "branch").locator(".abm-node-flaws")).to_contain_text("次に進む先がありません")
    page.get_by_role("button", name="全体を表示").click()
    connect(page, ("branch_1", "if_no"), "exit_1")

    expect(page.locator(".abm-flaws")).to_have_text("問題はありません")
    assert kept()["branch_1"] == {
        "key": "branch_1",
        "kind": "branch",
        "did": "click",
        "of": "mail_1",
        "within": {"days": 3},
        "if_yes": "exit_1",
        "if_no": "exit_1",
    }
    page.keyboard.press("Control+z")
    expect(page.locator(".abm-flaws .btn-link")).to_have_count(1)
    page.keyboard.press("Control+y")
    expect(page.locator(".abm-flaws")).to_have_text("問題はありません")
    publish(page, two_people())
    page.goto(f"{site}/sequences/fresh/edit")
    expect(node(page, "wait").locator(".abm-node-counts")).to_contain_text("滞在中 2名")
    expect(node(page, "mail").locator(".abm-node-counts")).to_contain_text("送信")
    preview(page)
    take_the_wait_out(page)
    move_both(page, site)
    assert errors == []


def two_people() -> str:
    """A segment of two people who may be mailed; answers its id."""
    with unit_of_work() as work:
        make_people(work.session, 2)
        condition = read_condition({"field": "contact.email_domain", "op": "is", "value": "acme.example"})
        return str(save_segment(work.session, "アクメ", condition, Moment(work.at, JAPAN)).id)


def publish(page: Page, segment: str) -> None:
    """See who would come in and what the guard would say, then publish."""
    page.get_by_role("link", name="確認と公開").click()
    page.locator("#f-segment").select_option(segment)
    expect(page.locator("#choose")).to_contain_text("現在配信できる人数")
    page.get_by_role("button", name=re.compile("2名")).click()
    expect(page.locator("#counts")).to_be_visible()


def preview(page: Page) -> None:
    """Look at the mail from its step, as a contact reads it."""
    node(page, "mail").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="プレビュー（日本語）").click()
    expect(opened.value.locator("#main")).to_contain_text("見える化ガイド")
    opened.value.close()


def take_the_wait_out(page: Page) -> None:
    """Draft a version without the step at which both stand, and publish it."""
    node(page, "wait").click()
    page.keyboard.press("Delete")
    expect(node(page, "wait")).to_have_count(0)
    expect(page.locator(".abm-saved")).to_have_text("保存済み")
    page.get_by_role("link", name="確認と公開").click()
    page.get_by_role("button", name="誰も登録せずに公開").click()
    expect(page.locator("#counts")).to_be_visible()


def move_both(page: Page, site: str) -> None:
    """See where they would land, choose, and move them."""
    page.goto(f"{site}/sequences/fresh/move")
    page.locator("[name='to.wait_1']").select_option("branch_1")
    page.get_by_role("button", name="再計算").click()
    expect(page.locator("#main")).to_contain_text("2名")
    page.get_by_role("button", name="移動を実行").click()
    page.goto(f"{site}/sequences/fresh/edit")
    expect(node(page, "branch").locator(".abm-node-counts")).to_contain_text("滞在中 2名")


def test_a_second_editor_is_told_and_may_choose(visit: Visit, site: str) -> None:
    keep_draft()
    page, _ = visit(language="en")
    page.goto(f"{site}/sequences/fresh/edit")
    page.locator(".abm-palette [data-kind=mail]").click()
    expect(node(page, "mail")).to_be_visible()
    with unit_of_work() as work:
        draft = get_draft(work.session, "fresh")
        save_draft(work.session, "fresh", {**draft.document, "priority": 2}, etag=draft.etag, at=work.at, by=None)

    page.locator(".abm-palette [data-kind=wait]").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("Somebody changed this draft at"))
    page.get_by_role("button", name="Keep mine instead").click()

    expect(node(page, "wait")).to_be_visible()
    with unit_of_work() as work:
        assert "priority" not in get_draft(work.session, "fresh").document


def test_without_scripts_a_phone_edits_the_same_draft(visit: Visit, site: str, chromium: Browser) -> None:
    keep_draft()
    known, _ = visit()
    context = chromium.new_context(java_script_enabled=False, locale="ja", viewport={"width": 390, "height": 800})
    context.add_cookies([{"name": one["name"], "value": one["value"], "url": site} for one in known.context.cookies()])
    page = context.new_page()
    page.goto(f"{site}/sequences/fresh/edit")
    for kind in ("mail", "wait"):
        page.locator("#f-kind").select_option(kind)
        page.get_by_role("button", name="追加", exact=True).click()
        if kind == "mail":
            page.locator("[name=mail]").select_option("first_steps_guide")
        page.locator("[name='title.ja']").fill(kind)
        page.locator("[name='title.en']").fill(kind)
        page.locator(".abm-plain-save").click()

    expect(page.locator("#flaws")).to_have_text("問題はありません")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [(key, step["title"]["ja"], step.get("next")) for key, step in kept().items()] == [
        ("mail_1", "mail", "wait_1"),
        ("wait_1", "wait", None),
    ]
    context.close()


SPLIT = [
    {
        "key": "lot",
        "kind": "split",
        "ways": [
            {"key": "a", "percent": 50, "next": "first"},
            {"key": "b", "percent": 30, "next": "second"},
            {"key": "c", "percent": 20, "next": "pause"},
        ],
    },
    # Neither the order of the steps nor the length of a way says where it stands.
    {"key": "pause", "kind": "wait", "lasts": {"days": 5}},
    {"key": "second", "kind": "mail", "mail": "renewal_plan"},
    {"key": "first", "kind": "mail", "mail": "first_steps_guide", "next": "later"},
    {"key": "later", "kind": "wait", "lasts": {"days": 3}},
]


def left_of(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["x"]


def test_ways_of_a_split_stand_as_they_are_ordered_and_have_one_name_on_the_canvas_and_in_the_form(
    visit: Visit, site: str
) -> None:
    keep_draft(steps=SPLIT)
    page, errors = visit()
    page.goto(f"{site}/sequences/fresh/edit")
    node(page, "split").click()

    entries = page.locator(".abm-panel .abm-entry")
    expect(entries).to_have_count(3)
    names = [entries.nth(number).get_attribute("aria-label") for number in range(3)]
    words = page.locator(".abm-way-word")
    named = sorted((left_of(words.nth(number)), words.nth(number).inner_text()) for number in range(3))
    steps = [left_of(page.locator(f".react-flow__node[data-id='{key}']")) for key in ("first", "second", "pause")]
    assert names == ["パターンA", "パターンB", "パターンC"]
    assert [word for _x, word in named] == ["A 50%", "B 30%", "C 20%"]
    assert steps == sorted(set(steps))
    assert errors == []
