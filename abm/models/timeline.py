"""The timeline: one time-ordered history per account, only ever added to."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class TimelineItem(Base):
    """One line: who, when, by what route, what; `detail` holds what a page needs to say it in either language."""

    __tablename__ = "timeline_items"

    id: Mapped[Key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    department_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("departments.id", ondelete="SET NULL"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    body: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # What the item tells of (an event, a message, a task …), so that one thing is told once.
    subject_id: Mapped[uuid.UUID | None]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        Index("ix_timeline_items_account", "account_id", text("happened_at desc"), text("id desc")),
        Index("ix_timeline_items_contact", "contact_id", text("happened_at desc"), text("id desc")),
        # What people did with an account: asked by the guard before every mail, and by whoever logs more.
        Index(
            "ix_timeline_items_work",
            "account_id",
            text("happened_at desc"),
            postgresql_where=text("kind in ('note', 'call', 'visit', 'meeting', 'sales_mail')"),
        ),
        Index("ix_timeline_items_time", text("happened_at desc"), text("id desc")),
        # What is told of one deal, its offers and its files: a few lines among thousands of the account.
        Index("ix_timeline_items_subject", "subject_id", postgresql_where=text("subject_id is not null")),
    )
