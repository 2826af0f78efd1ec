"""Why an account's people are or are not mailed, counted."""

from abm.guard.guard import SEND, Decision
from abm.reports.outlook import mail_outlook
from abm.words import GuardAnswer, GuardReason

HELD = Decision(GuardAnswer.HOLD, None, (GuardReason.SALES_ACTIVE,))
SKIPPED = Decision(GuardAnswer.SKIP, None, (GuardReason.CONSENT_MISSING,))


def test_answers_are_counted_the_most_frequent_reason_first() -> None:
    outlook = mail_outlook([SKIPPED, SEND, HELD, HELD, SEND])

    assert (outlook.people, outlook.mailable) == (5, 2)
    assert outlook.withheld == ((HELD, 2), (SKIPPED, 1))


def test_an_account_without_people_has_nobody_to_mail() -> None:
    outlook = mail_outlook([])

    assert (outlook.people, outlook.mailable, outlook.withheld) == (0, 0, ())
