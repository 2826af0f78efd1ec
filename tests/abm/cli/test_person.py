"""`abm export person` and `abm erase person`."""

import pytest

from abm.cli.root import FAILED, USAGE
from abm.models import Contact
from abm.work import Installation, unit_of_work
from tests.abm.cli.conftest import Command
from tests.worlds import make_account, make_contact


@pytest.fixture
def anna(installation: Installation) -> Contact:
    with unit_of_work() as work:
        return make_contact(work.session, make_account(work.session), email="anna@acme.example")  # type: ignore[no-any-return]


def test_a_person_is_exported_by_address(abm: Command, anna: Contact) -> None:
    found = abm("export", "person", "anna@acme.example", "--json").json

    assert found["contact"]["id"] == str(anna.id)


def test_nobody_is_erased_without_being_sure(abm: Command, anna: Contact) -> None:
    answer = abm("erase", "person", anna.id)

    assert (answer.code, "--yes" in answer.err) == (USAGE, True)
    assert abm("export", "person", anna.id, "--json").json["contact"]["erased_at"] is None


def test_an_erased_person_is_found_no_more(abm: Command, anna: Contact) -> None:
    abm("erase", "person", "anna@acme.example", "--yes", "--json")

    assert abm("export", "person", anna.id).code == FAILED
