"""The person whom tests of erasing erase, and by whom."""

import pytest
from sqlalchemy.orm import Session

from abm.models import Contact, User
from tests.abm.customers.erasing import ANNA
from tests.worlds import make_account, make_contact, make_user


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def anna(session: Session) -> Contact:
    account = make_account(session)
    return make_contact(session, account, "安奈 花子", email=ANNA, phone="0312345678", memo="朝は不在", title="部長")
