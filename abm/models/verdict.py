"""What is learnt of gateways, and what people said of verdicts."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class FirstVisit(Base):
    """How the links of a message were first followed: a domain's and a network's habit is learnt from these."""

    __tablename__ = "first_visits"

    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    # Empty where many firms share it.
    domain: Mapped[str]
    network: Mapped[str]
    # A digest: agents themselves are dropped after a while.
    agent: Mapped[str]
    is_scan: Mapped[bool]
    is_found_out: Mapped[bool]

    __table_args__ = (
        Index("ix_first_visits_domain", "domain", "at", postgresql_where=text("domain <> ''")),
        Index("ix_first_visits_network", "network", "at", postgresql_where=text("network <> ''")),
    )


class VerdictOverrule(Base):
    """What somebody said of one hit, or of a gateway's hits on a recipient domain; wins until it is withdrawn."""

    __tablename__ = "verdict_overrules"

    id: Mapped[Key]
    hit_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    domain: Mapped[str | None]
    # Empty means any.
    network: Mapped[str] = mapped_column(server_default=text("''"))
    agent: Mapped[str] = mapped_column(server_default=text("''"))
    verdict: Mapped[str]
    reason: Mapped[str]
    said_at: Mapped[datetime]
    said_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # How far the domain's mails were judged again: {at, message, judged} of the last; nothing once all are.
    judging: Mapped[dict[str, Any] | None]

    __table_args__ = (
        Index("ix_verdict_overrules_domain", "domain", postgresql_where=text("withdrawn_at is null")),
        Index("ix_verdict_overrules_judging", "said_at", postgresql_where=text("judging is not null")),
    )
