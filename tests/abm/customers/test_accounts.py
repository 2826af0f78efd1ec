"""Accounts as people write them, with what follows from each change."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.accounts import archive_account, change_account, create_account, restore_account
from abm.customers.drafts import AccountDraft, ContactDraft, draft_of_account, version_of
from abm.errors import Conflict, Invalid
from abm.models import AccountDomain, AccountMerge, AuditEntry, Task
from abm.words import TaskKind, TaskState, Tier
from tests.worlds import NOON, make_account, make_contact, make_user

LATER = NOON + timedelta(hours=1)
ANNA = ContactDraft(full_name="安奈 花子", email="anna@acme.example")


def audit(session: Session, act: str) -> AuditEntry:
    return session.scalars(select(AuditEntry).where(AuditEntry.act == act)).one()


def test_a_new_account_is_known_by_name_and_domain(session: Session) -> None:
    user = make_user(session)

    account = create_account(session, AccountDraft("株式会社アクメ"), by=user.id, at=NOON, domains=["acme.example"])

    assert account.normalised_name == "アクメ"
    assert session.get(AccountDomain, (account.id, "acme.example"))
    assert audit(session, "account.created").user_id == user.id


def test_a_change_keeps_old_and_new(session: Session) -> None:
    user, account = make_user(session), make_account(session, industry="製造")

    change_account(session, account.id, AccountDraft("株式会社アクメ", industry="卸売"), by=user.id, at=LATER)

    assert audit(session, "account.changed").detail["changes"]["industry"] == {"old": "製造", "new": "卸売"}
    assert account.confirmed_at == LATER


def test_saving_without_a_change_leaves_no_audit_row(session: Session) -> None:
    user, account = make_user(session), make_account(session, normalised_name="アクメ")

    change_account(session, account.id, draft_of_account(account), by=user.id, at=LATER)

    assert session.scalars(select(AuditEntry)).all() == []


def test_a_form_older_than_the_record_changes_nothing(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    shown = version_of(draft_of_account(account))
    account.phone = "0312345678"

    with pytest.raises(Conflict):
        change_account(session, account.id, AccountDraft("アクメ"), by=user.id, at=LATER, version=shown)


def test_a_new_tier_asks_for_the_threshold_again(session: Session) -> None:
    user, account = make_user(session), make_account(session, evaluate_at=None)

    change_account(session, account.id, AccountDraft("アクメ", tier=Tier.ONE_TO_ONE), by=user.id, at=LATER)

    assert account.evaluate_at == LATER


def test_a_corporate_number_belongs_to_one_account(session: Session) -> None:
    user, _ = make_user(session), make_account(session, corporate_number="7000012050002")
    other = make_account(session, "別会社")

    draft = AccountDraft("別会社", corporate_number="7000012050002")

    with pytest.raises(Invalid) as error:
        change_account(session, other.id, draft, by=user.id, at=LATER)

    assert error.value.field == "corporate_number"


def test_an_owner_who_cannot_log_in_is_refused(session: Session) -> None:
    user, gone = make_user(session), make_user(session, disabled_at=NOON)

    with pytest.raises(Invalid, match="owner"):
        create_account(session, AccountDraft("アクメ", owner_id=gone.id), by=user.id, at=NOON)


def test_an_archived_account_takes_its_people_along_and_brings_them_back(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    before = make_contact(session, account, "前田", "maeda@acme.example", archived_at=NOON - timedelta(days=1))

    archive_account(session, account.id, by=user.id, at=NOON)
    session.refresh(anna)
    assert anna.archived_at == NOON

    restore_account(session, account.id, by=user.id, at=LATER)
    session.refresh(before)
    assert (anna.archived_at, account.archived_at) == (None, None)
    assert before.archived_at is not None


def test_an_account_that_was_merged_comes_back_by_undoing_the_merge_only(session: Session) -> None:
    user, other = make_user(session), make_account(session, "統合先")
    account = make_account(session, archived_at=NOON)
    session.add(AccountMerge(account_id=account.id, into_account_id=other.id, at=NOON))
    session.flush()

    with pytest.raises(Conflict, match="merge"):
        restore_account(session, account.id, by=user.id, at=LATER)


def test_an_account_with_an_open_task_is_not_put_away(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    session.add(Task(kind=TaskKind.HAND_OFF, state=TaskState.ASSIGNED, account_id=account.id, why=[], created_at=NOON))

    with pytest.raises(Conflict, match="task"):
        archive_account(session, account.id, by=user.id, at=NOON)
