"""Fixtures for all tests: real engines, started once."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from abm.config import Settings
from abm.engines import Addresses, start_engines


@pytest.fixture(scope="session")
def engines() -> Iterator[Addresses]:
    """PostgreSQL and Valkey of this test run, in a folder that vanishes with it."""
    with (
        TemporaryDirectory(prefix="abm-test-") as folder,
        start_engines(Settings(state_dir=Path(folder)), durable=False) as running,
    ):
        yield running.addresses
