"""Everybody who is or was in a sequence, a page at a time: where each stands, or how it ended."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from abm.models import Account, Contact, Enrollment, Sequence, SequenceVersion
from abm.reports.paging import PAGE_LENGTH, Page, page_within
from abm.words import EnrollmentState


@dataclass(frozen=True)
class Enrolled:
    """One enrollment as the list shows it; without a contact it is the account's."""

    id: uuid.UUID
    contact: str | None
    account_id: uuid.UUID
    account: str
    state: str
    step: str
    due_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    version: int


def list_enrolled(
    session: Session, name: str, *, state: EnrollmentState | None, text: str, page: int
) -> Page[Enrolled]:
    """Those in this state (or all) whose name or company holds the text; who is under way comes first."""
    wanted = _rows(name, state, text)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = page_within(page, total, PAGE_LENGTH)
    order = (Enrollment.ended_at.desc().nulls_first(), Enrollment.due_at.asc().nulls_last(), Enrollment.id)
    shown = wanted.order_by(*order).limit(PAGE_LENGTH).offset((number - 1) * PAGE_LENGTH)
    return Page(tuple(Enrolled(**row) for row in session.execute(shown).mappings()), total, number)


def _rows(name: str, state: EnrollmentState | None, text: str) -> Select[Any]:
    found = (
        select(
            Enrollment.id,
            Contact.full_name.label("contact"),
            Enrollment.account_id,
            Account.name.label("account"),
            *(getattr(Enrollment, column) for column in ("state", "step", "due_at", "ended_at", "reason")),
            SequenceVersion.number.label("version"),
        )
        .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
        .join(Sequence, Sequence.id == SequenceVersion.sequence_id)
        .join(Account, Account.id == Enrollment.account_id)
        .outerjoin(Contact, Contact.id == Enrollment.contact_id)
        .where(Sequence.name == name)
    )
    if state is not None:
        found = found.where(Enrollment.state == state)
    if text:
        found = found.where(
            or_(Contact.full_name.icontains(text, autoescape=True), Account.name.icontains(text, autoescape=True))
        )
    return found
