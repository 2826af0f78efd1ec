"""The guard over many mails: caps, colleagues, swaps, and which answer is the stronger."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from abm.guard.batch import Batch
from abm.guard.guard import Facts, MailAbout, Mailed, decide
from abm.guard.policy import DEFAULT, Caps
from abm.words import GuardAnswer, GuardReason
from tests.worlds import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACME, BUYING, BUILDING = uuid4(), uuid4(), uuid4()
GUIDE, BOOK = uuid4(), uuid4()


def person(department: object = None, **over: object) -> Facts:
    """Somebody of Acme who may be mailed."""
    who = {"contact_id": uuid4(), "account_id": ACME, "department_id": department, "at": NOON}
    return Facts(has_address=True, granted_at=NOON, **{**who, **over})


def mailed(*days_ago: float, facts: Facts | None = None, **over: object) -> tuple[Mailed, ...]:
    """What was sent so long ago, to this person or to somebody else of Acme."""
    contact_id = facts.contact_id if facts else uuid4()
    return tuple(Mailed(NOON - DAY * days, contact_id, **over) for days in days_ago)


def batch_of(*people: Facts) -> Batch:
    return Batch({facts.contact_id: facts for facts in people})


@pytest.mark.parametrize(
    ("days_ago", "free_in"),
    [((), None), ((1,), None), ((0.5,), 0.5), ((2, 6), 1), ((0.5, 6), 1), ((0.5, 6.9), 0.5), ((8, 9), None)],
)
def test_a_person_gets_one_mail_a_day_and_two_a_week(days_ago: tuple[float, ...], free_in: float | None) -> None:
    anna = person()
    decision = decide(replace(anna, recent=mailed(*days_ago, facts=anna)))

    assert (decision.answer is GuardAnswer.HOLD) is (free_in is not None)
    assert decision.until == (None if free_in is None else NOON + DAY * free_in)


def test_an_account_gets_five_mails_a_day_and_ten_a_week() -> None:
    five = mailed(0.1, 0.2, 0.3, 0.4, 0.5)
    ten = mailed(*(1.5 + 0.5 * n for n in range(10)))

    assert decide(person(recent=five[:4])).answer is GuardAnswer.SEND
    assert decide(person(recent=five)).reasons == (GuardReason.ACCOUNT_CAP,)
    assert decide(person(recent=ten)).until == NOON + DAY


def test_what_one_batch_lets_through_counts_at_once() -> None:
    people = [person() for _ in range(7)]
    batch = batch_of(*people)

    answers = []
    for one in people:
        decision = batch.ask(one.contact_id)
        if decision.answer is GuardAnswer.SEND:
            batch.note(one.contact_id)
        answers.append(decision.answer)

    assert answers == [GuardAnswer.SEND] * 5 + [GuardAnswer.HOLD] * 2


def test_mail_that_waits_behind_a_more_important_one_does_not_stop_it() -> None:
    anna = person()
    waiting = replace(anna, recent=mailed(0, facts=anna, priority=5))

    assert decide(waiting.of_mail(MailAbout(priority=3))).answer is GuardAnswer.SEND
    assert decide(waiting.of_mail(MailAbout(priority=7))).reasons == (GuardReason.PERSON_CAP,)


def test_a_colleague_of_the_same_department_keeps_mail_back_for_two_days() -> None:
    lately = mailed(0.5, department_id=BUYING)
    decision = decide(person(BUYING, recent=lately))

    assert (decision.reasons, decision.until) == ((GuardReason.COLLEAGUE_MAILED,), NOON + 1.5 * DAY)
    assert decide(person(BUILDING, recent=lately)).answer is GuardAnswer.SEND
    assert decide(person(recent=mailed(0.5))).answer is GuardAnswer.SEND
    assert decide(person(BUYING, recent=mailed(2, department_id=BUYING))).answer is GuardAnswer.SEND


def test_what_is_owned_is_swapped_and_without_anything_else_skipped() -> None:
    anna = person(owned=frozenset({"scale"}))
    about = MailAbout(products=frozenset({"scale"}))
    other = MailAbout(products=frozenset({"crane"}))

    assert decide(anna.of_mail(about)).answer is GuardAnswer.SKIP
    assert decide(anna.of_mail(replace(about, swap=other))).answer is GuardAnswer.SWAP
    assert decide(anna.of_mail(replace(about, swap=about))).answer is GuardAnswer.SKIP
    assert decide(anna.of_mail(MailAbout(products=frozenset({"scale", "crane"})))).answer is GuardAnswer.SEND


def test_a_file_the_person_has_is_not_offered_again() -> None:
    anna = person(received=frozenset({GUIDE}))

    assert decide(anna.of_mail(MailAbout(assets=frozenset({GUIDE})))).reasons == (GuardReason.ASSET_RECEIVED,)
    assert decide(anna.of_mail(MailAbout(assets=frozenset({GUIDE, BOOK})))).answer is GuardAnswer.SEND


def test_a_hold_comes_before_a_swap_and_names_the_latest_date() -> None:
    about = MailAbout(products=frozenset({"scale"}), swap=MailAbout())
    anna = person(owned=frozenset({"scale"}), opens_at=NOON + HOUR, contacted_at=NOON - DAY).of_mail(about)

    decision = decide(anna)

    assert (decision.answer, decision.until) == (GuardAnswer.HOLD, NOON + 13 * DAY)
    assert [(one.reason, one.until) for one in decision.findings] == [
        (GuardReason.CONTACTED_LATELY, NOON + 13 * DAY),
        (GuardReason.PRODUCT_OWNED, None),
        (GuardReason.SEND_WINDOW, NOON + HOUR),
    ]


def test_the_policy_says_what_counts_but_never_mails_without_consent() -> None:
    lax = replace(DEFAULT, answers=dict.fromkeys(DEFAULT.answers, GuardAnswer.SEND), person=Caps(), account=Caps())
    anna = person(sales_active=True, in_negotiation=True, opens_at=NOON + HOUR)

    assert decide(anna, lax).answer is GuardAnswer.SEND
    assert decide(replace(anna, granted_at=None), lax).reasons == (GuardReason.CONSENT_MISSING,)


def test_a_hold_ends_when_the_window_is_open() -> None:
    anna = person(contacted_at=NOON - DAY)
    monday = NOON + 20 * DAY
    batch = replace(batch_of(anna), opening=lambda contact_id, until: monday)

    assert batch.ask(anna.contact_id).until == monday


def test_nobody_knows_a_contact_that_is_gone() -> None:
    assert batch_of().ask(uuid4()).answer is GuardAnswer.SKIP
