"""Why an account's people are or are not mailed, counted."""

from abm.guard.guard import DAY, SEND, Decision, Finding
from abm.reports.outlook import mail_outlook
from abm.words import GuardAnswer, GuardReason
from tests.worlds import NOON

HELD = Decision(GuardAnswer.HOLD, None, (GuardReason.SALES_ACTIVE,))
SKIPPED = Decision(GuardAnswer.SKIP, None, (GuardReason.CONSENT_MISSING,))


def test_answers_are_counted_the_most_frequent_reason_first() -> None:
    outlook = mail_outlook([SKIPPED, SEND, HELD, HELD, SEND])

    assert (outlook.people, outlook.mailable) == (5, 2)
    assert outlook.withheld == ((HELD, 2), (SKIPPED, 1))


def test_an_account_without_people_has_nobody_to_mail() -> None:
    outlook = mail_outlook([])

    assert (outlook.people, outlook.mailable, outlook.withheld) == (0, 0, ())


def test_the_same_answer_for_reasons_that_end_at_other_times_is_told_apart() -> None:
    early, late = (Finding(GuardReason.CONTACTED_LATELY, GuardAnswer.HOLD, NOON + n * DAY) for n in (1, 2))
    working = Finding(GuardReason.SALES_ACTIVE, GuardAnswer.HOLD)
    held = [Decision(GuardAnswer.HOLD, None, (), (working, end)) for end in (early, late, late)]

    outlook = mail_outlook(held)

    assert [(one.findings[1], count) for one, count in outlook.withheld] == [(late, 2), (early, 1)]
