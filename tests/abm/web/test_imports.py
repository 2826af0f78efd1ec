"""Import: preview, other ways to read a file, apply, and taking it back."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select, update

from abm.importers import waiting
from abm.importers.actors import apply_imports, plan_imports, undo_imports
from abm.models import Account, AuditEntry, Consent, Contact, Event, Import
from abm.words import Language, Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn

SAMPLES = Path(__file__).parents[2] / "data"
LIST = "会社名,担当者名,メールアドレス\n株式会社アクメ,安奈 花子,anna@acme.example\n,名無し,nobody@acme.example\n"


@pytest.fixture
def marketer(log_in: LogIn, installation: Installation) -> FlaskClient:
    """Somebody who may import."""
    return log_in(Role.MARKETER)


def upload(browser: FlaskClient, content: bytes = LIST.encode(), name: str = "list.csv") -> Any:
    return browser.post("/imports", data={"file": (io.BytesIO(content), name)})


def planned(browser: FlaskClient, content: bytes = LIST.encode(), name: str = "list.csv") -> str:
    """The address of a preview, made as a worker would."""
    address = str(upload(browser, content, name).location)
    plan_imports()
    return address


def read_again(browser: FlaskClient, address: str, **said: str) -> str:
    """The preview after a person has said how to read the file."""
    form = {name.replace("__", "-"): value for name, value in said.items()}
    assert browser.post(f"{address}/plan", data=form).location == address
    plan_imports()
    return browser.get(address).text


def apply(browser: FlaskClient, address: str, consent: str = "none") -> None:
    """Ask for it in the browser, and do it as a worker would."""
    assert browser.post(f"{address}/apply", data={"consent": consent}).status_code == 303
    apply_imports()


def count(table: type[Any]) -> int:
    with unit_of_work() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def applied_notes() -> int:
    with unit_of_work() as work:
        return len(work.session.scalars(select(AuditEntry.id).where(AuditEntry.act == "import.applied")).all())


def test_a_preview_shows_what_was_found_and_changes_nothing(marketer: FlaskClient) -> None:
    content = (SAMPLES / "customers-cp932.csv").read_bytes()

    page = marketer.get(planned(marketer, content, "customers-cp932.csv")).text

    assert "CP932 (Shift_JIS)" in page
    assert "Import 88 rows" in page
    assert "株式会社青葉精機" in page
    assert count(Account) == 0


def test_a_rejected_row_is_shown_with_its_line_and_can_be_fetched(marketer: FlaskClient) -> None:
    address = planned(marketer)

    page = marketer.get(address).text
    file = marketer.get(f"{address}/rejected")

    assert "The company is missing" in page
    assert "nobody@acme.example" in file.text
    assert "anna@acme.example" not in file.text
    assert "list-rejected.csv" in file.headers["Content-Disposition"]


def test_nothing_is_applied_before_somebody_says_why_these_people_may_be_mailed(marketer: FlaskClient) -> None:
    address = planned(marketer)

    refused = marketer.post(f"{address}/apply", data={})

    assert refused.status_code == 422
    assert "on what ground" in refused.text
    assert count(Account) == 0


def test_applying_keeps_the_ground_in_each_person_s_ledger(marketer: FlaskClient) -> None:
    address = planned(marketer)

    apply(marketer, address, "business_card")

    with unit_of_work() as work:
        assert work.session.scalars(select(Consent.basis)).all() == ["business_card"]
    assert "Next: publish a sequence" in marketer.get(address).text


def test_without_a_ground_people_are_imported_and_not_to_be_mailed(marketer: FlaskClient) -> None:
    apply(marketer, planned(marketer))

    assert (count(Contact), count(Consent)) == (1, 0)


def test_an_import_sent_twice_is_applied_once(marketer: FlaskClient) -> None:
    address = planned(marketer)

    answers = [marketer.post(f"{address}/apply", data={"consent": "none"}).status_code for _ in range(2)]
    apply_imports()

    assert answers == [303, 303]
    assert (count(Contact), applied_notes()) == (1, 1)


def test_a_page_says_that_the_rows_are_being_imported_until_a_worker_has_done_it(marketer: FlaskClient) -> None:
    address = planned(marketer)
    marketer.post(f"{address}/apply", data={"consent": "none"})

    meanwhile = marketer.get(address).text
    apply_imports()
    afterwards = marketer.get(address, headers={"HX-Request": "true", "HX-Target": "import"}).text

    assert "The rows are being imported" in meanwhile
    assert 'hx-trigger="every 1s"' in meanwhile
    assert 'http-equiv="refresh"' in meanwhile
    assert "Next: publish a sequence" in afterwards
    assert "hx-trigger" not in afterwards
    assert "<html" not in afterwards


def test_a_failed_import_says_why_and_may_be_tried_again(marketer: FlaskClient) -> None:
    address = planned(marketer)
    marketer.post(f"{address}/apply", data={"consent": "none"})
    with unit_of_work() as work:
        good, broken = work.session.scalars(select(Import.content)).one(), b""
        work.session.execute(update(Import).values(content=broken))
    apply_imports()

    told = marketer.get(address).text
    with unit_of_work() as work:
        work.session.execute(update(Import).values(content=good))
    apply(marketer, address)

    assert "Failed" in told
    assert 'role="alert"' in told
    assert count(Contact) == 1


def test_a_webinar_s_rows_name_the_company_they_belong_to(marketer: FlaskClient) -> None:
    apply(marketer, planned(marketer, (SAMPLES / "customers-cp932.csv").read_bytes(), "customers-cp932.csv"))
    address = planned(marketer, (SAMPLES / "webinar-zoom-style.csv").read_bytes(), "webinar.csv")

    apply(marketer, address)

    with unit_of_work() as work:
        firm = work.session.scalars(select(Account.name).join(Event, Event.account_id == Account.id).limit(1)).one()
    assert f">{firm}</a>" in marketer.get(address).text


def test_an_import_is_taken_back(marketer: FlaskClient) -> None:
    address = planned(marketer)
    apply(marketer, address)

    asked = marketer.post(f"{address}/undo", follow_redirects=True).text
    undo_imports()

    assert 'id="undoing"' in asked
    assert "Undone on" in marketer.get(address).text
    assert count(Contact) == 0


def test_an_import_that_cannot_be_taken_back_says_so_and_stays(
    marketer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = planned(marketer)
    apply(marketer, address)
    monkeypatch.setattr(waiting, "undo_import", lambda *given: 1 / 0)

    marketer.post(f"{address}/undo")
    undo_imports()

    told = marketer.get(address).text
    assert "could not be taken back" in told
    assert 'id="undoing"' not in told
    assert count(Contact) == 1


def test_a_column_can_be_read_as_something_else(marketer: FlaskClient) -> None:
    content = "会社名,担当者名,連絡\n株式会社アクメ,安奈 花子,anna@acme.example\n".encode()
    address = planned(marketer, content)

    page = read_again(marketer, address, kind="customers", map__email="連絡")

    assert "anna@acme.example" in page


def test_a_field_can_be_left_out(marketer: FlaskClient) -> None:
    address = planned(marketer)

    page = read_again(marketer, address, map__email="::")
    apply(marketer, address)

    assert 'value="::" selected' in page
    assert "メールアドレス</dd>" in page
    with unit_of_work() as work:
        assert work.session.scalars(select(Contact.email)).all() == [None]


def test_remembered_columns_are_shown_and_forgotten(marketer: FlaskClient) -> None:
    read_again(marketer, planned(marketer), map__email="::")
    address = planned(marketer)
    told = marketer.get(address).text

    marketer.post(f"{address}/mapping/forget")
    plan_imports()

    assert 'id="remembered"' in told
    assert "Mail address ← Do not import" in told
    assert 'id="remembered"' not in marketer.get(address).text
    assert "anna@acme.example" in marketer.get(address).text


def test_a_wrong_choice_is_told_on_the_page_and_can_be_made_again(marketer: FlaskClient) -> None:
    address = planned(marketer)

    refused = read_again(marketer, address, kind="customers", map__email="no such column")
    asked = marketer.post(f"{address}/apply", data={"consent": "none"})
    apply_imports()

    assert "no such column" in refused
    assert 'role="alert"' in refused
    assert (asked.status_code, count(Contact)) == (303, 0)
    assert "Import 1 row" in read_again(marketer, address, kind="customers")


def test_the_page_says_that_the_file_is_being_read_until_a_worker_has_done_it(marketer: FlaskClient) -> None:
    address = upload(marketer).location

    meanwhile = marketer.get(address).text
    plan_imports()
    afterwards = marketer.get(address, headers={"HX-Request": "true", "HX-Target": "import"}).text

    assert "The file is being read" in meanwhile
    assert 'hx-trigger="every 1s"' in meanwhile
    assert 'http-equiv="refresh"' in meanwhile
    assert "Import 1 row" in afterwards
    assert "hx-trigger" not in afterwards


def test_an_applied_import_is_not_read_differently(marketer: FlaskClient) -> None:
    address = planned(marketer)
    apply(marketer, address)

    assert marketer.post(f"{address}/plan", data={"kind": "customers"}).status_code == 409


def test_another_sheet_of_a_workbook_can_be_read(marketer: FlaskClient) -> None:
    book = Workbook()
    for name, firm in (("東", "株式会社東"), ("西", "株式会社西")):
        sheet = book.create_sheet(name)
        sheet.append(["会社名", "担当者名"])
        sheet.append([firm, "安奈 花子"])
    file = io.BytesIO()
    book.save(file)
    address = planned(marketer, file.getvalue(), "book.xlsx")

    page = read_again(marketer, address, sheet="西")

    assert "株式会社西" in page
    assert "株式会社東" not in page


def test_an_empty_file_is_refused_in_the_form(marketer: FlaskClient) -> None:
    refused = upload(marketer, b"", "empty.csv")

    assert refused.status_code == 422
    assert 'role="alert"' in refused.text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("name", "content"), [("x.csv", b"a,b\n1,2\n"), ("x.xlsx", b"no book")])
def test_a_file_that_cannot_be_read_says_so_on_its_page(
    log_in: LogIn, installation: Installation, name: str, content: bytes, language: Language
) -> None:
    browser = log_in(Role.MARKETER, language=language)

    page = browser.get(planned(browser, content, name)).text

    assert 'role="alert"' in page
    assert ("ください" in page) is (language == Language.JAPANESE)
    assert ('name="map-company"' in page) is (name == "x.csv")


def test_no_file_at_all_is_refused(marketer: FlaskClient) -> None:
    assert marketer.post("/imports", data={}).status_code == 422


def test_a_file_s_name_is_shown_as_text(marketer: FlaskClient) -> None:
    page = marketer.get(planned(marketer, name="<b>list</b>.csv")).text

    assert "<b>list" not in page


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_only_marketers_import(log_in: LogIn, installation: Installation, role: Role) -> None:
    browser = log_in(role)

    assert browser.get("/imports").status_code == 403
    assert upload(browser).status_code == 403


def test_of_two_columns_with_one_header_the_second_is_said_to_be_left_out(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)
    doubled = "会社名,担当者名,メモ,メモ\nAcme,Anna,first,second\n"

    page = marketer.get(planned(marketer, doubled.encode())).text

    assert re.search(r"Columns left out</dt><dd[^>]*>メモ</dd>", page)
