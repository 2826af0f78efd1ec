"""What a person does with one enrollment by hand."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from abm.models import Enrollment
from abm.words import EnrollmentState, LeaveReason
from campaigns.by_hand import try_again
from campaigns.sequences import pause_sequence, resume_sequence
from tests.campaigns.worlds import DAY, make_people, publish
from tests.worlds import NOON


def test_who_is_to_try_again_waits_while_the_sequence_is_paused(session: Session) -> None:
    name = publish(session, make_people(session), NOON)
    parked = {"state": EnrollmentState.PARKED, "reason": LeaveReason.KEEPS_FAILING, "due_at": None}
    session.execute(update(Enrollment).values(**parked))
    pause_sequence(session, name, NOON)
    enrollment = session.query(Enrollment).one()

    try_again(session, enrollment.id, at=NOON + DAY, by=None)
    session.refresh(enrollment)
    assert (enrollment.state, enrollment.due_at) == (EnrollmentState.ACTIVE, None)
    resume_sequence(session, name, NOON + 2 * DAY)

    session.refresh(enrollment)
    assert enrollment.due_at == NOON + DAY
