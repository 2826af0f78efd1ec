"""How mails leave: how many at once and a minute, and how the sending domain stood when it was looked at."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class SendingLimit(Base):
    """How many mails go to some domains at once and a minute: to all together, to each other domain, or to a group."""

    __tablename__ = "sending_limits"

    name: Mapped[str] = mapped_column(primary_key=True)
    sort: Mapped[str]
    # Of a group: its mail domains; what lies below them belongs to it, too.
    domains: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    # None leaves the pace to the server.
    per_minute: Mapped[int | None]
    at_once: Mapped[int]


class SendingPace(Base):
    """From when on the next mail may leave to a domain or group, and until when those put off already fill its time."""

    __tablename__ = "sending_paces"

    name: Mapped[str] = mapped_column(primary_key=True)
    free_at: Mapped[datetime]
    spread_at: Mapped[datetime]


class DomainCheck(Base):
    """How the domains that send our mails stood in the DNS when somebody asked."""

    __tablename__ = "domain_checks"

    id: Mapped[Key]
    at: Mapped[datetime]
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    findings: Mapped[list[Any]]
