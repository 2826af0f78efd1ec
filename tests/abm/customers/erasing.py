"""What tests of erasing share: how a person is erased, and what is kept of everybody."""

import json
import uuid
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.erase import erase_person
from abm.db import Base
from abm.models import Contact, Delivery, Enrollment, Sequence, SequenceVersion, Task, User
from abm.tokens import Signer
from abm.words import DeliveryState, TaskKind, TaskState
from tests.worlds import NOON

DIGESTS = Signer([b"k" * 32]).digests
ANNA = "anna@acme.example"


def erase(session: Session, contact: Contact, user: User) -> None:
    erase_person(session, contact.id, DIGESTS, by=user.id, at=NOON)
    session.expire_all()


def a_task(contact: Contact, **over: Any) -> Task:
    values = {
        "kind": TaskKind.HAND_OFF,
        "state": TaskState.ASSIGNED,
        "account_id": contact.account_id,
        "contact_id": contact.id,
        "why": [],
        "brief": {"people": [{"id": str(contact.id), "name": contact.full_name}]},
        "created_at": NOON,
    }
    return Task(**{**values, **over})


def told_by_a_step(session: Session, contact: Contact, state: DeliveryState = DeliveryState.PLANNED) -> Delivery:
    """A delivery as it was written before names were looked up."""
    sequence = Sequence(name=f"told_{uuid.uuid4().hex}", title={})
    session.add(sequence)
    session.flush()
    version = SequenceVersion(sequence_id=sequence.id, number=1, document={})
    session.add(version)
    session.flush()
    subject = {"account_id": contact.account_id, "contact_id": contact.id}
    way = Enrollment(sequence_version_id=version.id, step="tell", step_since=NOON, enrolled_at=NOON, **subject)
    session.add(way)
    session.flush()
    said = {"account": {"id": str(contact.account_id)}, "contact": {"id": str(contact.id), "name": contact.full_name}}
    delivery = Delivery(
        enrollment_id=way.id, step="tell", occurrence=1, said=said, event="step", state=state, created_at=NOON,
        due_at=NOON,
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    return delivery


def everything_kept(session: Session) -> str:
    """Every row of every table as text."""
    session.flush()
    found = []
    for table in Base.metadata.sorted_tables:
        found += session.scalars(text(f"select to_jsonb(t) from {table.name} t")).all()
    return json.dumps(found, ensure_ascii=False)
