"""Import: preview, other ways to read a file, apply, and taking it back."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from abm.models import Account, AuditEntry, Consent, Contact
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
    """The address of a preview."""
    return str(upload(browser, content, name).location)


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

    marketer.post(f"{address}/apply", data={"consent": "business_card"})

    with unit_of_work() as work:
        assert work.session.scalars(select(Consent.basis)).all() == ["business_card"]
    assert "Next: publish a sequence" in marketer.get(address).text


def test_without_a_ground_people_are_imported_and_not_to_be_mailed(marketer: FlaskClient) -> None:
    marketer.post(f"{planned(marketer)}/apply", data={"consent": "none"})

    assert (count(Contact), count(Consent)) == (1, 0)


def test_an_import_sent_twice_is_applied_once(marketer: FlaskClient) -> None:
    address = planned(marketer)

    answers = [marketer.post(f"{address}/apply", data={"consent": "none"}).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert (count(Contact), applied_notes()) == (1, 1)


def test_an_import_is_taken_back(marketer: FlaskClient) -> None:
    address = planned(marketer)
    marketer.post(f"{address}/apply", data={"consent": "none"})

    page = marketer.post(f"{address}/undo", follow_redirects=True).text

    assert "Undone" in page
    assert count(Contact) == 0


def test_a_column_can_be_read_as_something_else(marketer: FlaskClient) -> None:
    content = "会社名,担当者名,連絡\n株式会社アクメ,安奈 花子,anna@acme.example\n".encode()
    address = planned(marketer, content)

    new = marketer.post(f"{address}/plan", data={"kind": "customers", "map-email": "連絡"}).location

    assert "anna@acme.example" in marketer.get(new).text
    assert marketer.get(address).status_code == 404


def test_a_wrong_choice_is_refused_and_the_preview_stays(marketer: FlaskClient) -> None:
    address = planned(marketer)

    refused = marketer.post(f"{address}/plan", data={"kind": "customers", "map-email": "no such column"})

    assert refused.status_code == 422
    assert "株式会社アクメ" in refused.text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("name", "content"), [("empty.csv", b""), ("x.csv", b"a,b\n1,2\n"), ("x.xlsx", b"no book")])
def test_a_file_that_cannot_be_read_is_refused_in_the_form(
    log_in: LogIn, installation: Installation, name: str, content: bytes, language: Language
) -> None:
    refused = upload(log_in(Role.MARKETER, language=language), content, name)

    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert ("ください" in refused.text) is (language == Language.JAPANESE)


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
