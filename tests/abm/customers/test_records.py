"""Records as people write them, with what follows from each change."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.drafts import (
    AccountDraft,
    ContactDraft,
    DepartmentDraft,
    draft_of_account,
    draft_of_contact,
    version_of,
)
from abm.customers.records import (
    archive_account,
    archive_contact,
    archive_department,
    change_account,
    change_contact,
    change_department,
    create_account,
    create_contact,
    create_department,
    restore_account,
    restore_contact,
)
from abm.errors import Conflict, Invalid, NotFound
from abm.models import AccountDomain, AccountMerge, AuditEntry, Contact, Department, Refold, Suppression, Task
from abm.words import JobFunction, Seniority, StaleReason, SuppressionReason, TaskKind, TaskState, Tier
from tests.worlds import NOON, make_account, make_contact, make_department, make_user

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


def test_a_name_alone_makes_a_contact(session: Session) -> None:
    user, account = make_user(session), make_account(session, evaluate_at=None)

    contact = create_contact(session, account.id, ContactDraft("田中"), by=user.id, at=NOON)

    assert (contact.email, contact.seniority, account.evaluate_at) == (None, Seniority.OTHER, NOON)


def test_a_new_department_s_name_makes_the_department(session: Session) -> None:
    user, account = make_user(session), make_account(session)

    contact = create_contact(session, account.id, replace(ANNA, department="購買部"), by=user.id, at=NOON)

    assert session.get_one(Department, contact.department_id).name == "購買部"


def test_an_address_belongs_to_one_living_contact(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    make_contact(session, account, email="Anna@Acme.example")

    with pytest.raises(Invalid) as error:
        create_contact(session, account.id, ANNA, by=user.id, at=NOON)

    assert (error.value.field, error.value.code) == ("email", "contact_exists")


def test_a_promotion_weighs_at_once(session: Session) -> None:
    user = make_user(session)
    anna = make_contact(session, make_account(session), title="課長", seniority=Seniority.SECTION_HEAD)

    change_contact(session, anna.id, replace(ANNA, title="取締役"), by=user.id, at=LATER)

    assert anna.seniority == Seniority.EXECUTIVE
    assert session.get(Refold, anna.id)


def test_a_corrected_name_asks_for_no_new_scores(session: Session) -> None:
    user, anna = make_user(session), make_contact(session, make_account(session))

    change_contact(session, anna.id, replace(ANNA, full_name="安奈 華子"), by=user.id, at=LATER)

    assert session.get(Refold, anna.id) is None


@pytest.mark.parametrize(
    ("reason", "follows"), [(SuppressionReason.UNSUBSCRIBED, True), (SuppressionReason.BOUNCED, False)]
)
def test_a_refusal_follows_the_person_to_a_new_address(
    session: Session, reason: SuppressionReason, follows: bool
) -> None:
    user, anna = make_user(session), make_contact(session, make_account(session))
    session.add(Suppression(email="anna@acme.example", reason=reason, at=NOON, evidence="x"))
    session.flush()

    change_contact(session, anna.id, replace(ANNA, email="anna2@acme.example"), by=user.id, at=LATER)

    assert (session.get(Suppression, "anna2@acme.example") is not None) is follows


def test_an_archived_contact_frees_the_address_and_returns_only_while_it_is_free(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    anna = make_contact(session, account)
    archive_contact(session, anna.id, by=user.id, at=NOON)
    second = create_contact(session, account.id, ANNA, by=user.id, at=NOON)

    with pytest.raises(Conflict, match="address"):
        restore_contact(session, anna.id, by=user.id, at=LATER)

    archive_contact(session, second.id, by=user.id, at=LATER)
    assert restore_contact(session, anna.id, by=user.id, at=LATER).archived_at is None


def test_what_is_archived_can_no_longer_be_changed(session: Session) -> None:
    user, anna = make_user(session), make_contact(session, make_account(session))
    archive_contact(session, anna.id, by=user.id, at=NOON)

    with pytest.raises(NotFound):
        change_contact(session, anna.id, ANNA, by=user.id, at=LATER)

    assert session.get_one(Contact, anna.id).full_name == "安奈 花子"


def test_a_job_function_is_proposed_and_the_person_s_choice_wins(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    proposed = ContactDraft("部田", title="部長", department="購買部")

    contact = create_contact(session, account.id, proposed, by=user.id, at=NOON)
    assert contact.job_function == "purchasing"

    chosen = replace(proposed, job_function=JobFunction.FINANCE)
    change_contact(session, contact.id, chosen, by=user.id, at=LATER)

    assert contact.job_function == "finance"


def test_a_proposed_function_follows_the_title_and_a_chosen_one_stays(session: Session) -> None:
    user, account = make_user(session), make_account(session)
    contact = create_contact(session, account.id, ContactDraft("部田", title="購買部長"), by=user.id, at=NOON)
    assert draft_of_contact(contact, None).job_function is None

    change_contact(session, contact.id, ContactDraft("部田", title="経理部長"), by=user.id, at=LATER)
    assert contact.job_function == "finance"

    chosen = ContactDraft("部田", title="経理部長", job_function=JobFunction.SALES)
    change_contact(session, contact.id, chosen, by=user.id, at=LATER)
    assert draft_of_contact(contact, None).job_function == JobFunction.SALES


def test_a_saved_form_confirms_unless_it_says_why_not(session: Session) -> None:
    user, contact = make_user(session), make_contact(session, make_account(session))
    anna = draft_of_contact(contact, None)

    change_contact(session, contact.id, replace(anna, stale_reason=StaleReason.MOVED), by=user.id, at=NOON)
    assert (contact.stale_reason, contact.stale_since, contact.confirmed_at) == ("moved", NOON, None)

    change_contact(session, contact.id, replace(anna, stale_reason=None), by=user.id, at=LATER)
    assert (contact.stale_reason, contact.stale_since, contact.confirmed_at) == (None, None, LATER)


def test_what_mends_a_stale_record_confirms_it(session: Session) -> None:
    user = make_user(session)
    contact = make_contact(session, make_account(session), stale_reason="bounced", stale_since=NOON)
    anna = draft_of_contact(contact, None)

    change_contact(session, contact.id, replace(anna, memo="called back"), by=user.id, at=LATER)
    assert contact.stale_reason == "bounced"

    change_contact(session, contact.id, replace(anna, email="new@acme.example"), by=user.id, at=LATER)
    assert (contact.stale_reason, contact.confirmed_at) == (None, LATER)


def test_custom_values_are_kept_one_by_one_in_the_history(session: Session) -> None:
    user, account = make_user(session), make_account(session, custom={"rank": 1, "old": "x"})
    draft = replace(draft_of_account(account), custom={"rank": 2, "old": "x"})

    change_account(session, account.id, draft, by=user.id, at=LATER)

    assert account.custom == {"rank": 2, "old": "x"}
    assert audit(session, "account.changed").detail["changes"]["custom.rank"] == {"old": 1, "new": 2}


def test_a_draft_without_custom_values_leaves_them(session: Session) -> None:
    user, account = make_user(session), make_account(session, custom={"rank": 1})

    change_account(session, account.id, AccountDraft("アクメ"), by=user.id, at=LATER)

    assert account.custom == {"rank": 1}
