"""Reports: the index, every list, its files, and acts on chosen rows."""

import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from abm.models import Account, Contact, Deal, NextAction, Order, Segment, Task, TimelineItem, User
from abm.web.report_pages import BY_NAME
from abm.words import DealStage, ReportName, Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_contact, make_user


@pytest.fixture(autouse=True)
def acme(installation: Installation) -> Account:
    """A company that nobody has heard of for long, looked after by somebody else than whoever logs in."""
    with unit_of_work() as work:
        kato = make_user(work.session, Role.SALES, "加藤", email="kato@firm.example")
        account = make_account(work.session, created_at=work.at - timedelta(days=900), owner_id=kato.id)
        make_contact(work.session, account, title="部長")
        return account


def only(kind: type[Any]) -> list[Any]:
    with unit_of_work() as work:
        return list(work.session.scalars(select(kind)))


def test_the_index_says_what_each_list_answers_and_how_many_are_on_it(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER).get("/reports").text

    assert "With whom does nothing move any more?" in page
    assert "Forecast by month" in page


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", [*BY_NAME, ReportName.FORECAST])
def test_every_list_opens_full_and_empty_and_on_paper(log_in: LogIn, name: str, language: str) -> None:
    viewer = log_in(Role.VIEWER, language=language)

    for query in ("", "?owner=none", "?print=1", "?page=99", "?owner=nonsense&months=7&show=x&sell=y&when=z"):
        assert viewer.get(f"/reports/{name}{query}").status_code == 200


@pytest.mark.parametrize("name", [*BY_NAME, ReportName.FORECAST])
def test_every_list_is_a_file_as_well(log_in: LogIn, name: str) -> None:
    viewer = log_in(Role.VIEWER)

    csv, excel = (viewer.get(f"/reports/{name}/rows.{ending}") for ending in ("csv", "xlsx"))

    assert csv.data.startswith(b"\xef\xbb\xbf")
    assert load_workbook(io.BytesIO(excel.data)).active is not None


def test_there_is_nothing_under_other_names(log_in: LogIn) -> None:
    assert log_in(Role.VIEWER).get("/reports/nothing").status_code == 404


def test_the_same_row_stands_on_the_page_in_the_csv_and_in_the_workbook(log_in: LogIn) -> None:
    viewer = log_in(Role.VIEWER)

    page = viewer.get("/reports/dormant").text
    csv = viewer.get("/reports/dormant/rows.csv").data.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(viewer.get("/reports/dormant/rows.xlsx").data))

    assert "株式会社アクメ" in page
    assert "株式会社アクメ" in csv
    assert book.active is not None
    assert [row[0].value for row in book.active.iter_rows()] == ["Company", "株式会社アクメ"]


