"""The score receipt: of everybody and every day, as page, JSON and CSV; and its rows struck and restored."""

import csv
import io
import uuid
from math import fsum

import pytest
from sqlalchemy import select

from abm.models import Account, Contact, Event
from abm.scoring.fold import fold_next_batch
from abm.words import EventKind, Role, Seniority, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.scoring.ledgers import TOKYO, hours
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact, make_department, make_event


@pytest.fixture
def acme(installation: Installation) -> Account:
    """Anna of purchasing replied yesterday about costs; a colleague clicked twice; a machine opened."""
    with unit_of_work() as work:
        account = make_account(work.session)
        purchasing = make_department(work.session, account)
        head = {"seniority": Seniority.SECTION_HEAD}
        anna = make_contact(work.session, account, department_id=purchasing.id, **head)
        bo = make_contact(work.session, account, "=坊 太郎", "bo@acme.example", **head)
        about = {"topics": ["原価"], "product": "P1", "verdict": Verdict.PROVEN}
        make_event(work.session, anna, EventKind.REPLY, work.at - hours(24), **about)
        for hour in (50, 30):
            make_event(work.session, bo, EventKind.CLICK, work.at - hours(hour))
        make_event(work.session, bo, EventKind.OPEN, work.at - hours(31), verdict=Verdict.MACHINE)
    fold()
    return account


def fold() -> None:
    with unit_of_work() as work:
        while fold_next_batch(work.session, work.at, TOKYO):
            pass


def event_of(kind: EventKind) -> uuid.UUID:
    with unit_of_work() as work:
        return work.session.scalars(select(Event.id).where(Event.kind == kind)).first() or uuid.uuid4()


def address(account: Account, ending: str = "", query: str = "") -> str:
    return f"/accounts/{account.id}/receipt{ending}{query}"


def test_rows_add_up_to_the_shown_number_and_their_values_to_the_points(log_in: LogIn, acme: Account) -> None:
    report = log_in(Role.VIEWER).get(address(acme, ".json")).json

    assert round(sum(row["shown"] for row in report["entries"]), 1) == report["shown"] > 20
    assert abs(fsum(row["value"] for row in report["entries"]) - report["points"]) <= 1e-9
    assert report["products"] == {"P1": pytest.approx(20 * 2 ** (-1 / 45), abs=1e-3)}


def test_a_department_and_a_person_have_receipts_of_their_own(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        anna = work.session.scalars(select(Contact).where(Contact.department_id.is_not(None))).one()
    browser = log_in(Role.VIEWER)

    reports = [
        browser.get(address(acme, ".json", f"?of={of}")).json
        for of in (f"department:{anna.department_id}", f"contact:{anna.id}")
    ]

    assert [[row["kind"] for row in report["entries"]] for report in reports] == [["reply"], ["reply"]]
    assert "安奈 花子" in browser.get(address(acme, "", f"?of=contact:{anna.id}")).text
    assert "19.7 points" in browser.get(f"/accounts/{acme.id}").text


@pytest.mark.parametrize(
    ("query", "kinds"),
    [("?kind=click", 2), ("?verdict=machine", 1), ("?as_of=2020-01-01", 0), ("?as_of=2020-01-01T09:00", 0)],
)
def test_rows_are_filtered_and_told_for_a_day(log_in: LogIn, acme: Account, query: str, kinds: int) -> None:
    browser = log_in(Role.VIEWER)

    page = browser.get(address(acme, "", query)).text
    file = browser.get(address(acme, ".csv", query)).text

    assert page.count('data-label="Points"') == kinds
    assert len(list(csv.reader(io.StringIO(file)))) == kinds + 1


def test_no_cell_of_the_file_runs_as_a_formula(log_in: LogIn, acme: Account) -> None:
    answer = log_in(Role.VIEWER).get(address(acme, ".csv"))

    names = [row[1] for row in csv.reader(io.StringIO(answer.text))][1:]
    assert "'=坊 太郎" in names
    assert not any(name.startswith("=") for name in names)
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_marketer_strikes_a_row_and_withdraws_the_strike(log_in: LogIn, acme: Account) -> None:
    marketer, reply = log_in(Role.MARKETER), event_of(EventKind.REPLY)
    before = marketer.get(address(acme, ".json")).json["shown"]

    struck = marketer.post(address(acme, "/strikes"), data={"event": str(reply), "reason": "自社のデモ"})
    fold()
    page, during = marketer.get(address(acme)).text, marketer.get(address(acme, ".json")).json["shown"]
    marketer.post(address(acme, f"/strikes/{reply}/withdraw"))
    fold()

    assert struck.status_code == 303
    assert "<del>" in page
    assert "自社のデモ" in page
    assert (during, marketer.get(address(acme, ".json")).json["shown"]) == (
        pytest.approx(before - 19.7, abs=0.11),
        before,
    )


@pytest.mark.parametrize("data", [{"reason": "x"}, {"event": "chosen", "reason": " "}])
def test_a_strike_without_rows_or_reason_is_refused_on_the_page(
    log_in: LogIn, acme: Account, data: dict[str, str]
) -> None:
    filled = {**data, **({"event": str(event_of(EventKind.REPLY))} if "event" in data else {})}

    answer = log_in(Role.MARKETER).post(address(acme, "/strikes"), data=filled)

    assert answer.status_code == 422
    assert "Please fill this in." in answer.text


def test_sales_look_and_do_not_strike(log_in: LogIn, acme: Account) -> None:
    sales = log_in(Role.SALES)

    assert "checkbox" not in sales.get(address(acme)).text
    assert sales.post(address(acme, "/strikes"), data={"reason": "x"}).status_code == 403
    assert sales.post(address(acme, f"/strikes/{uuid.uuid4()}/withdraw")).status_code == 403


def test_nobody_has_a_receipt_of_an_unknown_account(log_in: LogIn) -> None:
    for ending in ("", ".json", ".csv"):
        assert log_in(Role.VIEWER).get(f"/accounts/{uuid.uuid4()}/receipt{ending}").status_code == 404
