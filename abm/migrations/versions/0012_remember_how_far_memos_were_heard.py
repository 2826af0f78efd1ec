"""Remember how far an import's memos were heard; let a merge bring together what was heard at both accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hearings",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("heard_to", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_hearings_import_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_hearings")),
    )
    op.drop_index("uq_suggestions_words", "suggestions")
    op.create_index("ix_suggestions_words", "suggestions", ["account_id", "contact_id", "kind"])
