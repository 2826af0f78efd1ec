"""The contact guard from planning to sending: sales or support came first, the product is bought, enough was sent."""

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from abm.clock import FOREVER
from abm.connectors.mail.mailbox import list_caught
from abm.guard.live import get_version
from abm.guard.publish import Publishing, publish_policy
from abm.models import Contact, Deal, Enrollment, Message, Ownership, Product, Task, Ticket
from abm.words import (
    DealStage,
    GuardAnswer,
    GuardReason,
    ItemKind,
    MessageState,
    SendReason,
    TaskKind,
    TaskState,
    TicketState,
)
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.library import read_document
from campaigns.messages import list_messages
from campaigns.pauses import pause_enrollment
from campaigns.sequences import apply_sequence, publish_sequence
from tests.campaigns.worlds import (
    DAY,
    hand_off,
    items,
    mailbox,
    make_people,
    messages,
    pass_time,
    planned,
    publish,
    rows,
    send_all,
    start,
)
from tests.worlds import make_user

HOUR = timedelta(hours=1)
# Open for a minute a week.
CLOSED = {
    **{"answer": "hold", "weekdays": ["sun"], "from": "03:00", "to": "03:01"},
    **{"holidays": False, "obon": False, "new_year": False},
}


def caught() -> list[str]:
    """The subjects that have arrived."""
    with unit_of_work() as work:
        return [mail.subject for mail in list_caught(work.session)]


def withheld(installation: Installation) -> list[tuple[str, list[str]]]:
    """What the timeline tells of mail that did not go."""
    return [
        (item.detail["answer"], item.detail["reasons"]) for item in items(installation.engine, ItemKind.MAIL_WITHHELD)
    ]


def change_policy(**over: Mapping[str, Any]) -> None:
    """Publish the live policy with these parts of it replaced."""
    with unit_of_work() as work:
        live = get_version(work.session)
        publish_policy(work.session, {**live.document, **over}, Publishing(live.version, work.at, None))


def buy(account_id: uuid.UUID) -> None:
    """The account owns the product the sequence is about."""
    with unit_of_work() as work:
        product = Product(code="製品X", name="製品X")
        work.session.add(product)
        work.session.flush()
        work.session.add(Ownership(account_id=account_id, product_id=product.id))


def with_swap() -> dict[str, Any]:
    """The library's sequence with something else for whoever has the product already."""
    document = dict(read_document("first_steps"))
    document["steps"] = [
        {**step, "swap": "first_steps_talk"} if step["key"] == "guide" else step for step in document["steps"]
    ]
    return document


def test_support_that_is_called_between_planning_and_sending_holds_the_mail_until_three_days_after(
    installation: Installation,
) -> None:
    planned()
    (message,) = messages(installation.engine)
    with unit_of_work() as work:
        work.session.add(Ticket(account_id=message.account_id, subject="停止", opened_at=work.at))

    with mailbox(installation) as post:
        send_all(post)
        held = caught()
        with unit_of_work() as work:
            closing = {"state": TicketState.CLOSED, "closed_at": work.at}
            work.session.execute(update(Ticket).values(**closing))
            (row,) = list_messages(work.session)
        pass_time(2 * HOUR)
        send_all(post)
        still = caught()
        pass_time(3 * DAY)
        send_all(post)

    assert (held, still, len(caught())) == ([], [], 1)
    assert (row.state, row.reasons) == (MessageState.HELD, [GuardReason.TICKET])
    assert withheld(installation) == [(GuardAnswer.HOLD, [GuardReason.TICKET])]


def test_sales_that_accepts_between_planning_and_sending_holds_the_mail_until_the_task_is_answered(
    installation: Installation,
) -> None:
    planned()
    hand_off(messages(installation.engine)[0].account_id)

    with mailbox(installation) as post:
        send_all(post)
        held = caught()
        with unit_of_work() as work:
            work.session.execute(update(Task).values(state=TaskState.RECYCLED))
        pass_time(2 * HOUR)
        send_all(post)

    assert (held, len(caught())) == ([], 1)
    assert withheld(installation) == [(GuardAnswer.HOLD, [GuardReason.SALES_ACTIVE])]


def test_nobody_is_sent_an_introduction_of_what_they_bought(installation: Installation) -> None:
    with unit_of_work() as work:
        (anna,) = make_people(work.session)
        publish(work.session, [anna], work.at)
    buy(anna.account_id)

    advance_enrollments()

    (message,) = messages(installation.engine)
    assert (message.state, message.reason) == (MessageState.SKIPPED, GuardReason.PRODUCT_OWNED)
    assert withheld(installation) == [(GuardAnswer.SKIP, [GuardReason.PRODUCT_OWNED])]


