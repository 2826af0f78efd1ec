"""The contact guard about tasks: skip before hold, hold before reroute."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.guard.task_facts import Subject, ask_about_tasks
from abm.guard.tasks import TaskFacts, decide_task
from abm.models import Deal, Ticket
from abm.words import DealStage, ExcludedReason, GuardAnswer, GuardReason, TicketState
from tests.worlds import NOON, make_account, make_contact, make_department


@pytest.mark.parametrize(
    ("facts", "answer", "reasons"),
    [
        ({}, GuardAnswer.SEND, ()),
        ({"excluded_reason": ExcludedReason.NOT_FIT}, GuardAnswer.SKIP, (GuardReason.EXCLUDED,)),
        ({"excluded_reason": ExcludedReason.COMPETITOR}, GuardAnswer.SKIP, (GuardReason.COMPETITOR,)),
        ({"refused": True}, GuardAnswer.SKIP, (GuardReason.DO_NOT_CONTACT,)),
        ({"archived": True}, GuardAnswer.SKIP, (GuardReason.ARCHIVED,)),
        ({"ticket_open": True, "deal_open": True}, GuardAnswer.HOLD, (GuardReason.TICKET, GuardReason.OPEN_DEAL)),
        ({"deal_open": True}, GuardAnswer.REROUTE, (GuardReason.OPEN_DEAL,)),
        ({"refused": True, "ticket_open": True}, GuardAnswer.SKIP, (GuardReason.DO_NOT_CONTACT, GuardReason.TICKET)),
    ],
)
def test_the_strongest_answer_wins_and_every_reason_is_named(
    facts: dict[str, Any], answer: GuardAnswer, reasons: tuple[GuardReason, ...]
) -> None:
    decision = decide_task(TaskFacts(**facts))

    assert (decision.answer, decision.reasons) == (answer, reasons)


def test_each_subject_is_answered_by_its_own_department_and_person(session: Session) -> None:
    acme, zeta = make_account(session), make_account(session, "ゼータ株式会社")
    buying, building = (make_department(session, acme, name) for name in ("購買部", "開発部"))
    refused = make_contact(session, zeta, refused_at=NOON)
    session.add(Deal(account_id=acme.id, department_id=buying.id, name="製品X", stage_since=NOON))
    session.add(
        Deal(account_id=acme.id, department_id=building.id, name="古い", stage=DealStage.LOST, stage_since=NOON)
    )
    session.add(Ticket(account_id=acme.id, department_id=building.id, subject="不具合", opened_at=NOON))
    session.flush()

    subjects = [
        Subject(zeta.id),
        Subject(acme.id, buying.id),
        Subject(acme.id, building.id),
        Subject(zeta.id, None, refused.id),
        Subject(acme.id),
    ]
    answers = [ruling.decision.answer for ruling in ask_about_tasks(session, subjects)]

    assert answers == [
        GuardAnswer.SEND,
        GuardAnswer.REROUTE,
        GuardAnswer.HOLD,
        GuardAnswer.SKIP,
        GuardAnswer.HOLD,
    ]


def test_a_closed_ticket_holds_no_task(session: Session) -> None:
    account = make_account(session)
    closed = {"state": TicketState.CLOSED, "closed_at": NOON - timedelta(hours=1)}
    session.add(Ticket(account_id=account.id, subject="済み", opened_at=NOON - timedelta(days=1), **closed))
    session.flush()

    (ruling,) = ask_about_tasks(session, [Subject(account.id)])

    assert ruling.decision.answer is GuardAnswer.SEND