@pytest.mark.parametrize("name", ["=1+1", "+81", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_of_a_file_runs_as_a_formula(log_in: LogIn, name: str) -> None:
    with unit_of_work() as work:
        make_account(work.session, name, created_at=work.at - timedelta(days=900))
    viewer = log_in(Role.VIEWER)

    csv = viewer.get("/reports/dormant/rows.csv").data.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(viewer.get("/reports/dormant/rows.xlsx").data))

    assert f"'{name}" in csv
    assert book.active is not None
    assert {row[0].data_type for row in book.active.iter_rows()} == {"s"}


def test_sales_see_their_own_rows_first_and_everybodys_when_asked(log_in: LogIn) -> None:
    sales = log_in(Role.SALES)

    assert "株式会社アクメ" not in sales.get("/reports/dormant").text
    assert "株式会社アクメ" in sales.get("/reports/dormant?owner=all").text


def test_viewers_read_and_do_not_act(log_in: LogIn, acme: Account) -> None:
    viewer = log_in(Role.VIEWER)

    assert 'name="rows"' not in viewer.get("/reports/dormant").text
    assert viewer.post("/reports/dormant", data={"act": "task", "rows": f"{acme.id}//"}).status_code == 403
    assert viewer.get("/reports/stale/labels.csv").status_code == 403


def test_a_marketer_makes_tasks_of_the_chosen_rows(log_in: LogIn, acme: Account) -> None:
    data = {"act": "task", "rows": f"{acme.id}//", "what": "電話する", "due_on": "", "owner_id": ""}

    there = log_in(Role.MARKETER).post("/reports/dormant?owner=all", data=data)

    assert (there.status_code, there.location) == (303, "/reports/dormant?owner=all")
    [task] = only(Task)
    assert task.why == [
        {"code": "asked", "text": "電話する"},
        {"code": "listed", "title": {"ja": "動きがない", "en": "Nothing moves"}},
    ]


def test_all_rows_of_the_page_can_be_chosen_without_scripts(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    page = marketer.get("/reports/dormant").text
    assert f'name="shown" value="{acme.id}//"' in page

    marketer.post("/reports/dormant", data={"act": "note", "all": "1", "shown": f"{acme.id}//", "what": "来期"})

    assert [item.body for item in only(TimelineItem)] == ["来期"]


def test_sales_do_not_act_on_accounts_of_others(log_in: LogIn, acme: Account) -> None:
    data = {"act": "task", "rows": f"{acme.id}//", "what": "電話する"}

    answer = log_in(Role.SALES).post("/reports/dormant?owner=all", data=data)

    assert answer.status_code == 422
    assert "Others look after these companies" in answer.text
    assert only(Task) == []


def test_rows_of_others_are_left_out_and_the_rest_is_done(log_in: LogIn, acme: Account) -> None:
    sales = log_in(Role.SALES)
    with unit_of_work() as work:
        me = work.session.scalars(select(User).where(User.email == mail_of(Role.SALES))).one()
        mine = make_account(work.session, "私の", owner_id=me.id, created_at=work.at - timedelta(days=900))
    data = {"act": "task", "rows": [f"{acme.id}//", f"{mine.id}//"], "what": "電話する"}

    page = sales.post("/reports/dormant?owner=all", data=data, follow_redirects=True).text

    assert "Tasks made: 1" in page
    assert "1 rows were left out" in page
    assert [task.account_id for task in only(Task)] == [mine.id]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"act": "task", "what": "電話"}, "Choose at least one row."),
        ({"act": "nothing"}, "Choose what to do."),
        ({"act": "task", "rows": "ROW", "what": " "}, "Please fill this in."),
        ({"act": "next_action", "rows": "ROW", "what": "電話"}, "Please fill this in."),
        ({"act": "owner", "rows": "ROW"}, "Please choose one of the list."),
        ({"act": "segment", "rows": "ROW", "list_name": ""}, "Please fill this in."),
        ({"act": "task", "rows": ["x", "//", "'; drop"], "what": "電話"}, "Choose at least one row."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_done(
    log_in: LogIn, acme: Account, data: dict[str, Any], told: str
) -> None:
    sent = {key: f"{acme.id}//" if value == "ROW" else value for key, value in data.items()}

    answer = log_in(Role.MARKETER).post("/reports/dormant", data=sent)

    assert answer.status_code == 422
    assert told in answer.text
    assert only(Task) == only(NextAction) == only(Segment) == []


def test_an_owner_and_a_frozen_list_are_given_by_marketers(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    with unit_of_work() as work:
        sato = make_user(work.session, Role.SALES, "佐藤")
    row = {"rows": f"{acme.id}//"}

    marketer.post("/reports/dormant", data={**row, "act": "owner", "owner_id": str(sato.id)})
    page = marketer.post("/reports/dormant", data={**row, "act": "segment", "list_name": "秋"}, follow_redirects=True)

    assert [account.owner_id for account in only(Account)] == [sato.id]
    assert "People added to 秋: 1" in page.text
    [segment] = only(Segment)
    assert "株式会社アクメ" in marketer.get(f"/segments/{segment.id}").text


def test_a_stale_contact_is_confirmed_from_the_list(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    with unit_of_work() as work:
        person = work.session.scalars(select(Contact)).one()
        person.created_at = work.at - timedelta(days=900)
    assert "安奈 花子" in marketer.get("/reports/stale").text

    marketer.post("/reports/stale", data={"act": "confirm", "rows": f"{acme.id}/{person.id}/"})

    assert 'data-label="Company"' not in marketer.get("/reports/stale").text


def test_labels_name_people_and_companies_as_letters_do(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        work.session.get_one(Account, acme.id).address = "東京都千代田区1-1"
        work.session.scalars(select(Contact)).one().confirmed_at = work.at
        make_account(work.session, "無人商事", address="大阪市北区2-2", postcode="530-0001")

    lines = log_in(Role.MARKETER, language="ja").get("/reports/stale/labels.csv").data.decode("utf-8-sig").splitlines()

    assert lines == [
        "郵便番号,住所,会社名,部署,役職,氏名",
        ",東京都千代田区1-1,株式会社アクメ,,部長,安奈 花子 様",
        "530-0001,大阪市北区2-2,無人商事,,,御中",
    ]


def test_the_next_action_of_a_deal_is_set_from_its_row(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        day = (work.at - timedelta(days=40)).date()
        values = {"stage": DealStage.QUOTE, "stage_since": work.at, "expected_close_on": day}
        deal = Deal(account_id=acme.id, name="基幹刷新", **values)
        work.session.add(deal)
        work.session.flush()
        due = (work.at + timedelta(days=3)).date().isoformat()
    marketer = log_in(Role.MARKETER)
    assert f"{acme.id}//{deal.id}" in marketer.get("/reports/overdue_close").text

    data = {"act": "next_action", "rows": f"{acme.id}//{deal.id}", "what": "確認", "due_on": due}
    marketer.post("/reports/overdue_close", data=data)

    assert [action.deal_id for action in only(NextAction)] == [deal.id]


def test_the_pareto_page_draws_its_curve_without_styles_or_scripts(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        work.session.add(Order(account_id=acme.id, ordered_on=work.at.date() - timedelta(days=9), amount=1_200_000))

    page = log_in(Role.VIEWER, language="ja").get("/reports/pareto").text

    assert "120万円" in page
    assert '<svg class="abm-curve"' in page
    assert "style=" not in page


def test_a_button_speaks_the_language_of_each_reader(log_in: LogIn) -> None:
    japanese = log_in(Role.ADMIN, language="ja").get("/reports/dormant").text
    english = log_in(Role.ADMIN, language="en").get("/reports/dormant").text

    assert "担当を割り当て" in japanese
    assert "Assign the owner" in english
    assert "担当を割り当て" not in english
