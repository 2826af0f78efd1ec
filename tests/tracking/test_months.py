"""Hits are kept by month: what was there stays, what comes finds its month, and nothing is stored twice."""

import uuid
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from abm.db import make_engine, migrate
from abm.engines import Addresses
from tests.conftest import new_database
from tests.worlds import NOON
from tracking.hit import new_hit_id
from tracking.months import AHEAD, has_missing_months, make_months

STORE = text(
    "insert into hits (id, kind, at, method, user_agent, verdict, reasons, rules)"
    " values (:id, 'open', now(), 'GET', '', 'unknown', '{}', '') on conflict (id) do nothing"
)


@pytest.fixture
def older(engines: Addresses) -> Iterator[Engine]:
    """A database of the release before, with a hit."""
    url = new_database(engines, "abm_months")
    migrate(url, "0031")
    engine = make_engine(url)
    yield engine
    engine.dispose()


def upgrade(engine: Engine) -> None:
    migrate(engine.url.render_as_string(hide_password=False))


def stored(connection: Connection, id_: str) -> str:
    """The part of the table that a hit lies in."""
    return str(connection.scalar(text("select tableoid::regclass::text from hits where id = :id"), {"id": id_}))


def id_in(connection: Connection, months: int) -> str:
    """An id as a host gives it whose clock stands in another month, counted from this one."""
    first = "first_id_of(cast(date_trunc('month', now() at time zone 'UTC') + make_interval(months => :n) as date))"
    first_id = connection.scalar(text(f"select {first}"), {"n": months})
    return str(uuid.UUID(int=first_id.int + 5))


def test_hits_from_before_stay_where_they_are_and_are_still_stored_once(older: Engine) -> None:
    known = new_hit_id()
    with older.begin() as connection:
        connection.execute(STORE, {"id": known})

    upgrade(older)

    with older.begin() as connection:
        connection.execute(STORE, {"id": known})
        assert connection.scalar(text("select count(*) from hits")) == 1
        assert stored(connection, known) == "hits_before"


def test_no_index_is_built_twice_and_each_is_whole(older: Engine) -> None:
    with older.connect() as connection:
        before = connection.scalar(text("select count(*) from pg_indexes where tablename = 'hits'"))

    upgrade(older)

    with older.connect() as connection:
        count = text("select count(*) from pg_indexes where tablename = :table")
        assert [connection.scalar(count, {"table": name}) for name in ("hits", "hits_before")] == [before, before]
        broken = text("select count(*) from pg_index where not indisvalid")
        assert connection.scalar(broken) == 0


def test_a_hit_lies_in_the_month_it_was_accepted_in(older: Engine) -> None:
    upgrade(older)

    with older.begin() as connection:
        ids = [id_in(connection, months) for months in (1, AHEAD, AHEAD + 1)]
        for id_ in ids:
            connection.execute(STORE, {"id": id_})
        parts = [stored(connection, id_) for id_ in ids]
        month = connection.scalar(
            text("select to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY_MM')")
        )

    # A clock that is months ahead loses nothing.
    assert (parts[0], parts[-1]) == (f"hits_{month}", "hits_odd")
    assert len(set(parts)) == len(parts)


def test_missing_months_are_made_once(session: Session) -> None:
    connection = session.connection()
    part = str(connection.scalar(text("select to_char(now() at time zone 'UTC' + interval '1 month', 'YYYY_MM')")))
    session.execute(text(f"drop table hits_{part}"))

    missed, made, again = has_missing_months(session, NOON), make_months(session), make_months(session)

    assert missed
    assert [f"{month:%Y_%m}" for month in made] == [part]
    assert again == []
    assert isinstance(made[0], date)
