"""Products: what we sell, who owns it, how it is used and what customers say of it."""

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class Product(Base):
    """Something we sell; `code` is the word that assets, events and sequences use for it."""

    __tablename__ = "products"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]


class Ownership(Base):
    """A product that an account owns, or owned until `until_on`."""

    __tablename__ = "ownerships"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id"), index=True)
    since_on: Mapped[date | None]
    until_on: Mapped[date | None]
    quantity: Mapped[int | None]
    note: Mapped[str | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_ownerships_account", "account_id", "product_id"),)


class Usage(Base):
    """How much of a product an account used in the month that begins on `month_on`; `amount` in the product's unit."""

    __tablename__ = "usages"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id"), index=True)
    month_on: Mapped[date]
    amount: Mapped[float]
    unit: Mapped[str | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_usages_account", "account_id", "product_id", "month_on"),)


class SurveyAnswer(Base):
    """What a customer answered: `score` on the scale of its kind (CSAT 1 to 5, NPS 0 to 10), or words alone."""

    __tablename__ = "survey_answers"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"))
    kind: Mapped[str]
    survey: Mapped[str | None]
    question: Mapped[str | None]
    score: Mapped[int | None]
    words: Mapped[str | None]
    answered_on: Mapped[date]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_survey_answers_account", "account_id", text("answered_on desc")),)


class Need(Base):
    """An interest, a problem or a need that a customer told us of, dated; the horizon is when they mean to act."""

    __tablename__ = "needs"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"), index=True)
    kind: Mapped[str]
    topic: Mapped[str | None]
    said: Mapped[str]
    said_on: Mapped[date]
    horizon_from: Mapped[date | None]
    horizon_until: Mapped[date | None]
    # The line of the timeline in which it was heard.
    item_id: Mapped[uuid.UUID | None]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_needs_account", "account_id", text("said_on desc")),)


# Amounts of money: whole yen and up to two places of other currencies.
Money = Numeric(16, 2, asdecimal=True)
