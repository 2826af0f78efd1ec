"""What people were sent, own and have, read from real rows."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from abm.guard.ask import ask_guard
from abm.guard.facts import Question, open_batch
from abm.guard.guard import MailAbout, Mailed
from abm.guard.sent import Counting, load_abouts
from abm.models import Contract, Message, Ownership, Product
from abm.words import EventKind, GuardAnswer, GuardReason, LinkKind, MessageState, Verdict
from tests.tracking.world import make_asset, make_link, make_mail, make_message
from tests.worlds import NOON, make_account, make_contact, make_department, make_event

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_mail_that_left_or_may_have_counts_and_planned_mail_only_where_more_is_planned(session: Session) -> None:
    anna = make_contact(session, make_account(session))

    def message(**over: object) -> Message:
        return make_message(session, anna, make_mail(session), **over)

    def under_way(state: MessageState, **over: object) -> Message:
        made = message(state=state, **over)
        made.sent_at = None
        session.flush()
        return made

    message(sent_at=NOON - DAY)
    message(sent_at=NOON - 8 * DAY)
    message(sent_at=NOON - DAY, is_test=True)
    under_way(MessageState.UNKNOWN, due_at=NOON - 2 * DAY)
    under_way(MessageState.UNKNOWN, due_at=NOON - 8 * DAY)
    under_way(MessageState.SENDING, hash=b"left")
    claimed = under_way(MessageState.SENDING)
    under_way(MessageState.PLANNED, priority=2)
    under_way(MessageState.PLANNED, due_at=NOON + HOUR)

    def recent(counting: Counting) -> list[Mailed]:
        facts = open_batch(session, [anna.id], NOON, Question(counting=counting)).facts[anna.id]
        return sorted(facts.recent, key=lambda mail: (mail.at, mail.priority or 0))

    gone = [Mailed(at, anna.id) for at in (NOON - 2 * DAY, NOON - DAY, NOON)]
    assert recent(Counting(but=[claimed.id])) == gone
    assert recent(Counting()) == [*gone, Mailed(NOON, anna.id, priority=5)]
    assert recent(Counting(planned=True)) == [*gone, *(Mailed(NOON, anna.id, priority=n) for n in (2, 5))]


def make_product(session: Session, code: str) -> Product:
    product = Product(code=code, name=code)
    session.add(product)
    session.flush()
    return product


@pytest.mark.parametrize(
    ("over", "owned"),
    [
        ({}, True),
        ({"since_on": (NOON + 2 * DAY).date()}, False),
        ({"until_on": NOON.date()}, False),
        ({"archived_at": NOON}, False),
    ],
)
def test_a_product_is_owned_from_its_first_day_to_its_last(
    session: Session, over: dict[str, object], owned: bool
) -> None:
    anna = make_contact(session, make_account(session))
    session.add(Ownership(account_id=anna.account_id, product_id=make_product(session, "scale").id, **over))
    session.flush()

    decision = ask_guard(session, anna.id, NOON, MailAbout(products=frozenset({"scale"})))

    assert (GuardReason.PRODUCT_OWNED in decision.reasons) is owned


def test_what_another_department_owns_is_news_here_and_a_running_contract_is_a_purchase(session: Session) -> None:
    account = make_account(session)
    here, there = make_department(session, account), make_department(session, account, "製造部")
    anna = make_contact(session, account, department_id=here.id)
    session.add(Ownership(account_id=account.id, department_id=there.id, product_id=make_product(session, "scale").id))
    session.add(Contract(account_id=account.id, name="保守", product_id=make_product(session, "crane").id))
    session.flush()

    def says(*codes: str) -> GuardAnswer:
        return ask_guard(session, anna.id, NOON, MailAbout(products=frozenset(codes))).answer

    assert [says("scale"), says("crane"), says("scale", "crane")] == [
        GuardAnswer.SEND,
        GuardAnswer.SKIP,
        GuardAnswer.SEND,
    ]


@pytest.mark.parametrize(("verdict", "has_it"), [(Verdict.LIKELY, True), (Verdict.MACHINE, False)])
def test_a_file_counts_as_received_when_the_person_fetched_it(session: Session, verdict: Verdict, has_it: bool) -> None:
    anna = make_contact(session, make_account(session))
    guide = uuid.uuid4()
    make_event(session, anna, EventKind.DOWNLOAD, NOON - DAY, verdict=verdict, asset_id=guide)

    decision = ask_guard(session, anna.id, NOON, MailAbout(assets=frozenset({guide})))

    assert (decision.reasons == (GuardReason.ASSET_RECEIVED,)) is has_it


def test_a_mail_is_about_what_its_links_and_files_are_about(session: Session) -> None:
    mail = make_mail(session)
    asset = make_asset(session, topics=[], product="scale")
    make_link(session, mail, LinkKind.FILE, "", asset_id=asset.id)
    make_link(session, mail, LinkKind.URL, "https://x.example", product="crane", topics=["原価"])

    about = load_abouts(session, [mail.id])[mail.id]

    assert about == MailAbout(frozenset({"原価"}), frozenset({"scale", "crane"}), frozenset({asset.id}))
