"""Departments as people write them, and their people."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from abm.customers.departments import archive_department, change_department, create_department
from abm.customers.drafts import DepartmentDraft
from abm.errors import Invalid
from tests.worlds import NOON, make_account, make_contact, make_department, make_user

LATER = NOON + timedelta(hours=1)


def test_a_department_is_known_in_any_spelling(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    create_department(session, account.id, DepartmentDraft("情報 システム部"), by=user.id, at=NOON)

    with pytest.raises(Invalid) as error:
        create_department(session, account.id, DepartmentDraft("情報システム部"), by=user.id, at=NOON)

    assert (error.value.field, error.value.code) == ("name", "taken")


def test_a_department_gets_an_owner_of_its_own(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    department = make_department(session, account)

    change_department(session, department.id, DepartmentDraft("調達部", user.id), by=user.id, at=LATER)

    assert (department.name, department.owner_id) == ("調達部", user.id)


def test_the_people_of_an_archived_department_stay(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    department = make_department(session, account)
    anna = make_contact(session, account, department_id=department.id)

    archive_department(session, department.id, by=user.id, at=LATER)
    session.refresh(anna)

    assert (anna.department_id, anna.archived_at) == (None, None)
