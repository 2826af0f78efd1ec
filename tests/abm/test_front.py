"""The HTTP server as a process: health, what is wrong by name, and leaving in good order."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from abm.config import Settings
from abm.errors import ServiceDown
from abm.front import require_port
from abm.up import as_environment, free_port
from abm.work import Installation
from tests.abm.processes import until


@contextmanager
def started(settings: Settings, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    environ = os.environ | as_environment(settings) | {"ABM_SECRET_KEY": settings.secret_key}
    process = subprocess.Popen([sys.executable, "-m", "abm", *words], env=environ)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def get(settings: Settings, path: str) -> tuple[int, str] | None:
    """Status and text, or None while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return None
    finally:
        connection.close()


def without_engines(settings: Settings, folder: Path) -> Settings:
    """An installation whose PostgreSQL and Valkey are away."""
    return replace(
        settings,
        port=free_port(),
        database_url=f"postgresql+psycopg://abm@/abm?host={folder}",
        redis_url=f"unix://{folder}/valkey.sock",
    )


def test_the_front_answers_while_everything_else_is_away(settings: Settings, tmp_path: Path) -> None:
    away = without_engines(settings, tmp_path)

    with started(away, "front"):
        assert until(lambda: get(away, "/healthz")) == (200, '{"ok": true}\n')
        status, text = get(away, "/readyz") or (0, "")

    assert status == 503
    broken = {check["name"]: check for check in json.loads(text)["checks"] if not check["ok"]}
    assert set(broken) == {"postgres", "valkey", "migrations", "tracking", "worker", "scheduler"}
    assert "PostgreSQL" in broken["postgres"]["message"]


def test_the_front_leaves_when_asked_and_frees_its_port(installation: Installation) -> None:
    settings = replace(installation.settings, port=free_port())

    with started(settings, "front") as process:
        until(lambda: get(settings, "/healthz"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0

    require_port(settings)


def test_the_server_process_ends_with_the_one_that_watches_it(installation: Installation) -> None:
    settings = replace(installation.settings, port=free_port())

    with started(settings, "web") as process:
        until(lambda: get(settings, "/healthz"))
        servers = psutil.Process(process.pid).children(recursive=True)
        process.kill()

        until(lambda: not any(server.is_running() for server in servers))


def test_a_busy_port_is_named(settings: Settings) -> None:
    with listener_on_a_port() as port, pytest.raises(ServiceDown, match=f"{port}.*ABM_PORT"):
        require_port(replace(settings, port=port))


@contextmanager
def listener_on_a_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_tracking_brings_its_own_loader_and_takes_it_away(installation: Installation) -> None:
    settings = replace(installation.settings, port=free_port())

    with started(settings, "tracking") as process:
        until(lambda: get(settings, "/healthz"))
        loader = until(lambda: [child for child in children_of(process) if "loader" in child.cmdline()])
        until(lambda: (status := get(settings, "/readyz")) and '"tracking", "ok": true' in status[1])
        assert (get(settings, "/accounts") or (0, ""))[0] == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0

    assert not any(child.is_running() for child in loader)


def test_a_server_on_a_busy_port_says_so_and_exits(settings: Settings) -> None:
    with listener_on_a_port() as port, started(replace(settings, port=port), "front") as process:
        assert process.wait(20) == 69


def children_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)
