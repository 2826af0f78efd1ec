"""Contracts and orders: what a customer bought, until when, and of which renewals somebody was told."""

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.models.deal import CURRENCY
from abm.models.product import Money
from abm.words import ContractState


class Contract(Base):
    """A contract that runs until it is renewed or ended; `renews_on` is the day a decision must have fallen."""

    __tablename__ = "contracts"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"), index=True)
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deals.id", ondelete="SET NULL"))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    number: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(server_default=CURRENCY)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    renews_on: Mapped[date | None]
    renews_itself: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default=ContractState.RUNNING)
    # Said before its end: it will not be renewed, and why. It binds until then.
    ends_because: Mapped[str | None]
    note: Mapped[str | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_contracts_renewal", "renews_on", postgresql_where=text("state = 'running'")),
        Index(
            "ix_contracts_ending",
            "renews_on",
            postgresql_where=text("state = 'running' and ends_because is not null"),
        ),
    )


class RenewalReminder(Base):
    """Somebody was reminded of this renewal so many days ahead; the key lets no second reminder through."""

    __tablename__ = "renewal_reminders"

    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contracts.id", ondelete="CASCADE"), primary_key=True)
    renews_on: Mapped[date] = mapped_column(primary_key=True)
    days_ahead: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"), index=True)


class ContractTerm(Base):
    """A contract went on by itself: nobody had given notice by `renews_on`, and so it binds until the next day.

    The key lets no period begin twice.
    """

    __tablename__ = "contract_terms"

    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contracts.id", ondelete="CASCADE"), primary_key=True)
    renews_on: Mapped[date] = mapped_column(primary_key=True)
    months: Mapped[int]
    next_renews_on: Mapped[date]
    next_ends_on: Mapped[date | None]
    # From which days it has gone on ever since: a 30th comes back after February.
    first_renews_on: Mapped[date | None]
    first_ends_on: Mapped[date | None]
    at: Mapped[datetime]


class Order(Base):
    """One purchase; the intervals between them say when the next is expected."""

    __tablename__ = "orders"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"), index=True)
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("deals.id", ondelete="SET NULL"))
    number: Mapped[str | None] = mapped_column(index=True)
    what: Mapped[str | None]
    ordered_on: Mapped[date]
    amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(server_default=CURRENCY)
    quantity: Mapped[int | None]
    note: Mapped[str | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_orders_account", "account_id", text("ordered_on desc")),)
