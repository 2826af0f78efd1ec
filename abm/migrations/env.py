"""How Alembic reaches our tables: over the connection it is handed, models as the target."""

from alembic import context

import abm.models  # every table registers itself
from abm.db import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
assert abm.models
with context.begin_transaction():
    context.run_migrations()
