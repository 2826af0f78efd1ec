"""Addresses follow from the settings alone."""

from pathlib import Path

import pytest

from abm.config import Settings
from abm.engines import addresses


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_given_database_is_reached_with_our_driver_however_it_is_written(scheme: str) -> None:
    found = addresses(Settings(database_url=f"{scheme}://u:p@db.example/abm?sslmode=require"))

    assert found.database_url == "postgresql+psycopg://u:p@db.example/abm?sslmode=require"


def test_without_addresses_the_sockets_lie_in_the_state_folder() -> None:
    found = addresses(Settings(state_dir=Path("/srv/our state")))

    assert found.database_url == "postgresql+psycopg://abm@/abm?host=/srv/our%20state/run"
    assert found.redis_url == "unix:///srv/our%20state/run/valkey.sock?db=0"


def test_each_engine_is_given_or_embedded_on_its_own() -> None:
    found = addresses(Settings(state_dir=Path("/srv/state"), redis_url="redis://cache.example/3"))

    assert found.redis_url == "redis://cache.example/3"
    assert "/srv/state/run" in found.database_url
