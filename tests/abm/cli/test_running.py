"""The commands that look after an installation: migrate and doctor."""

import json
import os
import subprocess
import sys

import pytest
import redis

from abm.config import Settings
from abm.engines import Addresses
from abm.up import as_environment, free_port
from tests.conftest import SECRET, new_database


def run(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """The real command, as an operator runs it."""
    environ = os.environ | as_environment(settings) | {"ABM_SECRET_KEY": SECRET, "ABM_PORT": str(free_port())}
    command = [sys.executable, "-m", "abm", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def fresh(engines: Addresses, settings: Settings) -> Settings:
    """An installation whose database is empty."""
    values = {"database_url": new_database(engines, "abm_fresh"), "redis_url": engines.redis_url}
    return Settings(**{**vars(settings), **values})


def test_migrating_says_what_it_did_and_does_nothing_the_second_time(fresh: Settings) -> None:
    first, second = (json.loads(run(fresh, "migrate", "--json").stdout) for _ in range(2))

    assert first["applied"]
    assert second == {"applied": []}


def test_the_doctor_names_what_is_wrong_and_the_remedy(fresh: Settings) -> None:
    answer = run(fresh, "doctor", "--json")

    said = json.loads(answer.stdout)
    wrong = [finding for finding in said["findings"] if not finding["ok"]]
    assert (answer.returncode, said["ok"]) == (1, False)
    assert any("abm migrate" in finding["message"] for finding in wrong)


def test_the_doctor_tells_people_in_lines(fresh: Settings) -> None:
    answer = run(fresh, "doctor")

    assert answer.returncode == 1
    assert "✗" in answer.stdout


@pytest.mark.parametrize("process", ["worker", "scheduler"])
def test_whoever_lives_by_the_queue_does_not_begin_on_one_that_throws_work_away(
    fresh: Settings, engines: Addresses, process: str
) -> None:
    with redis.Redis.from_url(engines.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        answer = run(fresh, process)
        client.config_set("maxmemory-policy", "noeviction")

    assert answer.returncode == 78
    assert "CONFIG SET maxmemory-policy noeviction" in answer.stderr
