"""Hits that come late, from the future, twice and in any order leave the same events."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from abm.models import Event, Hit, Refold, ScoreEntry, TimelineItem
from abm.tokens import Signer
from abm.words import HitKind, Verdict
from tests.conftest import SECRET
from tests.tracking.world import SCANNER, Sent, did, send_mail
from tests.worlds import NOON, make_account, make_contact
from tracking.copying import copy_hits
from tracking.hit import Hit as Arrived
from tracking.record import record_batch

DAY = 24 * 3600
ROUNDS = 20


def everything(sent: Sent) -> list[Arrived]:
    """What can happen to a mail within two months, a minute, and an instant."""
    return [
        did(sent, HitKind.OPEN, -5),
        did(sent, HitKind.CLICK, 300),
        did(sent, HitKind.CLICK, 300),
        did(sent, HitKind.CLICK, 310, link_key=sent.honeypot.key, honeypot=True),
        did(sent, HitKind.DOWNLOAD, 2 * DAY),
        did(sent, HitKind.CLICK, 30 * DAY),
        did(sent, HitKind.CLICK, 60 * DAY, user_agent=SCANNER),
        did(sent, HitKind.STOP, 31 * DAY, method="POST"),
        did(sent, HitKind.STOP, 30 * DAY, method="POST"),
    ]


def state(session: Session) -> set[tuple]:
    """Every event; what a machine is said to have opened is nobody's act and may be missing."""
    session.expire_all()
    return {
        (one.id, one.kind, one.happened_at, one.verdict, one.contact_id, one.message_id, one.hit_id, tuple(one.topics))
        for one in session.scalars(select(Event))
        if not (one.kind == "open" and one.verdict == Verdict.MACHINE and one.id != one.hit_id)
    }


def items(session: Session) -> set[tuple]:
    found = session.scalars(select(TimelineItem).where(TimelineItem.kind == "event"))
    return {(one.subject_id, one.happened_at, one.detail["event"], one.detail["verdict"]) for one in found}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_neither_order_nor_delay_nor_repetition_changes_what_is_known(session: Session, seed: int) -> None:
    signer, rng = Signer([SECRET.encode()]), random.Random(seed)
    zeta = make_contact(session, make_account(session, "株式会社ゼータ"), "善田 太郎", "zeta@zeta.example")
    arrived = [*everything(send_mail(session, signer)), *everything(send_mail(session, signer, zeta))]
    together = _record(session, [arrived])
    told = items(session)
    for model in (ScoreEntry, TimelineItem, Event, Hit, Refold):
        session.execute(delete(model))

    shuffled = [*arrived, *rng.sample(arrived, 6)]
    rng.shuffle(shuffled)
    pieces = [shuffled[start : start + rng.randint(1, 4)] for start in range(0, len(shuffled), 4)]
    left = [one for one in arrived if all(one not in piece for piece in pieces)]

    assert _record(session, [*pieces, left]) == together
    assert items(session) == told
    assert max(at for _, _, at, *_ in together) == NOON + timedelta(days=60)


def _record(session: Session, pieces: list[list[Arrived]]) -> set[tuple]:
    for piece in pieces:
        copy_hits(session, piece)
        while record_batch(session):
            pass
    return state(session)
