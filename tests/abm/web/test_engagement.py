"""Engagement: curve, heat maps and topics as pages, drawings and files; the heat list and coverage with their acts."""

import csv
import html
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from abm.models import Account, Task
from abm.scoring.fold import fold_next_batch
from abm.words import BuyingRole, EventKind, JobFunction, Role, Seniority, TaskKind, Tier, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.abm.web.counting import counted
from tests.worlds import make_account, make_contact, make_department, make_event

PAGES = (
    "/engagement/map",
    "/engagement/map?rows=topic&columns=job_function&value=%E8%A3%BD%E9%80%A0&weeks=26",
    "/engagement/topics",
    "/engagement/topics?measure=points&of=product&weeks=52",
    "/engagement/review",
    "/engagement/review?days=28&owner=none",
    "/engagement/acts",
    "/engagement/acts?industry=none&since=2026-01-01&until=never&account=no-id&department=none",
    "/reports/heat",
    "/reports/heat?tab=newly_hot",
    "/reports/heat?tab=cooling&tier=1:1&industry=x",
    "/reports/coverage?accounts=all&show=all",
)


@pytest.fixture
def acme(installation: Installation) -> Account:
    """A maker with two people of purchasing who answered this week and last; nobody decides yet."""
    with unit_of_work() as work:
        session = work.session
        acme = make_account(session, tier=Tier.ONE_TO_ONE, industry="製造")
        buying = make_department(session, acme)
        for number, name in enumerate(("安奈 花子", "坊 太郎")):
            one = make_contact(
                session,
                acme,
                name,
                None,
                department_id=buying.id,
                seniority=Seniority.SECTION_HEAD,
                job_function=JobFunction.PURCHASING,
                buying_role=BuyingRole.PRACTITIONER,
            )
            # At this very moment, for an hour ago may have been another week.
            at = work.at - timedelta(days=7 * number)
            make_event(session, one, EventKind.REPLY, at, verdict=Verdict.PROVEN, topics=["security"], product="flow")
            make_event(session, one, EventKind.OPEN, at, verdict=Verdict.UNKNOWN, topics=["opened"])
        while fold_next_batch(session, work.at, installation.settings.zone):
            pass
        return acme


def charts(page: str) -> list[dict[str, Any]]:
    return [json.loads(html.unescape(one)) for one in re.findall(r"data-chart='(.*?)'", page)]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_empty_and_full_and_on_paper(
    log_in: LogIn, installation: Installation, path: str, language: str
) -> None:
    viewer = log_in(Role.VIEWER, language=language)
    assert viewer.get(path).status_code == 200
    acme.__wrapped__(installation)  # type: ignore[attr-defined]

    for query in ("", "&print=1", "&page=9&weeks=7&measure=x&rows=x"):
        assert viewer.get(path + ("?" if "?" not in path else "") + query).status_code == 200


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_of_an_account_draws_its_score_its_departments_and_its_interests(
    log_in: LogIn, acme: Account, language: str
) -> None:
    page = log_in(Role.VIEWER, language=language).get(f"/engagement/accounts/{acme.id}").text

    curve, departments, topics = charts(page)
    assert (curve["kind"], departments["kind"], topics["kind"]) == ("lines", "heat", "stack")
    assert curve["series"][0]["values"][-1] == pytest.approx(20 + 20 * 2 ** (-7 / 45), abs=0.1)
    assert [mark["sort"] for mark in curve["marks"]].count("person") == 2
    assert {tuple(cell["at"]): cell["value"] for cell in departments["cells"]} == {(10, 0): 1, (11, 0): 1}
    assert [series["name"] for series in topics["series"]] == ["security"]


def test_the_page_asks_the_same_number_of_questions_whatever_happened(
    installation: Installation, log_in: LogIn, acme: Account
) -> None:
    viewer = log_in(Role.VIEWER)
    with unit_of_work() as work:
        empty = make_account(work.session, "空")
    viewer.get(f"/engagement/accounts/{empty.id}")

    with counted(installation.engine) as few:
        viewer.get(f"/engagement/accounts/{empty.id}")
    with counted(installation.engine) as many:
        viewer.get(f"/engagement/accounts/{acme.id}")

    assert len(many) == len(few)


def test_the_accounts_page_fetches_only_the_part(log_in: LogIn, acme: Account) -> None:
    viewer = log_in(Role.VIEWER)

    page = viewer.get(f"/accounts/{acme.id}").text
    part = viewer.get(f"/engagement/accounts/{acme.id}", headers={"HX-Request": "true", "HX-Target": "engagement"}).text

    assert f'hx-get="/engagement/accounts/{acme.id}"' in page
    assert len(charts(part)) == 3
    assert "<html" not in part


