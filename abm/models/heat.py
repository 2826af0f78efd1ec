"""What accounts are ranked by, apart from their records: what moves with every click must not move a dozen indexes."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base


class AccountHeat(Base):
    """How hot an account was when last evaluated, at most a day ago; one that was never evaluated has no row.

    `goes_cold_at` is when its counted depth falls below what makes an account engaged if nobody does anything more;
    null when that is not within days.
    """

    __tablename__ = "account_heat"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    is_mqa: Mapped[bool] = mapped_column(server_default=text("false"))
    depth: Mapped[float] = mapped_column(server_default=text("0"))
    goes_cold_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_account_heat_hottest", "is_mqa", text("depth desc"), "account_id"),
        Index("ix_account_heat_goes_cold_at", "goes_cold_at", postgresql_where=text("goes_cold_at is not null")),
    )
