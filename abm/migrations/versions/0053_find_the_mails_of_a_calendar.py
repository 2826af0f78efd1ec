"""Find the mails of the send calendar: what left in some days, and what is held until then."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Senders write to the messages meanwhile: nobody waits while these are built. One that broke off is made anew.
    with op.get_context().autocommit_block():
        for name in ("ix_messages_sent", "ix_messages_held"):
            op.drop_index(name, "messages", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            "ix_messages_sent",
            "messages",
            ["sent_at"],
            postgresql_where=sa.text("sent_at is not null"),
            postgresql_concurrently=True,
        )
        op.create_index(
            "ix_messages_held",
            "messages",
            ["due_at"],
            postgresql_where=sa.text("state = 'held'"),
            postgresql_concurrently=True,
        )
