"""Audit rows of records: who changed what, from what to what; written in the same commit as the change."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from abm.db import Base
from abm.models import (
    Account,
    AuditEntry,
    Contact,
    Contract,
    CustomField,
    Deal,
    DealFile,
    DecisionStep,
    Department,
    Need,
    NextAction,
    Offer,
    Order,
    Ownership,
    Product,
    SurveyAnswer,
    Ticket,
    Usage,
)

# What is sold, and what became of it at the customer's.
Sold = Deal | DecisionStep | DealFile | Offer | Order | Contract | Ownership | Usage | Ticket | SurveyAnswer
Record = Account | Department | Contact | Need | NextAction | CustomField | Product | Sold

SUBJECTS: dict[type[Record], str] = {
    Account: "account",
    Department: "department",
    Contact: "contact",
    Need: "need",
    NextAction: "next_action",
    CustomField: "custom_field",
    Product: "product",
    Deal: "deal",
    DecisionStep: "decision_step",
    DealFile: "deal_file",
    Offer: "offer",
    Order: "order",
    Contract: "contract",
    Ownership: "ownership",
    Usage: "usage",
    Ticket: "ticket",
    SurveyAnswer: "survey_answer",
}


def note_change(
    session: Session,
    act: str,
    record: Record,
    *,
    by: uuid.UUID | None,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Write down what was done to a record; `changes` holds old and new of each field."""
    subject = SUBJECTS[type(record)]
    session.add(
        AuditEntry(
            at=at,
            user_id=by,
            act=f"{subject}.{act}",
            subject=subject,
            subject_id=record.id,
            detail={"changes": dict(changes)} if changes else {},
        )
    )


def set_fields(record: Base, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Set what differs; answers old and new of each field that did."""
    changed = {name: value for name, value in values.items() if getattr(record, name) != value}
    changes = {name: {"old": plain(getattr(record, name)), "new": plain(value)} for name, value in changed.items()}
    for name, value in changed.items():
        setattr(record, name, value)
    return changes


def plain(value: Any) -> Any:
    """A value as JSON keeps it; an amount the same however many places its column has."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID | str) else value
