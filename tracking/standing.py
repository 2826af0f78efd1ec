"""How a tracking process and its loader stand, kept as heartbeats so that a page can show every host."""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql import bindparam

from abm.config import Settings
from abm.words import HitKind
from tracking.spool import HITS, STOPS

DOORS, LOADER = "doors", "loader"
CORRUPT = "corrupt"
NANOSECONDS = 1_000_000_000

_BEAT = text(
    "insert into heartbeats (process, host, at, detail) values (:process, :host, clock_timestamp(), :detail)"
    " on conflict (process, host) do update set at = excluded.at, detail = excluded.detail"
).bindparams(bindparam("detail", type_=JSONB))

# Since when the database is back is kept while it stays: what was accepted before that may not be in it yet.
_BEAT_OF_LOADER = text(
    """
    insert into heartbeats as known (process, host, at, detail)
    values (:process, :host, clock_timestamp(), :detail || jsonb_build_object(
        'stops_until', clock_timestamp() - make_interval(secs => :stops_age), 'up_since', clock_timestamp()))
    on conflict (process, host) do update set at = excluded.at, detail = excluded.detail ||
        case when :is_back then '{}' else jsonb_build_object('up_since',
            coalesce(known.detail -> 'up_since', excluded.detail -> 'up_since')) end
    """
).bindparams(bindparam("detail", type_=JSONB))


def tell_of_doors(session: Session, settings: Settings) -> None:
    """Say what this process has accepted, and answered without being able to keep it, since it started."""
    accepted = sum(_counted("tracking_accepted_total", kind=kind.value) for kind in HitKind)
    detail = {"accepted": accepted, "unstored": _counted("tracking_unstored_total")}
    _beat(session, DOORS, f"{socket.gethostname()}:{settings.port}", detail)


def tell_of_loader(session: Session, folder: Path, *, is_back: bool = False) -> None:
    """Say that this host's loader works, how many segments wait, since when, and what could not be read.

    `stops_until` says until when every stop this host accepted is in the database, `up_since` since when it is back.
    """
    segments = {name: sorted(folder.glob(f"{name}-*")) for name in (STOPS, HITS)}
    ages = [_age(path) for paths in segments.values() for path in paths[:1]]
    aside = folder / CORRUPT
    detail = {
        **{name: len(paths) for name, paths in segments.items()},
        "oldest_s": max(ages, default=0.0),
        "corrupt": len(os.listdir(aside)) if aside.is_dir() else 0,
    }
    stops_age = max((_age(path) for path in segments[STOPS][:1]), default=0.0)
    values = {"process": LOADER, "host": socket.gethostname(), "detail": detail}
    session.execute(_BEAT_OF_LOADER, {**values, "stops_age": stops_age, "is_back": is_back})


def _beat(session: Session, process: str, host: str, detail: Mapping[str, Any]) -> None:
    session.execute(_BEAT, {"process": process, "host": host, "detail": detail})


def _counted(name: str, **labels: str) -> int:
    return int(REGISTRY.get_sample_value(name, labels) or 0)


def _age(segment: Path) -> float:
    """Seconds since a segment was begun, which its name tells."""
    return max(0.0, time.time() - int(segment.name.split("-")[1]) / NANOSECONDS)
