"""What the doors know of forms and withdrawals is fresh, and costs little however much was ever said."""

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from abm.models import Consent
from abm.tokens import Signer
from abm.words import ConsentPurpose
from tests.conftest import SECRET
from tests.tracking.world import Sent, send_mail
from tests.worlds import NOON
from tracking.board import Board


@pytest.fixture
def mail(session: Session) -> Sent:
    """A mail to somebody who has taken back that opens are counted."""
    sent = send_mail(session, Signer([SECRET.encode()]))
    say(session, sent, granted=True, day=0)
    say(session, sent, granted=False, day=1)
    return sent


def say(session: Session, sent: Sent, *, granted: bool, day: int) -> None:
    purpose = ConsentPurpose.OPEN_TRACKING
    at = NOON + timedelta(days=day)
    session.add(Consent(contact_id=sent.contact.id, purpose=purpose, granted=granted, evidence="said", at=at))
    session.flush()


def test_who_took_it_back_is_known_and_kept_for_when_the_database_is_away(
    session: Session, mail: Sent, tmp_path: Path
) -> None:
    Board(tmp_path / "board.json").refresh(session)

    assert Board(tmp_path / "board.json").withdrawn == {mail.message.key}


def test_a_long_look_is_followed_by_a_long_rest(
    session: Session, mail: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count()
    monkeypatch.setattr("tracking.board.time.monotonic", lambda: float(next(seconds)))
    board = Board(tmp_path / "board.json")
    board.refresh(session)
    say(session, mail, granted=True, day=2)

    rounds = next(number for number in count(1) if not (board.refresh(session), board.withdrawn)[1])

    # A look took a second and each round another: the twentieth second is the first after the rest.
    assert rounds == 19
