"""Merging by hand: accounts and people are chosen, compared, merged, and taken apart from their own history."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.models import Account, AccountMerge, Contact, ContactMerge, ContactPair
from abm.words import PairState, PersonRule, Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact


@pytest.fixture
def firms(installation: Installation) -> tuple[Account, Account]:
    """Acme, and Acme once more under another name."""
    with unit_of_work() as work:
        one = make_account(work.session, normalised_name="アクメ", phone="03-1111-1111")
        other = make_account(work.session, "アクメ販売株式会社", normalised_name="アクメ販売")
        make_contact(work.session, other)
    return one, other


@pytest.fixture
def people(firms: tuple[Account, Account]) -> tuple[Contact, Contact]:
    """Anna twice at Acme."""
    with unit_of_work() as work:
        one = make_contact(work.session, firms[0], "別府 花", "old@acme.example", phone="090-1111-1111")
        other = make_contact(work.session, firms[0], "別府 花", "new@acme.example")
        pair = ContactPair(contact_id=other.id, other_contact_id=one.id, rule=PersonRule.SAME_NAME)
        work.session.add(pair)
    return one, other


@pytest.fixture
def marketer(log_in: LogIn, firms: tuple[Account, Account]) -> FlaskClient:
    return log_in(Role.MARKETER)


def test_the_other_account_is_found_compared_and_merged(marketer: FlaskClient, firms: tuple[Account, Account]) -> None:
    one, other = firms
    page = f"/accounts/{one.id}/merge"

    found = marketer.get(page, query_string={"q": "アクメ販"}).text
    compared = marketer.get(page, query_string={"other": str(other.id)}).text
    merged = marketer.post(page, data={"other": str(other.id), "main": str(one.id)}, follow_redirects=True).text

    assert f"other={other.id}" in found
    assert all(text in compared for text in ("03-1111-1111", one.name, other.name, "安奈 花子"))
    assert f"Merged into {one.name}" in merged
    assert "安奈 花子" in merged
    assert marketer.get(f"/accounts/{other.id}").location == f"/accounts/{one.id}"


def test_a_merge_is_undone_from_the_history_of_the_account(
    marketer: FlaskClient, firms: tuple[Account, Account]
) -> None:
    one, other = firms
    marketer.post(f"/accounts/{one.id}/merge", data={"other": str(other.id), "main": str(one.id)})
    with unit_of_work() as work:
        merge = work.session.scalars(select(AccountMerge)).one()

    history = marketer.get(f"/accounts/{one.id}/changes").text
    marketer.post(f"/matches/merges/{merge.id}/undo")

    assert f"/matches/merges/{merge.id}/undo" in history
    assert marketer.get(f"/accounts/{other.id}").status_code == 200


def test_without_a_main_one_the_choice_is_asked_again(marketer: FlaskClient, firms: tuple[Account, Account]) -> None:
    page = f"/accounts/{firms[0].id}/merge"

    told = marketer.post(page, data={"other": str(firms[1].id)}, follow_redirects=True).text

    assert "choose which of the two is the main one" in told
    assert "Merge into the main one" in told


def test_two_records_of_a_person_are_compared_merged_and_taken_apart(
    marketer: FlaskClient, people: tuple[Contact, Contact]
) -> None:
    one, other = people
    page = f"/contacts/{one.id}/merge"

    listed = marketer.get(page).text
    compared = marketer.get(page, query_string={"other": str(other.id)}).text
    marketer.post(page, data={"other": str(other.id), "main": str(one.id)})
    old = marketer.get(f"/contacts/{other.id}")
    history = marketer.get(f"/contacts/{one.id}/changes").text
    with unit_of_work() as work:
        merge = work.session.scalars(select(ContactMerge)).one()
    marketer.post(f"/contacts/merges/{merge.id}/undo")

    assert "new@acme.example" in listed
    assert "090-1111-1111" in compared
    assert old.location == f"/contacts/{one.id}"
    assert f"/contacts/merges/{merge.id}/undo" in history
    assert marketer.get(f"/contacts/{other.id}").status_code == 200


def test_people_that_may_be_one_wait_in_a_tab_of_their_own(
    marketer: FlaskClient, people: tuple[Contact, Contact]
) -> None:
    with unit_of_work() as work:
        pair = work.session.scalars(select(ContactPair)).one()

    waiting = marketer.get("/matches/people").text
    marketer.post(f"/matches/people/{pair.id}", data={"decision": "different"})
    apart = marketer.get("/matches/people?state=different").text
    marketer.post(f"/matches/people/{pair.id}/reopen")
    marketer.post(f"/matches/people/{pair.id}", data={"decision": "merged", "main": str(people[0].id)})

    assert "old@acme.example" in waiting
    assert "new@acme.example" in waiting
    assert "Decide again" in apart
    assert "別府 花" in marketer.get("/matches/merges").text
    with unit_of_work() as work:
        assert work.session.get_one(ContactPair, pair.id).state == PairState.MERGED


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_only_marketers_merge(log_in: LogIn, people: tuple[Contact, Contact], role: Role) -> None:
    browser = log_in(role)

    assert browser.get("/matches/people").status_code == 403
    assert browser.get(f"/contacts/{people[0].id}/merge").status_code == 403
    assert "/merge" not in browser.get(f"/contacts/{people[0].id}").text
