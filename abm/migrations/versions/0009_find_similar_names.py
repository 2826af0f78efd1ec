"""Find accounts of a prefecture by the beginning and the end of their name."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KNOWN_PLACE = sa.text("archived_at is null and prefecture is not null")


def upgrade() -> None:
    op.execute("create extension if not exists fuzzystrmatch")
    for name, ordered in (("begins", "normalised_name"), ("ends", "reverse(normalised_name)")):
        texts = ("prefecture", "char_length(normalised_name)", f"{ordered} text_pattern_ops")
        columns = [sa.text(one) for one in texts]
        op.create_index(f"ix_accounts_{name}", "accounts", columns, postgresql_where=KNOWN_PLACE)
