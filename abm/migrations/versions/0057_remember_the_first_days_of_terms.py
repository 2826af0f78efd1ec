"""Remember from which days a contract has gone on by itself: a 30th comes back after February."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("first_renews_on", "first_ends_on"):
        op.add_column("contract_terms", sa.Column(name, sa.Date(), nullable=True))
