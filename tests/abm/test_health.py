"""Health: every part is named, in words, and the pages behind are not touched."""

import json
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.canary import beat
from abm.health import find_checks, with_health
from abm.work import Installation

PROCESSES = ("loader", "worker", "scheduler")


def all_work(installation: Installation, seconds_ago: int = 0) -> None:
    """Every process gave a sign of work this long ago."""
    with Session(installation.engine) as session:
        for process in PROCESSES:
            beat(session, process)
        session.execute(text("update heartbeats set at = at - make_interval(secs => :ago)"), {"ago": seconds_ago})
        session.commit()


def pages(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"a page"]


def ask(installation: Installation, path: str, method: str = "GET") -> tuple[str, bytes]:
    """Status and body that the application answers."""
    said: list[str] = []
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method}
    body = with_health(installation, pages)(environ, lambda status, headers, *rest: said.append(status) or bytes)
    return said[0], b"".join(body)


def states(installation: Installation) -> dict[str, str]:
    return {check.name: check.state for check in find_checks(installation)}


def test_an_installation_whose_every_part_works_is_ready(installation: Installation) -> None:
    all_work(installation)

    status, body = ask(installation, "/readyz")

    assert status == "200 OK"
    assert {check["name"] for check in json.loads(body)["checks"]} == {
        "postgres",
        "valkey",
        "migrations",
        "tracking",
        "worker",
        "scheduler",
    }


def test_a_process_that_never_worked_keeps_it_from_being_ready(installation: Installation) -> None:
    status, body = ask(installation, "/readyz")

    assert status == "503 Service Unavailable"
    assert "abm worker" in next(check["message"] for check in json.loads(body)["checks"] if check["name"] == "worker")


def test_a_process_that_stopped_working_is_named(installation: Installation) -> None:
    all_work(installation, seconds_ago=300)

    assert states(installation)["scheduler"] == "stale"


def test_one_host_that_works_is_enough(installation: Installation) -> None:
    all_work(installation)
    with Session(installation.engine) as session:
        long_ago = "insert into heartbeats (process, host, at) values ('worker', 'gone', now() - interval '1 day')"
        session.execute(text(long_ago))
        session.commit()

    assert states(installation)["worker"] == "ok"


def test_a_database_without_tables_is_told_to_migrate(installation: Installation) -> None:
    with installation.engine.begin() as connection:
        before = connection.scalar(text("delete from alembic_version returning version_num"))
    try:
        checks = {check.name: check for check in find_checks(installation)}
    finally:
        with installation.engine.begin() as connection:
            connection.execute(text("insert into alembic_version values (:before)"), {"before": before})

    assert "abm migrate" in checks["migrations"].message


def test_health_is_told_to_programs_as_well(installation: Installation) -> None:
    all_work(installation)

    status, body = ask(installation, "/metrics")

    assert status == "200 OK"
    assert b'abm_ready{check="worker"} 1.0' in body


@pytest.mark.parametrize("path", ["/", "/healthzz", "/accounts"])
def test_everything_else_is_for_the_pages(installation: Installation, path: str) -> None:
    assert ask(installation, path) == ("200 OK", b"a page")
