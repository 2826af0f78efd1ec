"""What the guard would say to many people, counted before anything is sent."""

from sqlalchemy.orm import Session

from abm.guard.forecast import forecast
from abm.models import Suppression
from abm.words import GuardAnswer, GuardReason, Stage, SuppressionReason
from tests.worlds import NOON, make_account, make_contact


def test_people_are_counted_by_answer_and_by_every_reason(session: Session) -> None:
    acme, away = make_account(session), make_account(session, "株式会社ゼータ", stage=Stage.EXCLUDED)
    ids = [make_contact(session, acme, email=f"p{n}@acme.example").id for n in range(7)]
    bert = make_contact(session, away, email="bert@zeta.example", consent=False)
    session.add(
        Suppression(email="bert@zeta.example", reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="stop page")
    )
    session.flush()

    told = forecast(session, [*ids, bert.id], NOON)

    skip, hold, send = told.answers
    assert (told.people, told.mailable, told.withheld) == (8, 5, 3)
    assert (skip.answer, dict(skip.reasons)) == (
        GuardAnswer.SKIP,
        {GuardReason.CONSENT_MISSING: 1, GuardReason.SUPPRESSED: 1, GuardReason.EXCLUDED: 1},
    )
    # Five a day for one account; the others go on the next day that is open.
    assert (hold.people, hold.reasons) == (2, ((GuardReason.ACCOUNT_CAP, 2),))
    assert hold.until is not None
    assert (send.answer, send.people) == (GuardAnswer.SEND, 5)
