"""Custom fields: what a company keeps of its customers beyond our own fields; the values stand in the records."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class CustomField(Base):
    """One field of accounts, contacts or deals; records keep its value under `code` in their column `custom`."""

    __tablename__ = "custom_fields"

    id: Mapped[Key]
    subject: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    choices: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    is_required: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (Index("uq_custom_fields_code", "subject", "code", unique=True),)
