"""Segments: a condition under a name, and the people of those that were frozen."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import SegmentKind


class Segment(Base):
    """Who is meant; a dynamic one is asked anew each time, a static one keeps the members of `filled_at`."""

    __tablename__ = "segments"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(server_default=SegmentKind.DYNAMIC)
    condition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    filled_at: Mapped[datetime | None]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))


class SegmentMember(Base):
    """A person of a static segment."""

    __tablename__ = "segment_members"

    segment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
