"""Accounts: the companies we court, their domains, and what the score says about them now."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from abm.db import Base, Key
from abm.words import PairState, Stage, Tier


class Account(Base):
    """A company: the name as typed is what is shown, the normalised one is for matching only."""

    __tablename__ = "accounts"

    id: Mapped[Key]
    name: Mapped[str]
    normalised_name: Mapped[str]
    kana: Mapped[str | None]
    corporate_number: Mapped[str | None]
    postcode: Mapped[str | None]
    prefecture: Mapped[str | None]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    industry: Mapped[str | None]
    # People who work there, and yearly revenue in yen.
    employees: Mapped[int | None]
    revenue: Mapped[int | None]
    closing_month: Mapped[int | None]
    tier: Mapped[str] = mapped_column(server_default=Tier.ONE_TO_MANY)
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))
    # Set while this account is merged into another, the one that stays; such an account is archived as well.
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    confirmed_at: Mapped[datetime | None]
    last_contacted_on: Mapped[date | None]
    custom: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    # What the last evaluation found; `evaluate_at` is the business time at which it must be asked again.
    stage: Mapped[str] = mapped_column(server_default=Stage.ALL_OTHERS)
    stage_since: Mapped[datetime | None]
    is_mqa: Mapped[bool] = mapped_column(server_default=text("false"))
    mqa_since: Mapped[datetime | None]
    mqa_blocked_until: Mapped[datetime | None]
    excluded_reason: Mapped[str | None]
    depth: Mapped[float] = mapped_column(server_default=text("0"))
    counted_depth: Mapped[float] = mapped_column(server_default=text("0"))
    breadth: Mapped[int] = mapped_column(server_default=text("0"))
    # The last thing a person there did, as far as evaluations know: what comes much later is a return.
    last_human_at: Mapped[datetime | None]
    evaluated_at: Mapped[datetime | None]
    # The version of the model that all its people were last folded by; null before the first time.
    model_version: Mapped[int | None]
    # A new account is due at once, whatever business time it is.
    evaluate_at: Mapped[datetime | None] = mapped_column(server_default=text("to_timestamp(0)"), index=True)

    domains: Mapped[list["AccountDomain"]] = relationship(lazy="raise", cascade="all, delete-orphan")

    __table_args__ = (
        Index("ix_accounts_normalised_name", "normalised_name"),
        Index("ix_accounts_corporate_number", "corporate_number"),
        Index("ix_accounts_phone", "phone"),
        Index("ix_accounts_postcode", "postcode"),
        # Whom a version of the model that was published meanwhile has not reached.
        Index("ix_accounts_model_version", "model_version", postgresql_where=text("merged_into_id is null")),
        Index("ix_accounts_parent", "parent_id", postgresql_where=text("parent_id is not null")),
        # Similar names of one prefecture: by their beginning and by their end, among those of about the same length.
        Index(
            "ix_accounts_begins",
            "prefecture",
            text("char_length(normalised_name)"),
            "normalised_name",
            postgresql_ops={"normalised_name": "text_pattern_ops"},
            postgresql_where=text("archived_at is null and prefecture is not null"),
        ),
        Index(
            "ix_accounts_ends",
            "prefecture",
            text("char_length(normalised_name)"),
            func.reverse(literal_column("normalised_name")).label("turned"),
            postgresql_ops={"turned": "text_pattern_ops"},
            postgresql_where=text("archived_at is null and prefecture is not null"),
        ),
    )


class AccountDomain(Base):
    """A registrable domain of an account; two accounts may share one (parent and subsidiary)."""

    __tablename__ = "account_domains"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True, index=True)


class Department(Base):
    """A part of an account with its own people, owner and score."""

    __tablename__ = "departments"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    normalised_name: Mapped[str]
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (Index("uq_departments_name", "account_id", "normalised_name", unique=True),)


class StageChange(Base):
    """An account moved from one stage to another, with the reason."""

    __tablename__ = "stage_changes"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    old: Mapped[str]
    new: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]


class MqaChange(Base):
    """An account became ready for hand-off, asked for a call at once, was rerouted, or no longer qualifies.

    The hand-off consumes the rows whose `handed_over_at` is null; an act-now event asks once.
    """

    __tablename__ = "mqa_changes"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    cause: Mapped[str]
    at: Mapped[datetime]
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("events.id", ondelete="SET NULL"), unique=True)
    handed_over_at: Mapped[datetime | None]
    # The task whose answer asks for another one, and why the contact guard let no task through.
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"), unique=True)
    withheld_because: Mapped[str | None]

    __table_args__ = (
        Index("ix_mqa_changes_waiting", "id", postgresql_where=text("handed_over_at is null and cause <> 'left'")),
    )


class AccountReturn(Base):
    """An account did something again: after a long silence, or after a deal was lost; a task follows once.

    `since_id` is the event the silence began with, or the lost deal: nothing begins twice.
    """

    __tablename__ = "account_returns"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    cause: Mapped[str]
    since_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    since_at: Mapped[datetime]
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("events.id", ondelete="SET NULL"), index=True)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
    handled_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_account_returns_waiting", "id", postgresql_where=text("handled_at is null")),)


class MatchPair(Base):
    """Two accounts that may be one, for a person to decide."""

    __tablename__ = "match_pairs"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    other_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    strength: Mapped[str]
    evidence: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(server_default=PairState.OPEN)
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (Index("uq_match_pairs_pair", "account_id", "other_account_id", unique=True),)
