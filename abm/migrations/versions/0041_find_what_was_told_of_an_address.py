"""Find what was told of an address."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    known = sa.text("address is not null")
    op.create_index("ix_provider_reports_address", "provider_reports", ["address"], postgresql_where=known)
