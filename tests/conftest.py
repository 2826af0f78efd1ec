"""Fixtures for all tests: real engines, started once; a migrated database; a session that leaves nothing behind."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.db import Base, make_engine, migrate
from abm.engines import Addresses, start_engines
from abm.queue import make_stub_broker
from abm.tokens import Signer
from abm.work import Installation, use_installation
from tests.worlds import mail_freely

SECRET = "a secret for tests that is long enough"
FLOWS = Path(__file__).with_name("flows")
RESTART = text(
    "select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
    " from pg_sequences where last_value is not null"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flows first: one that lasts minutes would keep the others waiting at the end, while short files share it out."""
    items.sort(key=lambda item: FLOWS not in item.path.parents)


@pytest.fixture(scope="session")
def engines() -> Iterator[Addresses]:
    """PostgreSQL and Valkey of this test run, in a folder that vanishes with it."""
    with (
        TemporaryDirectory(prefix="abm-test-") as folder,
        start_engines(Settings(state_dir=Path(folder)), durable=False) as running,
    ):
        yield running.addresses


@pytest.fixture(scope="session")
def database(engines: Addresses) -> Iterator[Engine]:
    """A database of its own with every table."""
    url = new_database(engines, "abm_test")
    migrate(url)
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    """A session whose every change, committed or not, is taken back at the end."""
    with database.connect() as connection:
        outer = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture
def broker() -> Iterator[StubBroker]:
    """A queue in memory that holds the bells until a test runs them."""
    stub = make_stub_broker()
    yield stub
    stub.close()


@pytest.fixture
def settings(engines: Addresses, database: Engine, tmp_path: Path) -> Settings:
    """Settings of an installation on the test engines, with a state folder of its own."""
    return Settings(
        state_dir=tmp_path,
        database_url=database.url.render_as_string(hide_password=False),
        redis_url=engines.redis_url,
        secret_key=SECRET,
        sender_name="株式会社サンプル",
        sender_address="東京都千代田区1-1-1",
    )


@pytest.fixture
def installation(settings: Settings, database: Engine, broker: StubBroker) -> Iterator[Installation]:
    """An installation whose acts really commit; every table is emptied afterwards."""
    where = Addresses(settings.database_url, settings.redis_url)
    with Session(database) as session:
        mail_freely(session)
        session.commit()
    yield use_installation(Installation(settings, where, database, Signer([SECRET.encode()])))
    empty_tables(database)


def new_database(engines: Addresses, name: str) -> str:
    """A fresh, empty database on the test engines; answers its URL."""
    admin = make_engine(engines.database_url)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        connection.execute(text(f'create database "{name}"'))
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


def empty_tables(engine: Engine) -> None:
    """Leave every table empty and every counter at its start."""
    names = [table.name for table in Base.metadata.sorted_tables]
    look = " union all ".join(f"(select '{name}' from {name} limit 1)" for name in names)
    with engine.begin() as connection:
        # Most tables are empty after most tests, and truncating them all makes some hundred files anew each time.
        # All of them go at once, so neither foreign keys nor triggers have a say.
        connection.execute(text("set local session_replication_role = replica"))
        for name in connection.scalars(text(look)).all():
            connection.execute(text(f"delete from {name}"))
        connection.execute(RESTART)
