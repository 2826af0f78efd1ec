"""After an outage sending waits until the stops that came meanwhile are in the database, and says so once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.models import AuditEntry
from campaigns.stops_first import hosts_waited_for, must_wait
from tests.worlds import NOON

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_REPORT = text(
    """
    insert into heartbeats (process, host, at, detail)
    select 'loader', :host, now_ - make_interval(secs => :ago), jsonb_build_object(
        'stops_until', now_ - make_interval(secs => :stops_until), 'up_since', now_ - make_interval(secs => :up_since))
    from (select clock_timestamp() as now_) c
    on conflict (process, host) do update set at = excluded.at, detail = excluded.detail
    """
)


def report(session: Session, host: str = "one", *, ago: float = 0, stops_until: float = 0, up_since: float = 5) -> None:
    """A loader's heartbeat; all in seconds before now."""
    session.execute(_REPORT, {"host": host, "ago": ago, "stops_until": stops_until, "up_since": up_since})


def acts(session: Session) -> list[tuple[str, Any]]:
    told = session.scalars(select(AuditEntry).where(AuditEntry.subject == "sending").order_by(AuditEntry.at))
    return [(one.act, one.detail["hosts"]) for one in told]


def test_nobody_is_waited_for_where_no_host_is_known(session: Session) -> None:
    assert hosts_waited_for(session) == []


def test_a_host_whose_stops_are_all_in_lets_mail_leave(session: Session) -> None:
    report(session, stops_until=4, up_since=5)

    assert hosts_waited_for(session, LONG_AGO) == []


def test_a_host_that_came_back_with_stops_is_waited_for(session: Session) -> None:
    report(session, "one", stops_until=60, up_since=1)
    report(session, "two")

    assert hosts_waited_for(session, LONG_AGO) == ["one"]


@pytest.mark.parametrize(("ago", "waits"), [(50, ["one"]), (61, [])])
def test_a_silent_host_is_waited_for_a_minute(session: Session, ago: float, waits: list[str]) -> None:
    report(session, ago=ago, stops_until=ago + 60, up_since=ago + 1)

    assert hosts_waited_for(session, LONG_AGO) == waits


@pytest.mark.parametrize(("started", "waits"), [(50, ["one"]), (61, [])])
def test_after_a_restart_of_the_database_every_host_must_report_first(
    session: Session, started: float, waits: list[str]
) -> None:
    report(session, ago=7200, stops_until=7200, up_since=9000)

    assert hosts_waited_for(session, datetime.now(UTC) - timedelta(seconds=started)) == waits


def test_waiting_and_going_on_are_audited_once_each(session: Session) -> None:
    report(session, stops_until=60, up_since=1)
    assert [must_wait(session, NOON + timedelta(seconds=second)) for second in (0, 1)] == [True, True]
    report(session)
    assert [must_wait(session, NOON + timedelta(seconds=second)) for second in (2, 3)] == [False, False]

    assert acts(session) == [("sending.waits_for_stops", ["one"]), ("sending.goes_on", [])]
