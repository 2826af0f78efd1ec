"""One business act: a session, the business time it happens at, and the bells rung after its commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.queue import ring_bells


@dataclass(frozen=True)
class Work:
    """What an act needs: where to write, and when it happens."""

    session: Session
    at: datetime


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Work]:
    """One transaction; commits on leaving, rolls back on an error, rings its bells only once committed."""
    with Session(engine, expire_on_commit=False) as session:
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
