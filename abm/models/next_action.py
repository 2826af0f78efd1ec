"""Next actions: what comes next with an account or a person, on which day, and who does it."""

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class NextAction(Base):
    """One open next action per account and person is set at a time; a merge may bring a second one along."""

    __tablename__ = "next_actions"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    due_on: Mapped[date]
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    what: Mapped[str]
    created_at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # How it ended: done, dropped, or replaced by another.
    outcome: Mapped[str | None]

    __table_args__ = (
        Index("ix_next_actions_open", "account_id", "contact_id", postgresql_where=text("closed_at is null")),
        Index("ix_next_actions_owner", "owner_id", "due_on", postgresql_where=text("closed_at is null")),
    )
