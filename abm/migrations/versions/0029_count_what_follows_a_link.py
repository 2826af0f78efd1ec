"""Count what follows a link."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_hits_link",
        "hits",
        ["link_key", "at"],
        postgresql_include=["verdict"],
        postgresql_where=sa.text("link_key is not null"),
    )
