"""Know a row of a file again, and find accounts and contacts by phone and postcode when names are matched."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_rows", sa.Column("fingerprint", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_import_rows_fingerprint"), "import_rows", ["fingerprint"])
    op.create_index("ix_accounts_phone", "accounts", ["phone"])
    op.create_index("ix_accounts_postcode", "accounts", ["postcode"])
    op.create_index("ix_contacts_phone", "contacts", ["phone"])
