"""Contacts as people write them, with what follows from each change."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.accounts import change_account
from abm.customers.contacts import archive_contact, change_contact, create_contact, restore_contact
from abm.customers.drafts import AccountDraft, ContactDraft, draft_of_account, draft_of_contact
from abm.errors import Conflict, Invalid, NotFound
from abm.models import AuditEntry, Contact, Department, Refold, Suppression
from abm.words import JobFunction, Seniority, StaleReason, SuppressionReason
from tests.worlds import NOON, make_account, make_contact, make_user

LATER = NOON + timedelta(hours=1)
ANNA = ContactDraft(full_name="安奈 花子", email="anna@acme.example")


def audit(session: Session, act: str) -> AuditEntry:
    return session.scalars(select(AuditEntry).where(AuditEntry.act == act)).one()


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
