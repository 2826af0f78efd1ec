"""The facts behind the guard, read from real rows."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.errors import NotFound
from abm.guard.ask import ask_guard
from abm.guard.facts import gather_facts
from abm.guard.guard import Decision, MailAbout, decide
from abm.models import Consent, Preference, Suppression, Task
from abm.words import (
    SALES_CONTACTS,
    ConsentPurpose,
    GuardAnswer,
    GuardReason,
    ItemKind,
    MessageState,
    Pace,
    Stage,
    SuppressionReason,
    TaskKind,
    TaskState,
)
from tests.tracking.world import make_mail, make_message
from tests.worlds import NOON, make_account, make_contact, make_department


def make_hand_off(session: Session, account: Any, state: TaskState, department: Any = None) -> Task:
    task = Task(
        kind=TaskKind.HAND_OFF,
        state=state,
        account_id=account.id,
        department_id=department and department.id,
        why=[],
        created_at=NOON,
    )
    session.add(task)
    session.flush()
    return task


def test_a_contact_with_a_business_card_may_be_mailed(session: Session) -> None:
    anna = make_contact(session, make_account(session))

    assert ask_guard(session, anna.id, NOON).answer == GuardAnswer.SEND


def test_a_refusal_in_the_ledger_stops_mail(session: Session) -> None:
    anna = make_contact(session, make_account(session))
    refusal = Consent(
        contact_id=anna.id, purpose=ConsentPurpose.MAIL, granted=False, basis=None, evidence="phone", at=NOON
    )
    session.add(refusal)

    assert ask_guard(session, anna.id, NOON).reasons == (GuardReason.CONSENT_MISSING,)


def test_consent_to_count_opens_is_no_consent_to_mail(session: Session) -> None:
    anna = make_contact(session, make_account(session), consent=False)
    session.add(
        Consent(
            contact_id=anna.id,
            purpose=ConsentPurpose.OPEN_TRACKING,
            granted=True,
            basis="opt_in",
            evidence="form",
            at=NOON - timedelta(days=1),
        )
    )

    assert ask_guard(session, anna.id, NOON).reasons == (GuardReason.CONSENT_MISSING,)


def test_a_suppressed_address_is_known_in_any_spelling(session: Session) -> None:
    bert = make_contact(session, make_account(session), email="Bert@Acme.example")
    session.add(Suppression(email="bert@acme.EXAMPLE", reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="x"))

    assert GuardReason.SUPPRESSED in ask_guard(session, bert.id, NOON).reasons


def test_nobody_of_an_excluded_account_is_mailed(session: Session) -> None:
    anna = make_contact(session, make_account(session, stage=Stage.EXCLUDED))
    bo = make_contact(session, make_account(session, excluded_reason="competitor"), email="bo@rival.example")

    reasons = [ask_guard(session, who.id, NOON).reasons for who in (anna, bo)]

    assert reasons == [(GuardReason.EXCLUDED,), (GuardReason.COMPETITOR,)]


@pytest.mark.parametrize(
    ("state", "held"),
    [
        (TaskState.NEW, False),
        (TaskState.ASSIGNED, False),
        (TaskState.ACCEPTED, True),
        (TaskState.WORKING, True),
        (TaskState.RECYCLED, False),
    ],
)
def test_mail_is_held_while_sales_works_on_it(session: Session, state: TaskState, held: bool) -> None:
    account = make_account(session)
    anna = make_contact(session, account)
    make_hand_off(session, account, state)

    assert (ask_guard(session, anna.id, NOON).answer == GuardAnswer.HOLD) is held


def test_another_departments_hand_off_holds_only_who_has_no_department(session: Session) -> None:
    account = make_account(session)
    buying, building = make_department(session, account), make_department(session, account, "製造部")
    make_hand_off(session, account, TaskState.ACCEPTED, buying)
    same = make_contact(session, account, email="a@acme.example", department_id=buying.id)
    other = make_contact(session, account, email="b@acme.example", department_id=building.id)
    nobody = make_contact(session, account, email="c@acme.example")

    facts = gather_facts(session, [same.id, other.id, nobody.id], NOON)

    assert [facts[who.id].sales_active for who in (same, other, nobody)] == [True, False, True]


def test_an_unknown_contact_is_told(session: Session) -> None:
    account = make_account(session)

    with pytest.raises(NotFound):
        ask_guard(session, account.id, NOON)


@pytest.mark.parametrize("which", ["contact", "account"])
def test_nobody_who_was_archived_is_mailed(session: Session, which: str) -> None:
    account = make_account(session, archived_at=NOON if which == "account" else None)
    anna = make_contact(session, account, archived_at=NOON if which == "contact" else None)

    decision = ask_guard(session, anna.id, NOON)

    assert (decision.answer, decision.reasons) == (GuardAnswer.SKIP, (GuardReason.ARCHIVED,))


def make_item(session: Session, account: Any, days_ago: float, kind: ItemKind = ItemKind.CALL, **over: Any) -> None:
    add_items(session, [Item(kind, account.id, NOON - timedelta(days=days_ago), **over)])


@pytest.mark.parametrize("kind", SALES_CONTACTS)
def test_mail_waits_after_sales_was_in_touch(session: Session, kind: ItemKind) -> None:
    account = make_account(session)
    anna = make_contact(session, account)
    make_item(session, account, 3, kind)

    decision = ask_guard(session, anna.id, NOON)

    assert (decision.answer, decision.until) == (GuardAnswer.HOLD, NOON + timedelta(days=11))
    assert decision.reasons == (GuardReason.CONTACTED_LATELY,)


@pytest.mark.parametrize(("kind", "days_ago"), [(ItemKind.NOTE, 3), (ItemKind.CALL, 15), (ItemKind.CALL, -1)])
def test_notes_and_old_or_coming_talks_hold_nothing(session: Session, kind: ItemKind, days_ago: int) -> None:
    account = make_account(session)
    anna = make_contact(session, account)
    make_item(session, account, days_ago, kind)

    assert ask_guard(session, anna.id, NOON).answer == GuardAnswer.SEND


def test_a_talk_with_one_department_leaves_the_others_free(session: Session) -> None:
    account = make_account(session)
    buying, building = make_department(session, account), make_department(session, account, "製造部")
    same = make_contact(session, account, email="a@acme.example", department_id=buying.id)
    other = make_contact(session, account, email="b@acme.example", department_id=building.id)
    nobody = make_contact(session, account, email="c@acme.example")
    make_item(session, account, 1, department_id=buying.id)

    facts = gather_facts(session, [same.id, other.id, nobody.id], NOON)

    assert [facts[who.id].contacted_at is not None for who in (same, other, nobody)] == [True, False, True]


def prefer(session: Session, contact: Any, **said: Any) -> None:
    session.add(Preference(contact_id=contact.id, said_at=NOON, hit_id=uuid.uuid4(), **said))
    session.flush()


def test_a_pause_the_person_asked_for_holds_until_it_ends(session: Session) -> None:
    anna = make_contact(session, make_account(session))
    ends = NOON + timedelta(days=91)
    prefer(session, anna, paused_until=ends)

    assert ask_guard(session, anna.id, NOON) == Decision(GuardAnswer.HOLD, ends, (GuardReason.ASKED_TO_PAUSE,))
    assert ask_guard(session, anna.id, ends).answer == GuardAnswer.SEND


@pytest.mark.parametrize(("pace", "days"), [(Pace.WEEKLY, 7), (Pace.MONTHLY, 30)])
@pytest.mark.parametrize("left", [{"sent_at": NOON - timedelta(days=4)}, {"state": MessageState.UNKNOWN}])
def test_the_pace_a_person_wants_counts_from_the_last_mail_that_may_have_left(
    session: Session, pace: Pace, days: int, left: dict[str, object]
) -> None:
    anna = make_contact(session, make_account(session))
    prefer(session, anna, pace=pace)
    monday = NOON - timedelta(days=4)
    message = make_message(session, anna, make_mail(session), due_at=monday, **left)
    message.sent_at = message.sent_at if message.state == MessageState.SENT else None
    session.flush()
    next_at = monday + timedelta(days=days)

    assert ask_guard(session, anna.id, NOON) == Decision(GuardAnswer.HOLD, next_at, (GuardReason.PACE,))
    assert ask_guard(session, anna.id, next_at).answer == GuardAnswer.SEND


def test_a_mail_that_is_just_leaving_counts_for_the_pace_until_its_fate_is_known(session: Session) -> None:
    anna = make_contact(session, make_account(session))
    prefer(session, anna, pace=Pace.WEEKLY)
    make_message(session, anna, make_mail(session), state=MessageState.SENDING, hash=b"leaving")

    pace = next(one for one in ask_guard(session, anna.id, NOON).findings if one.reason is GuardReason.PACE)
    assert (pace.answer, pace.until) == (GuardAnswer.HOLD, NOON + timedelta(minutes=10))


def test_a_mail_about_nothing_but_muted_topics_is_skipped(session: Session) -> None:
    anna = make_contact(session, make_account(session))
    prefer(session, anna, muted_topics=["在庫管理"])
    facts = gather_facts(session, [anna.id], NOON)[anna.id]

    assert decide(facts.of_mail(MailAbout(topics=frozenset({"在庫管理"})))).reasons == (GuardReason.TOPIC_MUTED,)
    assert decide(facts.of_mail(MailAbout(topics=frozenset({"在庫管理", "原価"})))).answer == GuardAnswer.SEND
    assert decide(facts.of_mail(MailAbout())).answer == GuardAnswer.SEND
