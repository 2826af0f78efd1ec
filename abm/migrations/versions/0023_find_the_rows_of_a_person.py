"""Find what files say of a person: rows by their mail address and by their account."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# A cell may hold anything: what is longer than any address would not fit into an index.
ADDRESS = "left(lower(normalize(values ->> 'email', nfkc)), 320)"
MADE = ("ix_import_rows_email", "ix_import_rows_account_id")


def upgrade() -> None:
    # Millions of rows, to which imports are writing: nobody waits while these are built. One that broke off is
    # left behind unusable, and is made anew.
    with op.get_context().autocommit_block():
        for name in MADE:
            op.drop_index(name, "import_rows", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            "ix_import_rows_email",
            "import_rows",
            [sa.text(ADDRESS)],
            postgresql_where=sa.text("values ->> 'email' is not null"),
            postgresql_concurrently=True,
        )
        op.create_index("ix_import_rows_account_id", "import_rows", ["account_id"], postgresql_concurrently=True)
