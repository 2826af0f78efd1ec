"""What people took out of the scores by hand."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class Strike(Base):
    """Somebody said that an event is to count nothing, and why; holds until it is withdrawn."""

    __tablename__ = "strikes"

    id: Mapped[Key]
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    reason: Mapped[str]
    struck_at: Mapped[datetime]
    struck_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        Index("uq_strikes_holding", "event_id", unique=True, postgresql_where=text("withdrawn_at is null")),
        Index("ix_strikes_event_id", "event_id"),
    )