@pytest.mark.parametrize("bought", ["before planning", "before sending"])
def test_who_has_bought_it_is_sent_something_else_where_there_is_something(
    installation: Installation, bought: str
) -> None:
    with unit_of_work() as work:
        (anna,) = make_people(work.session)
        apply_sequence(work.session, with_swap(), work.at)
        publish_sequence(work.session, "first_steps", contact_ids=[anna.id], at=work.at)
    if bought == "before planning":
        buy(anna.account_id)
    advance_enrollments()
    if bought == "before sending":
        buy(anna.account_id)

    with mailbox(installation) as post:
        send_all(post)

    (subject,) = caught()
    assert "ガイド" not in subject
    assert withheld(installation) == [(GuardAnswer.SWAP, [GuardReason.PRODUCT_OWNED])]
    assert messages(installation.engine)[0].state == MessageState.SENT


@pytest.mark.parametrize("proposed", ["before planning", "before sending"])
def test_while_a_deal_is_negotiated_its_owner_gets_the_mail_as_a_draft(
    installation: Installation, proposed: str
) -> None:
    (contact_id,) = start()
    with unit_of_work() as work:
        account_id = work.session.get_one(Contact, contact_id).account_id
        owner = make_user(work.session).id

    def propose() -> None:
        with unit_of_work() as work:
            stage = {"stage": DealStage.QUOTE, "stage_since": work.at, "owner_id": owner}
            work.session.add(Deal(account_id=account_id, name="更改", **stage))

    if proposed == "before planning":
        propose()
    advance_enrollments()
    if proposed == "before sending":
        propose()
    with mailbox(installation) as post:
        send_all(post)

    (task,) = rows(installation.engine, Task)
    assert (caught(), task.kind, task.owner_id) == ([], TaskKind.STEP, owner)
    assert task.brief["draft"]["subject"] == "「はじめての原価管理 見える化ガイド」のご案内"
    text = task.brief["draft"]["text"]
    assert text.startswith("株式会社アクメ")
    assert "https://www.example.com/product-x/" in text
    assert "{{" not in text
    assert "配信停止" not in text


def test_three_senders_together_send_an_account_no_more_than_its_cap(installation: Installation) -> None:
    planned(count=30)
    change_policy(caps={"person": {}, "account": {"day": 4}})

    with mailbox(installation) as post, ThreadPoolExecutor(3) as workers:
        list(workers.map(send_all, [post] * 3))
        today = len(caught())
        pass_time(DAY + HOUR)
        send_all(post)

    assert (today, len(caught())) == (4, 8)


def test_outside_the_send_window_mail_waits_until_it_opens(installation: Installation) -> None:
    with unit_of_work() as work:
        tomorrow = (work.at + DAY).strftime("%a").lower()
        document = get_version(work.session).document
    window = {**document["send_window"], "answer": "hold", "weekdays": [tomorrow], "from": "00:00", "to": "23:59"}
    rests = {"holidays": False, "obon": False, "new_year": False}
    change_policy(send_window={**window, **rests})
    start(time_zone="UTC")

    advance_enrollments()
    (held,) = messages(installation.engine)
    pass_time(DAY)
    advance_enrollments()

    (message,) = messages(installation.engine)
    assert (held.state, held.reason) == (MessageState.HELD, GuardReason.SEND_WINDOW)
    assert (message.id, message.state) == (held.id, MessageState.PLANNED)


def test_a_new_policy_is_asked_at_once_about_mail_that_is_held(installation: Installation) -> None:
    change_policy(send_window=CLOSED)
    planned()
    change_policy(caps={"person": {}, "account": {}}, send_window={**CLOSED, "answer": "send"})

    advance_enrollments()

    (message,) = messages(installation.engine)
    assert message.state == MessageState.PLANNED


def test_a_new_policy_does_not_let_go_what_waits_for_a_person(installation: Installation) -> None:
    planned(count=2)
    with unit_of_work() as work:
        held = {"guard": {"answer": GuardAnswer.HOLD, "reasons": []}, "due_at": work.at + HOUR}
        work.session.execute(update(Message).values(**held))
        one, other = work.session.scalars(select(Enrollment.id))
        pause_enrollment(work.session, one, at=work.at)
        overdue = {"due_at": FOREVER, "reason": SendReason.OVERDUE}
        work.session.execute(update(Message).where(Message.enrollment_id == other).values(**overdue))

    change_policy(send_window=CLOSED)

    assert {message.due_at for message in messages(installation.engine)} == {FOREVER}
