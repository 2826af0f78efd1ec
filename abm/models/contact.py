"""Contacts: people at an account, whether we may mail them, and who must never be mailed."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Email, Key
from abm.words import Language, Seniority


class Contact(Base):
    """A person; `full_name` is what was typed and what is shown."""

    __tablename__ = "contacts"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("departments.id", ondelete="SET NULL"), index=True
    )
    full_name: Mapped[str]
    family_name: Mapped[str | None]
    given_name: Mapped[str | None]
    kana: Mapped[str | None]
    title: Mapped[str | None]
    seniority: Mapped[str] = mapped_column(server_default=Seniority.OTHER)
    buying_role: Mapped[str | None]
    job_function: Mapped[str | None]
    email: Mapped[Email | None]
    phone: Mapped[str | None]
    phone_typed: Mapped[str | None]
    postcode: Mapped[str | None]
    address: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default=Language.JAPANESE)
    time_zone: Mapped[str | None]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    memo: Mapped[str | None]
    last_contacted_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]
    # Why and since when this record is not trusted any more; confirming it clears both.
    stale_reason: Mapped[str | None]
    stale_since: Mapped[datetime | None]
    # When the person asked to be left alone in every way, by phone and post too.
    refused_at: Mapped[datetime | None]
    # When the person asked not to be phoned; mail and post may go on.
    no_phone_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    archived_at: Mapped[datetime | None]
    # Set while this record is merged into another, the one that stays; such a record is archived as well.
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id"))
    # Set when the person was erased: what is left here says nothing of who it was.
    erased_at: Mapped[datetime | None]

    # One living contact per address; an archived one keeps its history and frees the address.
    __table_args__ = (
        Index("uq_contacts_email", "email", unique=True, postgresql_where=text("archived_at is null")),
        Index("ix_contacts_phone", "phone"),
        Index("ix_contacts_merged_into", "merged_into_id", postgresql_where=text("merged_into_id is not null")),
        # The addresses under which merged people were known lead to whom they are now.
        Index("ix_contacts_former_email", "email", postgresql_where=text("merged_into_id is not null")),
    )


class Consent(Base):
    """One entry of the consent ledger; the newest refusal wins over everything before and after but a new opt-in."""

    __tablename__ = "consents"

    id: Mapped[Key]
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    granted: Mapped[bool]
    basis: Mapped[str | None]
    evidence: Mapped[str]
    at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)

    __table_args__ = (
        Index("ix_consents_open_tracking", "contact_id", "at", postgresql_where=text("purpose = 'open_tracking'")),
    )


class Suppression(Base):
    """An address that is never mailed, with the reason; outlives the contact."""

    __tablename__ = "suppressions"

    email: Mapped[str] = mapped_column(CITEXT, primary_key=True)
    reason: Mapped[str]
    at: Mapped[datetime]
    evidence: Mapped[str]
