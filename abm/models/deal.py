"""Deals: what we try to sell to an account, how the customer decides, what we offered, and the files of it."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.models.product import Money
from abm.words import DealStage, DecisionState, OfferState

CURRENCY = text("'JPY'")


class Deal(Base):
    """One thing being sold; `probability` in percent is the stage's own until somebody sets it."""

    __tablename__ = "deals"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"), index=True)
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    number: Mapped[str | None]
    name: Mapped[str]
    stage: Mapped[str] = mapped_column(server_default=DealStage.DISCOVERY)
    stage_since: Mapped[datetime]
    amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(server_default=CURRENCY)
    probability: Mapped[int | None]
    expected_close_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    lost_reason: Mapped[str | None]
    competitors: Mapped[str | None]
    issues: Mapped[str | None]
    note: Mapped[str | None]
    # The hand-off whose answer opened it.
    task_id: Mapped[uuid.UUID | None]
    custom: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_deals_account", "account_id", text("created_at desc")),
        Index("ix_deals_close", "expected_close_on", postgresql_where=text("stage not in ('won', 'lost')")),
        Index("ix_deals_number", "number"),
    )


class DealChange(Base):
    """A deal went from one stage to another: when and by whom."""

    __tablename__ = "deal_changes"

    id: Mapped[Key]
    deal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    old: Mapped[str | None]
    new: Mapped[str]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))


class DecisionStep(Base):
    """One step of the customer's own decision: who has to say yes, in which role, until when."""

    __tablename__ = "decision_steps"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    position: Mapped[int]
    what: Mapped[str]
    buying_role: Mapped[str | None]
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default=DecisionState.WAITING)
    decided_on: Mapped[date | None]
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]


class DealFile(Base):
    """A file of an account or of one of its deals, in the phase in which it was used."""

    __tablename__ = "deal_files"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    phase: Mapped[str | None]
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)
    note: Mapped[str | None]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]


class Offer(Base):
    """A quote or a proposal that a customer was given."""

    __tablename__ = "offers"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deals.id", ondelete="SET NULL"), index=True)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"))
    kind: Mapped[str]
    number: Mapped[str | None]
    name: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(server_default=CURRENCY)
    issued_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default=OfferState.DRAFT)
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deal_files.id", ondelete="SET NULL"))
    note: Mapped[str | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]
