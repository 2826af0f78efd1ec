"""Merging in the browser: accounts and people become one and two again, with their people, history and scores."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

from abm.customers.timeline import Item, add_items
from abm.models import Account, Contact, TimelineItem
from abm.scoring.fold import fold_next_batch
from abm.scoring.report import score_report
from abm.words import EventKind, ItemKind, Verdict
from abm.work import Installation, unit_of_work
from tests.flows.conftest import Visit
from tests.worlds import make_account, make_contact, make_event, make_user


def test_accounts_are_merged_by_hand_and_taken_apart_from_their_history(
    visit: Visit, site: str, installation: Installation
) -> None:
    stays, goes = (firm("株式会社アクメ", "anna", installation), firm("アクメ販売株式会社", "dora", installation))
    before = [told(one, installation) for one in (stays, goes)]
    page, errors = visit()
    page.on("dialog", lambda dialog: dialog.accept())

    merge_by_hand(page, site, stays, goes)
    together = told(stays, installation)
    page.goto(f"{site}/accounts/{goes.id}")
    expect(page).to_have_url(f"{site}/accounts/{stays.id}")
    page.goto(f"{site}/accounts/{stays.id}/changes")
    page.locator("#merges form button").click()
    expect(page.locator(".alert-success")).to_be_visible()

    assert together["people"] == sorted(before[0]["people"] + before[1]["people"])
    assert together["notes"] == sorted(before[0]["notes"] + before[1]["notes"])
    assert [told(one, installation) for one in (stays, goes)] == before
    assert errors == []


def test_two_records_of_a_person_are_merged_and_taken_apart(
    visit: Visit, site: str, installation: Installation
) -> None:
    acme = firm("株式会社アクメ", "anna", installation)
    with unit_of_work() as work:
        other = make_contact(work.session, acme, "安奈 花子", "hanako@acme.example")
        one = work.session.scalars(select(Contact.id).where(Contact.email == "anna@acme.example")).one()
    page, errors = visit()
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(f"{site}/contacts/{one}/merge")
    page.locator(f"a[href$='other={other.id}']").click()
    page.locator("form[action$='/merge'] button.btn-primary").click()
    expect(page).to_have_url(f"{site}/contacts/{one}")
    page.goto(f"{site}/contacts/{one}/changes")
    page.locator("#merges form button").click()

    expect(page).to_have_url(f"{site}/contacts/{other.id}")
    expect(page.locator("#main")).to_contain_text("hanako@acme.example")
    assert errors == []


def firm(name: str, who: str, installation: Installation) -> Account:
    """An account with an owner, a person, a note and a reply that has been scored."""
    with unit_of_work() as work:
        owner = make_user(work.session, name=f"担当 {who}")
        account = make_account(work.session, name, normalised_name=name, owner_id=owner.id)
        person = make_contact(work.session, account, "安奈 花子", f"{who}@acme.example")
        replied_at = work.at - timedelta(days=3)
        make_event(work.session, person, EventKind.REPLY, replied_at, verdict=Verdict.PROVEN)
        add_items(work.session, [Item(ItemKind.NOTE, account.id, work.at, body=f"with {who}", contact_id=person.id)])
    settle(installation)
    return account


def settle(installation: Installation) -> None:
    """Fold what waits, as a worker does."""
    with unit_of_work() as work:
        while fold_next_batch(work.session, work.at, installation.settings.zone):
            pass


def told(account: Account, installation: Installation) -> dict[str, Any]:
    """What must be the same again: who is there, who owns it, what was noted, and what it is worth."""
    settle(installation)
    with unit_of_work() as work:
        session = work.session
        notes = select(TimelineItem.body).where(TimelineItem.account_id == account.id, TimelineItem.kind == "note")
        people = select(Contact.full_name).where(Contact.account_id == account.id)
        return {
            "owner": session.get_one(Account, account.id).owner_id,
            "people": sorted(session.scalars(people)),
            "notes": sorted(session.scalars(notes)),
            "score": score_report(session, account.id, at=work.at)["shown"],
        }


def merge_by_hand(page: Page, site: str, stays: Account, goes: Account) -> None:
    """From the account's page: search, compare, confirm."""
    page.goto(f"{site}/accounts/{stays.id}")
    page.locator("#edit a[href$='/merge']").click()
    page.fill("#list input[name=q]", "アクメ販")
    page.locator("#list form button").click()
    page.locator(f"a[href$='other={goes.id}']").click()
    expect(page.locator(f"input[name=main][value='{stays.id}']")).to_be_checked()
    page.locator("form[action$='/merge'] button.btn-primary").click()
    expect(page).to_have_url(f"{site}/accounts/{stays.id}")
