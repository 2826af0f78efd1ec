"""Finding an account or person as people name them."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from abm.customers.find import find_account, find_contact, find_department
from abm.errors import Conflict, NotFound
from abm.models import AccountDomain
from tests.worlds import NOON, make_account, make_contact, make_department


@pytest.mark.parametrize("by", ["id", "number", "domain", "name"])
def test_an_account_is_found_by_any_of_its_names(session: Session, by: str) -> None:
    acme = make_account(session, corporate_number="7000012050002")
    make_account(session, "株式会社ゼータ", corporate_number="1180301018771")
    session.add(AccountDomain(account_id=acme.id, domain="acme.example"))
    session.flush()

    text = {"id": str(acme.id), "number": "7000012050002", "domain": "ACME.example", "name": "株式会社アクメ"}[by]

    assert find_account(session, f" {text} ") is acme


def test_several_accounts_of_one_name_are_all_named(session: Session) -> None:
    twins = [make_account(session, "株式会社アシスト") for _ in range(2)]

    with pytest.raises(Conflict) as refused:
        find_account(session, "株式会社アシスト")

    assert all(str(twin.id) in str(refused.value) for twin in twins)


def test_an_archived_account_is_not_found(session: Session) -> None:
    make_account(session, archived_at=NOON - timedelta(days=1))

    with pytest.raises(NotFound, match="アクメ"):
        find_account(session, "株式会社アクメ")


def test_a_contact_is_found_by_address_in_any_case(session: Session) -> None:
    anna = make_contact(session, make_account(session))

    assert find_contact(session, "Anna@ACME.example") is anna


def test_a_contact_of_another_account_is_not_taken(session: Session) -> None:
    make_contact(session, make_account(session))
    zeta = make_account(session, "株式会社ゼータ")

    with pytest.raises(NotFound, match="ゼータ"):
        find_contact(session, "anna@acme.example", account=zeta)


def test_a_missing_department_names_those_there_are(session: Session) -> None:
    acme = make_account(session)
    bought = make_department(session, acme, "購買部")

    assert find_department(session, acme, "購買部") is bought
    with pytest.raises(NotFound, match="購買部"):
        find_department(session, acme, "技術部")
