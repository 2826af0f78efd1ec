"""Which custom fields are filled and asked for, and which nobody needs."""

import uuid

import pytest
from sqlalchemy.orm import Session

from abm.customers.accounts import change_account
from abm.customers.custom import FieldDraft, archive_field, create_field
from abm.customers.drafts import AccountDraft
from abm.models import Segment
from abm.reports.custom_fields import field_uses
from abm.words import CustomKind, CustomSubject
from tests.worlds import NOON, make_account, make_contact, make_user


@pytest.fixture
def by(session: Session) -> uuid.UUID:
    """The marketer."""
    return make_user(session).id  # type: ignore[no-any-return]


def make(session: Session, title: str, by: uuid.UUID, subject: CustomSubject = CustomSubject.ACCOUNT) -> uuid.UUID:
    return create_field(session, subject, FieldDraft(title, CustomKind.TEXT), by=by, at=NOON).id


def ask(session: Session, name: str, condition: dict[str, object]) -> None:
    session.add(Segment(name=name, condition=condition, created_at=NOON, changed_at=NOON))
    session.flush()


def test_living_records_with_a_value_are_counted(session: Session, by: uuid.UUID) -> None:
    make(session, "Rank", by)
    for number in range(4):
        make_account(session, f"会社{number}", custom={"rank": "A"} if number == 0 else {})
    make_account(session, "昔の会社", custom={"rank": "B"}, archived_at=NOON)

    (rank,) = field_uses(session, CustomSubject.ACCOUNT)

    assert (rank.filled, rank.records, rank.share) == (1, 4, 0.25)


def test_when_a_value_was_last_typed_is_known(session: Session, by: uuid.UUID) -> None:
    make(session, "Rank", by)
    account = make_account(session)
    assert field_uses(session, CustomSubject.ACCOUNT)[0].typed_at is None

    change_account(session, account.id, AccountDraft("アクメ", custom={"rank": "A"}), by=by, at=NOON)
    session.flush()

    assert field_uses(session, CustomSubject.ACCOUNT)[0].typed_at == NOON


def test_segments_that_ask_for_a_field_are_named_once(session: Session, by: uuid.UUID) -> None:
    make(session, "Rank", by)
    check = {"field": "account.custom.rank", "op": "is", "value": "A"}
    ask(session, "best", {"all": [check, {"not": check}]})
    ask(session, "other", {"field": "contact.custom.rank", "op": "is", "value": "account.custom.rank"})

    assert field_uses(session, CustomSubject.ACCOUNT)[0].segments == ("best",)


def test_a_field_nobody_fills_or_uses_is_idle(session: Session, by: uuid.UUID) -> None:
    make(session, "Empty", by)
    make(session, "Asked", by)
    make_account(session)
    ask(session, "asking", {"field": "account.custom.asked", "op": "is", "value": "x"})

    assert [use.is_idle for use in field_uses(session, CustomSubject.ACCOUNT)] == [True, False]


def test_contacts_have_fields_of_their_own_and_archived_ones_stand_apart(session: Session, by: uuid.UUID) -> None:
    field_id = make(session, "Hobby", by, CustomSubject.CONTACT)
    make_contact(session, make_account(session), custom={"hobby": "golf"})
    archive_field(session, field_id, by=by, at=NOON)
    session.flush()

    (away,) = field_uses(session, CustomSubject.CONTACT, archived=True)

    assert field_uses(session, CustomSubject.CONTACT) == []
    assert (away.title, away.filled) == ("Hobby", 1)
