"""One business act: a session, the business time it happens at, and the bells rung after its commit.

A process opens its installation once (`open_installation`); entry points (routes, commands, actors,
sweeps) ask `here()` for it and hand what they need further down as arguments.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.connectors.mail.dkim import read_dkim_key
from abm.db import make_engine
from abm.engines import Addresses, addresses
from abm.errors import BadConfiguration
from abm.queue import make_broker, ring_bells
from abm.tokens import Signer, read_secrets


@dataclass(frozen=True)
class Installation:
    """What a process knows of where it runs."""

    settings: Settings
    addresses: Addresses
    engine: Engine
    signer: Signer


_open: list[Installation] = []


def open_installation(settings: Settings, *, pool_size: int = 5, application: str = "abm") -> Installation:
    """Connect this process: engine, tokens and queue; nothing is sent to either server yet."""
    # A key that cannot be used is told of now, and not by mails that wait.
    read_dkim_key(settings)
    where = addresses(settings)
    engine = make_engine(where.database_url, pool_size=pool_size, application=application)
    make_broker(where.redis_url)
    return use_installation(Installation(settings, where, engine, Signer(read_secrets(settings))))


def use_installation(installation: Installation) -> Installation:
    """Make this the installation that `here()` answers."""
    _open[:] = [installation]
    return installation


def here() -> Installation:
    """The installation this process has opened."""
    if not _open:
        raise BadConfiguration("this process has not opened an installation yet")
    return _open[0]


@dataclass(frozen=True)
class Work:
    """What an act needs: where to write, and when it happens."""

    session: Session
    at: datetime


@contextmanager
def unit_of_work(engine: Engine | None = None) -> Iterator[Work]:
    """One transaction; commits on leaving, rolls back on an error, rings its bells only once committed."""
    with Session(engine or here().engine, expire_on_commit=False) as session:
        yield Work(session, business_time(session))
        session.commit()
        ring_bells(session)


def business_time(session: Session) -> datetime:
    """Database time plus the installation's offset, which is normally nothing."""
    moment = session.scalar(text("select now() + coalesce((select clock_offset from business_clock), interval '0')"))
    assert isinstance(moment, datetime)
    return moment


def set_clock_offset(session: Session, offset: timedelta) -> None:
    """Move business time: the demo and tests only."""
    session.execute(
        text(
            "insert into business_clock (id, clock_offset) values (1, :offset)"
            " on conflict (id) do update set clock_offset = excluded.clock_offset"
        ),
        {"offset": offset},
    )
