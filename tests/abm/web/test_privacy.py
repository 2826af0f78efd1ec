"""Personal data by page: given out, erased, and kept for how long."""

import pytest
from sqlalchemy import select

from abm.customers.retention import list_retentions
from abm.models import AuditEntry, Contact, Suppression
from abm.words import Kept, Role, SuppressionReason
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact

ANNA = "anna@acme.example"


@pytest.fixture
def anna(installation: Installation) -> Contact:
    with unit_of_work() as work:
        return make_contact(work.session, make_account(work.session), "安奈 花子", email=ANNA)  # type: ignore[no-any-return]


def test_everything_about_a_person_is_given_as_a_file_and_audited(log_in: LogIn, anna: Contact) -> None:
    answer = log_in(Role.MARKETER).post(f"/contacts/{anna.id}/personal-data/export")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.get_json()["contact"]["email"] == ANNA
    with unit_of_work() as work:
        assert "contact.exported" in work.session.scalars(select(AuditEntry.act)).all()


def test_a_person_is_not_erased_before_the_box_is_ticked(log_in: LogIn, anna: Contact) -> None:
    answer = log_in(Role.MARKETER).post(f"/contacts/{anna.id}/personal-data/erase")

    assert answer.status_code == 422
    with unit_of_work() as work:
        assert work.session.get_one(Contact, anna.id).erased_at is None


def test_whoever_was_erased_is_not_mailed_when_somebody_adds_them_again(log_in: LogIn, anna: Contact) -> None:
    client = log_in(Role.MARKETER)
    client.post(f"/contacts/{anna.id}/personal-data/erase", data={"understood": "yes"})

    client.post(f"/accounts/{anna.account_id}/people/new", data={"full_name": "安奈 花子", "email": ANNA})

    with unit_of_work() as work:
        assert work.session.get_one(Suppression, ANNA).reason == SuppressionReason.ERASED


def test_an_erased_person_has_no_page_of_personal_data(log_in: LogIn, anna: Contact) -> None:
    client = log_in(Role.MARKETER)
    client.post(f"/contacts/{anna.id}/personal-data/erase", data={"understood": "yes"})

    assert client.get(f"/contacts/{anna.id}/personal-data").status_code == 404


def test_an_erased_person_cannot_be_restored(log_in: LogIn, anna: Contact) -> None:
    client = log_in(Role.MARKETER)
    client.post(f"/contacts/{anna.id}/personal-data/erase", data={"understood": "yes"})

    client.post(f"/contacts/{anna.id}/restore")

    with unit_of_work() as work:
        assert work.session.get_one(Contact, anna.id).archived_at is not None


def test_sales_do_not_erase(log_in: LogIn, anna: Contact) -> None:
    answer = log_in(Role.SALES).post(f"/contacts/{anna.id}/personal-data/erase", data={"understood": "yes"})

    assert answer.status_code == 403


def test_an_administrator_sets_how_long_things_are_kept(log_in: LogIn) -> None:
    days = {
        "network_addresses": "7",
        "import_files": "30",
        "caught_mails": "0",
        "provider_reports": "90",
        "simulations": "60",
        "silent_contacts": "0",
    }

    answer = log_in(Role.ADMIN).post("/settings/retention", data=days)

    assert answer.status_code == 303
    with unit_of_work() as work:
        assert list_retentions(work.session) == {kept: int(days[kept]) for kept in Kept}


@pytest.mark.parametrize("typed", ["-1", "soon", "", "99999"])
def test_a_period_that_cannot_be_read_is_shown_beside_its_field(log_in: LogIn, typed: str) -> None:
    days = {
        "network_addresses": typed,
        "import_files": "30",
        "caught_mails": "0",
        "provider_reports": "90",
        "simulations": "60",
        "silent_contacts": "0",
    }

    answer = log_in(Role.ADMIN).post("/settings/retention", data=days)

    assert answer.status_code == 422
    assert 'id="e-network_addresses"' in answer.text
