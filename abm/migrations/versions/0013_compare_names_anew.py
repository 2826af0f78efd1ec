"""Compare names as matching reads them now: letters spelled out, hiragana, holdings and more old signs."""

import sqlalchemy as sa
from alembic import op

from abm.customers.names import core_name

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BATCH = 5_000
NEXT = sa.text(
    "select id, name, normalised_name from accounts where id > cast(:after as uuid) order by id limit :batch"
)
STORE = sa.text("update accounts set normalised_name = :core where id = :id")


def upgrade() -> None:
    connection, after = op.get_bind(), "00000000-0000-0000-0000-000000000000"
    while rows := connection.execute(NEXT, {"after": after, "batch": BATCH}).all():
        changed = [{"id": id_, "core": core_name(name)} for id_, name, core in rows if core_name(name) != core]
        if changed:
            connection.execute(STORE, changed)
        after = str(rows[-1].id)