def test_an_account_that_is_not_there_has_no_engagement(log_in: LogIn) -> None:
    unknown = "00000000-0000-0000-0000-000000000001"

    assert log_in(Role.VIEWER).get(f"/engagement/accounts/{unknown}").status_code == 404


@pytest.mark.parametrize("part", ["curve", "marks", "departments", "topics"])
def test_every_table_of_an_account_is_a_file(log_in: LogIn, acme: Account, part: str) -> None:
    viewer = log_in(Role.VIEWER)

    text = viewer.get(f"/engagement/accounts/{acme.id}/{part}.csv").data.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(viewer.get(f"/engagement/accounts/{acme.id}/{part}.xlsx").data))

    rows = list(csv.reader(io.StringIO(text)))
    assert book.active is not None
    assert book.active.max_row == len(rows) > 1


@pytest.mark.parametrize("path", ["/engagement/map/rows", "/engagement/topics/rows", "/engagement/acts/rows"])
def test_every_table_of_all_accounts_is_a_file(log_in: LogIn, acme: Account, path: str) -> None:
    viewer = log_in(Role.VIEWER)

    assert "security" in viewer.get(f"{path}.csv").data.decode("utf-8-sig")
    assert load_workbook(io.BytesIO(viewer.get(f"{path}.xlsx").data)).active is not None


def test_the_weekly_review_says_what_became_hot_and_who_is_missing(log_in: LogIn, acme: Account) -> None:
    viewer = log_in(Role.VIEWER)

    page = viewer.get("/engagement/review").text
    rows = list(csv.reader(io.StringIO(viewer.get("/engagement/review/rows.csv").data.decode("utf-8-sig"))))

    assert "Newly hot without an owner: who takes it?" in page
    assert ["Newly hot", acme.name, "MQA"] in [row[:3] for row in rows]
    assert ["Missing roles", acme.name, "Decision maker, Champion"] in [row[:3] for row in rows]


def test_a_cell_of_the_map_leads_to_as_many_acts_as_it_says(log_in: LogIn, acme: Account) -> None:
    viewer = log_in(Role.VIEWER)
    (chart,) = charts(viewer.get("/engagement/map").text)
    (cell,) = chart["cells"]

    behind = viewer.get(cell["href"]).text

    assert cell["value"] == 2
    assert behind.count('data-label="What"') == 2
    assert "opened" not in behind


def test_the_heat_list_shows_score_trend_and_what_to_do(log_in: LogIn, acme: Account) -> None:
    page = log_in(Role.MARKETER).get("/reports/heat?tab=newly_hot").text

    assert "株式会社アクメ" in page
    assert "Became MQA" in page
    assert "abm-trend" in page
    assert f"/accounts/{acme.id}/receipt" in page
    assert 'aria-current="page">Newly hot' in page


def test_the_trend_of_the_heat_list_is_in_its_files_and_the_links_are_not(log_in: LogIn, acme: Account) -> None:
    text = log_in(Role.VIEWER).get("/reports/heat/rows.csv").data.decode("utf-8-sig")

    heads, row = csv.reader(io.StringIO(text))
    told = dict(zip(heads, row, strict=True))
    assert len(told["Trend"].split()) == 13
    assert float(told["Score"]) == float(told["Trend"].split()[-1])
    assert "What next" not in told


def test_one_press_makes_one_coverage_task(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    button = f'action="/tasks/coverage/{acme.id}"'
    assert button in marketer.get("/reports/coverage").text

    for _twice in range(2):
        marketer.post("/reports/coverage", data={"act": "coverage", "rows": f"{acme.id}//"})

    with unit_of_work() as work:
        (task,) = work.session.scalars(select(Task).where(Task.kind == TaskKind.COVERAGE)).all()
    page = marketer.get("/reports/coverage").text
    assert f"/tasks/{task.id}" in page
    assert button not in page


def test_chosen_accounts_that_lack_nobody_are_left_out(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        full = make_account(work.session, "全員")
        for role in (BuyingRole.DECISION_MAKER, BuyingRole.CHAMPION, BuyingRole.PRACTITIONER):
            make_contact(work.session, full, f"人 {role}", None, buying_role=role)

    rows = [f"{acme.id}//", f"{full.id}//"]
    page = log_in(Role.MARKETER).post(
        "/reports/coverage", data={"act": "coverage", "rows": rows}, follow_redirects=True
    )

    assert "Owners asked to find missing people: 1" in page.text
