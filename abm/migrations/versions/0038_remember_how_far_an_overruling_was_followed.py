"""Remember how far an overruling was followed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("verdict_overrules", sa.Column("judging", JSONB(), nullable=True))
    waiting = sa.text("judging is not null")
    op.create_index("ix_verdict_overrules_judging", "verdict_overrules", ["said_at"], postgresql_where=waiting)
