"""The tables that the migrations make are the tables that the models describe."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

import abm.models  # noqa: F401  registers every table
from abm.db import Base


def test_models_and_migrations_agree(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def _is_ours(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    # Partitions are parts of a table that the models name, made as time goes on.
    part = name == "alembic_version" or (name or "").startswith("hits_")
    return not (kind == "table" and reflected and other is None and part)
