"""The contact guard's truth table."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from abm.guard.guard import Decision, Facts, decide
from abm.words import GuardAnswer, GuardReason
from tests.worlds import NOON

DAY = timedelta(days=1)
CONTACTED = Facts(has_address=True, granted_at=NOON, contacted_at=NOON - DAY)
FREE = Facts(has_address=True, granted_at=NOON)


def test_a_contact_with_consent_and_nothing_against_it_is_mailed() -> None:
    assert decide(FREE) == Decision(GuardAnswer.SEND, None, ())


@pytest.mark.parametrize(
    ("facts", "answer", "reason"),
    [
        (Facts(has_address=False, granted_at=NOON), GuardAnswer.SKIP, GuardReason.NO_ADDRESS),
        (Facts(has_address=True), GuardAnswer.SKIP, GuardReason.CONSENT_MISSING),
        (Facts(has_address=True, granted_at=NOON, suppressed=True), GuardAnswer.SKIP, GuardReason.SUPPRESSED),
        (Facts(has_address=True, granted_at=NOON, excluded=True), GuardAnswer.SKIP, GuardReason.EXCLUDED),
        (Facts(has_address=True, granted_at=NOON, sales_active=True), GuardAnswer.HOLD, GuardReason.SALES_ACTIVE),
    ],
)
def test_each_rule_has_its_answer_and_reason(facts: Facts, answer: GuardAnswer, reason: GuardReason) -> None:
    assert decide(facts) == Decision(answer, None, (reason,))


@pytest.mark.parametrize("bits", list(product([False, True], repeat=5)))
def test_the_strongest_answer_wins_and_every_reason_is_told(bits: tuple[bool, ...]) -> None:
    no_address, no_consent, suppressed, excluded, sales = bits
    facts = Facts(
        has_address=not no_address,
        granted_at=None if no_consent else NOON,
        suppressed=suppressed,
        excluded=excluded,
        sales_active=sales,
    )

    decision = decide(facts)

    skips = any(bits[:4])
    expected = GuardAnswer.SKIP if skips else GuardAnswer.HOLD if sales else GuardAnswer.SEND
    assert decision.answer == expected
    assert len(decision.reasons) == sum(bits)


@pytest.mark.parametrize(
    ("facts", "may_mail"),
    [
        (Facts(True, granted_at=NOON, refused_at=NOON - DAY), False),
        (Facts(True, granted_at=NOON, opted_in_at=NOON, refused_at=NOON - DAY), True),
        (Facts(True, granted_at=NOON, opted_in_at=NOON, refused_at=NOON), False),
        (Facts(True, granted_at=NOON - DAY, opted_in_at=NOON - DAY, refused_at=NOON), False),
    ],
    ids=["a card after a refusal", "a new opt-in", "both at once", "refused later"],
)
def test_refusal_wins_over_everything_but_a_newer_opt_in(facts: Facts, may_mail: bool) -> None:
    assert (decide(facts).answer == GuardAnswer.SEND) is may_mail


def test_after_a_talk_with_sales_mail_waits_for_fourteen_days() -> None:
    assert decide(CONTACTED) == Decision(GuardAnswer.HOLD, NOON + 13 * DAY, (GuardReason.CONTACTED_LATELY,))


def test_nobody_knows_until_when_while_sales_works_on_it() -> None:
    decision = decide(replace(CONTACTED, sales_active=True))

    assert decision == Decision(GuardAnswer.HOLD, None, (GuardReason.SALES_ACTIVE, GuardReason.CONTACTED_LATELY))


def test_a_skip_has_no_end() -> None:
    assert decide(replace(CONTACTED, suppressed=True)).until is None
