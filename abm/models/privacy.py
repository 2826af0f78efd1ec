"""Personal data: addresses of people who were erased, and how long things are kept."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base


class ErasedAddress(Base):
    """The keyed digest of an address whose person asked to be erased: whoever brings it back does not mail it."""

    __tablename__ = "erased_addresses"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Retention(Base):
    """For how many days something is kept; 0 keeps it for good."""

    __tablename__ = "retentions"

    kept: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # When it was last looked through, in business time.
    swept_at: Mapped[datetime | None]
