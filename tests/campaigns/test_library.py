"""The ready-made sequences: each says what it is for, and does what it says over a history made for it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from abm.models import Account, Contact, ContactScore, Contract, StageChange
from abm.words import BuyingRole, Language, SimulatedOutcome, Stage, StageReason
from campaigns.checks import check_mail
from campaigns.document import mail_names
from campaigns.library import library_names, read_document
from campaigns.mails import FOLDER, compile_folder, read_source
from campaigns.simulate import Plan, simulate
from campaigns.simulate_lines import read_history
from campaigns.simulate_rows import Simulated
from tests.worlds import make_account, make_contact, send_at_any_hour

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2026, 11, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DONE = (SimulatedOutcome.SENT, SimulatedOutcome.TASK)
READY_MADE = [name for name in library_names() if name != "first_steps"]


def tell(kind: str, days: float, contact: str = "", **said: Any) -> str:
    """A line of a history: so many days after Monday."""
    who = {"contact": contact, "account": "Acme"} if contact else {"account": "Acme"}
    return json.dumps({"at": (MONDAY + days * DAY).isoformat(), "kind": kind, **who, **said})


def stage(days: float, to: str) -> str:
    """The account came to this stage."""
    return tell("stage", days, to=to)


# By sequence: what is recorded, and the steps that come of it in order.
STORIES: dict[str, tuple[list[str], list[str]]] = {
    "new_inquiry": (
        [tell("inquiry", 1, "anna"), tell("download", 6, "anna")],
        ["received", "first_call", "guide", "call_again"],
    ),
    "white_paper_nurture": (
        [tell("download", 1, "anna", topic="原価管理"), tell("click", 13, "anna")],
        ["more", "cases", "talk"],
    ),
    "dormant_revival": (
        [tell("contact", -9, "anna"), stage(1, "dormant")],
        ["news", "choice"],
    ),
    "lost_deal_return": (
        [tell("contact", -9, "anna"), stage(1, "lost")],
        ["budget", "cases"],
    ),
    "onboarding": (
        [tell("contact", -9, "anna"), stage(1, "customer"), tell("reply", 3, "anna")],
        ["welcome", "report", "review", "ask"],
    ),
    "new_person": (
        [tell("contact", -9, "anna"), tell("contact", 1, "bo"), tell("contact", 2, "cy"), tell("click", 4, "bo")],
        ["hello", "hello", "overview"],
    ),
    "webinar_follow_up": (
        [tell("webinar_attended", 1, "anna", minutes=40), tell("download", 3, "anna")],
        ["attended", "talk"],
    ),
}


def run(session: Session, name: str, days: int, history: Any = None) -> Simulated:
    """So many days of it from Monday on, with nobody held out."""
    document = {**read_document(name), "holdout": None}
    return simulate(session.connection(), Plan(document, MONDAY, MONDAY + days * DAY, TOKYO), history=history)


@pytest.mark.parametrize("name", READY_MADE)
def test_each_says_when_to_use_it_and_has_mails_without_a_flaw(name: str) -> None:
    document = read_document(name)

    assert document["name"] == name
    assert all(len(document["describes"][language]) > 60 for language in Language)
    for mail in mail_names(document):
        for made in compile_folder(mail):
            assert check_mail(read_source(FOLDER / mail / made.language), made.compiled, made.language) == []


def test_there_are_nine() -> None:
    assert len(READY_MADE) == 9


@pytest.mark.parametrize("name", STORIES)
def test_each_does_what_it_says(session: Session, name: str) -> None:
    send_at_any_hour(session)
    lines, steps = STORIES[name]

    found = run(session, name, 130, read_history(lines, TOKYO))

    assert [row.step for row in found.rows if row.outcome in DONE] == steps


def test_those_who_decide_are_invited_once_two_influencers_are_engaged(session: Session) -> None:
    send_at_any_hour(session)
    account = make_account(session, created_at=MONDAY - 30 * DAY)
    engaged, keen, boss, lone = (_known(session, account, number) for number in range(4))
    for who, role in ((engaged, "influencer"), (keen, "influencer"), (boss, "decision_maker"), (lone, "practitioner")):
        who.buying_role = BuyingRole(role)
    for who in (engaged, keen):
        values = {"half_life_days": 21, "points": 20, "as_of": MONDAY}
        session.add(ContactScore(contact_id=who.id, account_id=account.id, last_human_at=MONDAY, **values))
    _moved(session, account, Stage.ENGAGED)

    found = run(session, "executive_invitation", 60)

    assert [(row.step, row.contact_id) for row in found.rows if row.outcome == "sent"] == [
        ("invitation", str(boss.id)),
        ("reminder", str(boss.id)),
    ]


def test_a_renewal_is_prepared_before_the_last_ninety_days(session: Session) -> None:
    send_at_any_hour(session)
    account = make_account(session, created_at=MONDAY - 30 * DAY)
    _known(session, account, 0)
    renews_on = (MONDAY + 200 * DAY).date()
    session.add(Contract(account_id=account.id, name="保守", renews_on=renews_on, created_at=MONDAY - 30 * DAY))
    _moved(session, account, Stage.CUSTOMER)

    found = run(session, "renewal", 150)

    days = [((renews_on - row.at.astimezone(TOKYO).date()).days, row.step) for row in found.rows if row.outcome in DONE]
    assert days == [(150, "look_back"), (129, "wishes"), (120, "proposal")]


def _known(session: Session, account: Account, number: int) -> Contact:
    return make_contact(session, account, f"担当 {number}", f"p{number}@acme.example", created_at=MONDAY - 30 * DAY)


def _moved(session: Session, account: Account, to: Stage) -> None:
    change = {"old": Stage.KNOWN, "new": to, "at": MONDAY + DAY, "reason": StageReason.RULE_OF_MODEL}
    session.add(StageChange(account_id=account.id, **change))
    session.flush()
