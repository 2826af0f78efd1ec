"""Tables' base, column types and the engine: everything that knows SQLAlchemy but no noun."""

import time
import uuid
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, Date, DateTime, Engine, LargeBinary, MetaData, Text, create_engine, text
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

MIGRATIONS = Path(__file__).parent / "migrations"
# Two installers at once: the second waits for the first and then finds nothing to do.
MIGRATION_LOCK = 7_202_601
TURN_S = 0.2

Key = Annotated[uuid.UUID, mapped_column(primary_key=True, server_default=text("uuidv7()"))]
Email = Annotated[str, mapped_column(CITEXT)]


class Base(DeclarativeBase):
    """Every table; relationships are loaded only where a query asks for them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        date: Date(),
        str: Text(),
        bytes: LargeBinary(),
        int: BigInteger(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[str]: ARRAY(Text()),
    }


def make_engine(database_url: str, *, pool_size: int = 5, application: str = "abm") -> Engine:
    """An engine whose sessions speak UTC and whose lost connections are noticed before use."""
    return create_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"application_name": application, "options": "-c timezone=UTC", "connect_timeout": 5},
    )


def migrate(database_url: str, revision: str = "head") -> None:
    """Bring the database to a revision, the newest by default; safe to call from several hosts at once."""
    engine = make_engine(database_url, pool_size=1, application="abm-migrate")
    try:
        with engine.connect() as connection:
            _wait_our_turn(connection)
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()
    finally:
        engine.dispose()


def _wait_our_turn(connection: Connection) -> None:
    """Take the lock of migrations, asking again and again.

    Whoever waits for a lock inside a statement holds up every index that is built without holding up writers, and the
    two would wait for each other.
    """
    asking = text("select pg_try_advisory_lock(:key)")
    while not connection.scalar(asking, {"key": MIGRATION_LOCK}):
        connection.commit()
        time.sleep(TURN_S)
    connection.commit()


def pending_migrations(engine: Engine) -> list[str]:
    """Revisions the database still lacks, oldest first."""
    script = ScriptDirectory.from_config(_alembic_config())
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    missing = [revision.revision for revision in script.iterate_revisions("head", current or "base")]
    return missing[::-1]


def lacks_migrations(connection: Connection) -> bool:
    """Whether this database is older than our tables; a newer one is fine, for releases only add."""
    current = MigrationContext.configure(connection).get_current_revision()
    return current is None or current in _known_revisions()[1:]


@cache
def _known_revisions() -> tuple[str, ...]:
    """Every revision of this release, newest first."""
    script = ScriptDirectory.from_config(_alembic_config())
    return tuple(revision.revision for revision in script.walk_revisions())


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
