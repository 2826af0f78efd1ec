"""How tracking stands is told by heartbeats that a page can show."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.models import Heartbeat
from abm.words import HitKind
from tracking import metrics
from tracking.spool import HITS, STOPS, Spool
from tracking.standing import CORRUPT, DOORS, LOADER, tell_of_doors, tell_of_loader


def _told(session: Session, process: str) -> dict[str, float]:
    detail = session.scalars(select(Heartbeat.detail).where(Heartbeat.process == process)).one()
    return dict(detail)


def test_a_process_tells_what_it_could_not_keep(session: Session, settings: Settings) -> None:
    tell_of_doors(session, settings)
    before = _told(session, DOORS)
    metrics.accepted(HitKind.CLICK).inc()
    metrics.accepted(HitKind.STOP).inc()
    metrics.UNSTORED.inc()

    tell_of_doors(session, settings)

    session.expire_all()
    after = _told(session, DOORS)
    assert (after["accepted"] - before["accepted"], after["unstored"] - before["unstored"]) == (2, 1)


def test_a_loader_tells_what_waits_for_it_and_since_when(session: Session, tmp_path: Path) -> None:
    Spool(tmp_path, STOPS).put(b"a stop\n")
    (tmp_path / f"{HITS}-{0:020d}-1.sealed").write_bytes(b"a hit of long ago\n")
    (tmp_path / CORRUPT).mkdir()
    (tmp_path / CORRUPT / "torn").write_bytes(b"?\n")

    tell_of_loader(session, tmp_path)

    told = _told(session, LOADER)
    assert (told[STOPS], told[HITS], told[CORRUPT]) == (1, 1, 1)
    assert told["oldest_s"] > 1_000_000_000


def test_an_empty_spool_has_no_age(session: Session, tmp_path: Path) -> None:
    tell_of_loader(session, tmp_path)

    told = _told(session, LOADER)
    assert (told[STOPS], told[HITS], told[CORRUPT], told["oldest_s"]) == (0, 0, 0, 0.0)
