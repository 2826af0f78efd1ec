"""`abm migrate`: the database's tables."""

import click

from abm import db
from abm.cli.options import json_option
from abm.cli.show import show
from abm.config import load_settings
from abm.engines import addresses, check_engines


@click.command()
@json_option
def migrate() -> None:
    """Bring the database to this release. Safe to run from several hosts at once, and again."""
    settings = load_settings()
    where = addresses(settings)
    check_engines(where, settings.language)
    engine = db.make_engine(where.database_url, pool_size=1, application="abm-migrate")
    missing = db.pending_migrations(engine)
    engine.dispose()
    db.migrate(where.database_url)
    show({"applied": missing})
