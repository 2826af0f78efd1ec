"""What deals, tickets, contracts and stale records say against a mail, read from real rows."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.customers.freshness import confirm_contact, mark_stale
from abm.guard.ask import ask_guard
from abm.guard.facts import gather_facts
from abm.guard.guard import Decision, decide
from abm.models import Account, Contact, Contract, Deal, Ticket
from abm.words import ContractState, DealStage, GuardAnswer, GuardReason, StaleReason, TicketState
from tests.worlds import NOON, make_account, make_contact, make_department, make_user

DAY = timedelta(days=1)
SEND = Decision(GuardAnswer.SEND)


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def anna(session: Session, acme: Account) -> Contact:
    return make_contact(session, acme)


def add(session: Session, record: Any) -> None:
    session.add(record)
    session.flush()


def test_mail_to_a_stale_contact_is_held_until_somebody_confirms_it(session: Session, anna: Contact) -> None:
    by = make_user(session).id
    mark_stale(session, anna.id, StaleReason.BAD_DATA, by=by, at=NOON)
    session.flush()
    stale = ask_guard(session, anna.id, NOON)

    confirm_contact(session, anna.id, by=by, at=NOON)
    session.flush()

    assert stale == Decision(GuardAnswer.HOLD, None, (GuardReason.STALE,))
    assert ask_guard(session, anna.id, NOON) == SEND


@pytest.mark.parametrize("stage", list(DealStage))
def test_from_a_proposal_on_a_deal_is_for_its_owner_to_write_about(
    session: Session, anna: Contact, stage: DealStage
) -> None:
    add(session, Deal(account_id=anna.account_id, name="更改", stage=stage, stage_since=NOON))
    negotiated = stage in (DealStage.PROPOSAL, DealStage.QUOTE, DealStage.APPROVAL)

    decision = ask_guard(session, anna.id, NOON)

    assert decision == (Decision(GuardAnswer.REROUTE, None, (GuardReason.OPEN_DEAL,)) if negotiated else SEND)


def test_mail_is_held_while_a_ticket_is_open_and_three_days_longer(session: Session, anna: Contact) -> None:
    ticket = Ticket(account_id=anna.account_id, subject="停止", opened_at=NOON - 9 * DAY)
    add(session, ticket)
    open_ = ask_guard(session, anna.id, NOON)
    ticket.state, ticket.closed_at = TicketState.CLOSED, NOON
    session.flush()

    closed = ask_guard(session, anna.id, NOON)

    assert open_ == Decision(GuardAnswer.HOLD, None, (GuardReason.TICKET,))
    assert closed == Decision(GuardAnswer.HOLD, NOON + 3 * DAY, (GuardReason.TICKET,))
    assert ask_guard(session, anna.id, NOON + 3 * DAY) == SEND


@pytest.mark.parametrize(
    ("days", "over", "near"),
    [
        (90, {}, True),
        (91, {}, False),
        (-1, {}, False),
        (30, {"state": ContractState.ENDED}, False),
        (30, {"ends_because": "price"}, False),
        (30, {"archived_at": NOON}, False),
    ],
)
def test_within_ninety_days_of_a_renewal_the_owner_writes(
    session: Session, anna: Contact, days: int, over: dict[str, Any], near: bool
) -> None:
    renews_on = NOON.date() + timedelta(days=days)
    add(session, Contract(account_id=anna.account_id, name="保守", renews_on=renews_on, **over))

    decision = ask_guard(session, anna.id, NOON)

    assert decision == (Decision(GuardAnswer.REROUTE, None, (GuardReason.RENEWAL_NEAR,)) if near else SEND)


def test_what_one_department_has_open_concerns_nobody_of_another(session: Session, acme: Account) -> None:
    here, there = make_department(session, acme), make_department(session, acme, "技術部")
    same = make_contact(session, acme, "一 郎", "1@acme.example", department_id=here.id)
    other = make_contact(session, acme, "二 郎", "2@acme.example", department_id=there.id)
    nobody = make_contact(session, acme, "三 郎", "3@acme.example")
    add(session, Ticket(account_id=acme.id, department_id=here.id, subject="停止", opened_at=NOON))

    facts = gather_facts(session, [same.id, other.id, nobody.id], NOON)

    assert [decide(facts[one.id]).answer for one in (same, other, nobody)] == [
        GuardAnswer.HOLD,
        GuardAnswer.SEND,
        GuardAnswer.HOLD,
    ]


def test_a_ticket_outweighs_a_deal_and_both_are_told(session: Session, anna: Contact) -> None:
    add(session, Ticket(account_id=anna.account_id, subject="停止", opened_at=NOON))
    add(session, Deal(account_id=anna.account_id, name="更改", stage=DealStage.QUOTE, stage_since=NOON))

    decision = ask_guard(session, anna.id, NOON)

    assert decision == Decision(GuardAnswer.HOLD, None, (GuardReason.TICKET, GuardReason.OPEN_DEAL))


def test_records_of_others_and_archived_ones_say_nothing(session: Session, anna: Contact) -> None:
    zeta = make_account(session, "株式会社ゼータ")
    add(session, Ticket(account_id=zeta.id, subject="停止", opened_at=NOON))
    add(session, Ticket(account_id=anna.account_id, subject="停止", opened_at=NOON, archived_at=NOON))

    assert ask_guard(session, anna.id, NOON) == SEND
