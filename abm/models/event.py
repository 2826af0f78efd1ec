"""Hits and the engagement events they become; the ledger of scores folded from them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key
from abm.words import PostState


class Hit(Base):
    """A raw request as accepted; its id is the answer's X-Hit; `recorded_at` is null until it became an event."""

    __tablename__ = "hits"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    method: Mapped[str]
    message_key: Mapped[bytes | None]
    link_key: Mapped[bytes | None]
    # Who did it, where that is not the recipient of the message: a visitor of our site, a sender of a form.
    contact_id: Mapped[uuid.UUID | None]
    honeypot: Mapped[bool] = mapped_column(server_default=text("false"))
    user_agent: Mapped[str]
    ip: Mapped[str | None]
    verdict: Mapped[str]
    reasons: Mapped[list[str]]
    rules: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    stored_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    recorded_at: Mapped[datetime | None]
    # Why a hit became no event (unknown message, test send …).
    set_aside: Mapped[str | None]

    __table_args__ = (
        Index("ix_hits_unrecorded", "id", postgresql_where=text("recorded_at is null")),
        Index("ix_hits_message_at", "message_key", "at"),
        Index("ix_hits_at", "at"),
        Index(
            "ix_hits_link",
            "link_key",
            "at",
            postgresql_include=["verdict"],
            postgresql_where=text("link_key is not null"),
        ),
        Index("ix_hits_contact", "contact_id", postgresql_where=text("contact_id is not null")),
        Index(
            "ix_hits_visitor",
            text("(detail ->> 'visitor')"),
            postgresql_where=text("(detail ->> 'visitor') is not null"),
        ),
        Index("ix_hits_unknown_person", "id", postgresql_where=text("set_aside = 'unknown_person'")),
        # A part for each month, told by the moment with which an id begins.
        {"postgresql_partition_by": "range (id)"},
    )


class InboundPost(Base):
    """A report another system posted, as it came, beside its hit; waits until it was read."""

    __tablename__ = "inbound_posts"

    hit_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    received_at: Mapped[datetime]
    headers: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    body: Mapped[bytes]
    state: Mapped[str] = mapped_column(server_default=PostState.WAITING)
    # Why it could not be read; it can be tried again.
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    # Real time before which nobody tries again: somebody is reading it, or what it needs is not to be had.
    not_before: Mapped[datetime | None]

    __table_args__ = (Index("ix_inbound_posts_waiting", "hit_id", postgresql_where=text("state = 'waiting'")),)


class Webinar(Base):
    """A webinar known by its title and time."""

    __tablename__ = "webinars"

    id: Mapped[Key]
    title: Mapped[str]
    held_at: Mapped[datetime]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    # Where those who follow a join link go; it may come after the links.
    join_url: Mapped[str | None]
    campaign_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("campaigns.id", ondelete="SET NULL"))

    __table_args__ = (Index("uq_webinars_identity", "title", "held_at", unique=True),)


class Event(Base):
    """What a contact did; immutable but for its verdict and `folded_at`, which is null while scores lack it."""

    __tablename__ = "events"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[uuid.UUID | None]
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    message_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    asset_id: Mapped[uuid.UUID | None]
    webinar_id: Mapped[uuid.UUID | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    hit_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    verdict: Mapped[str]
    # What it was judged as until sales called it no signal: replays walk through the time before that answer, too.
    verdict_before: Mapped[str | None]
    reasons: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    minutes: Mapped[float | None]
    topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    product: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    folded_at: Mapped[datetime | None]
    # When what the same person did within two weeks of this proven act was judged again; null while it waits.
    weighed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_events_unfolded", "id", postgresql_where=text("folded_at is null")),
        Index("ix_events_unweighed", "id", postgresql_where=text("verdict = 'proven' and weighed_at is null")),
        Index("ix_events_proven", "contact_id", "happened_at", postgresql_where=text("verdict = 'proven'")),
        Index("ix_events_contact", "contact_id", "kind", "happened_at"),
        Index("ix_events_webinar_id", "webinar_id", postgresql_where=text("webinar_id is not null")),
        # Who did what lately, for conditions over everybody; machines are most of the events and not in it.
        Index(
            "ix_events_human",
            "kind",
            "happened_at",
            postgresql_include=["contact_id"],
            postgresql_where=text("verdict in ('proven', 'likely')"),
        ),
        # When an account was last heard of, for lists over all of them.
        Index(
            "ix_events_account_human",
            "account_id",
            "happened_at",
            postgresql_where=text("verdict in ('proven', 'likely')"),
        ),
    )


class ScoreModel(Base):
    """A version of the scoring model; exactly one is live."""

    __tablename__ = "score_models"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(unique=True)
    document: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str | None]
    # How the golden accounts came out, and why it was published although some did not.
    golden: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # So many accounts were to be folded again by it.
    accounts: Mapped[int] = mapped_column(server_default=text("0"))
    is_live: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (Index("uq_score_models_live", "is_live", unique=True, postgresql_where=text("is_live")),)


class ModelDraft(Base):
    """A scoring model somebody works on, begun from the version that was live then; it changes no score."""

    __tablename__ = "model_drafts"

    id: Mapped[Key]
    document: Mapped[dict[str, Any]]
    based_on: Mapped[int]
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # The version it became, or when it was thrown away; a draft is open while both are null.
    published_version: Mapped[int | None]
    dropped_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_model_drafts_open",
            "changed_at",
            postgresql_where=text("published_version is null and dropped_at is null"),
        ),
    )


class ScoreEntry(Base):
    """One event's points at the moment it happened; a pure function of event, contact and model."""

    __tablename__ = "score_entries"

    # No foreign key: it would look every event up once more. A trigger takes entries away with their events.
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID]
    contact_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    base: Mapped[float]
    seniority: Mapped[float]
    verdict: Mapped[str]
    factor: Mapped[float]
    half_life_days: Mapped[float]
    capped: Mapped[bool] = mapped_column(server_default=text("false"))
    struck: Mapped[bool] = mapped_column(server_default=text("false"))
    entry: Mapped[float]
    model_version: Mapped[int]

    # A person's newest entries, however many there are.
    __table_args__ = (Index("ix_score_entries_newest", "contact_id", text("happened_at desc"), "event_id"),)


class ContactScore(Base):
    """A contact's points per half-life, worth `points` at `as_of` and decaying from there."""

    __tablename__ = "contact_scores"

    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    half_life_days: Mapped[float] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(index=True)
    points: Mapped[float]
    as_of: Mapped[datetime]
    # The newest event of each sort, so that an evaluation never has to look at the ledger.
    last_human_at: Mapped[datetime | None]
    last_proven_at: Mapped[datetime | None]
    last_act_now_at: Mapped[datetime | None]


class Refold(Base):
    """A contact whose entries must be computed again from its events (title, verdict or account changed)."""

    __tablename__ = "refolds"

    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
