"""The contact guard's policy: every version that was published; what the rules are, which of them is live."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class GuardPolicy(Base):
    """A version of the contact guard's policy; exactly one is live."""

    __tablename__ = "guard_policies"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(unique=True)
    document: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str | None]
    is_live: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (Index("uq_guard_policies_live", "is_live", unique=True, postgresql_where=text("is_live")),)
