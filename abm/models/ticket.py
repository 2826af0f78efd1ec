"""Support tickets: while one is open, marketing keeps quiet."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import Severity, TicketState


class Ticket(Base):
    """A question or a complaint of a customer."""

    __tablename__ = "tickets"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    number: Mapped[str | None] = mapped_column(index=True)
    subject: Mapped[str]
    body: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=TicketState.OPEN)
    severity: Mapped[str] = mapped_column(server_default=Severity.NORMAL)
    is_complaint: Mapped[bool] = mapped_column(server_default=text("false"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_tickets_account", "account_id", text("opened_at desc")),
        Index("ix_tickets_open", "account_id", postgresql_where=text("state <> 'closed' and archived_at is null")),
    )
