"""Hand-offs the contact guard lets through not at all: each leaves its reason on the account's timeline."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.guard.task_facts import Subject
from abm.words import GuardReason, ItemKind

Withheld = tuple[Subject, tuple[GuardReason, ...]]


def tell_withheld(session: Session, withheld: Sequence[Withheld], at: datetime) -> None:
    """Say on the timeline why sales was not sent there, once for each subject."""
    add_items(
        session,
        [
            Item(
                ItemKind.TASK_WITHHELD,
                subject.account_id,
                at,
                department_id=subject.department_id,
                contact_id=subject.contact_id,
                detail={"reasons": [reason.value for reason in reasons]},
            )
            for subject, reasons in dict(withheld).items()
        ],
    )
