"""Listening: a published sequence's triggers as rows, so that nothing is looked for where nobody listens."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Segment, SequenceTrigger, SequenceVersion
from abm.words import TriggerKind
from campaigns.triggers import CONDITION, Trigger, read_triggers

# These ask about what is, not about what happens: they are looked at again and again.
LOOKED_AT = (TriggerKind.SEGMENT, CONDITION)
# Whoever has registered for a webinar still to come may stay away, too.
REGISTERED = text(
    """
    insert into occasions (kind, source_id, due_at)
    select 'registration', e.id, w.held_at + interval '1 day' from webinars w join events e on e.webinar_id = w.id
    where w.held_at > cast(:at as timestamptz) - interval '1 day' and e.kind = 'webinar_registered'
      and exists (
        select from sequence_triggers t where t.sequence_id = :sequence_id
          and t.asked ->> 'part' = 'registered_only' and coalesce(t.asked ->> 'webinar', w.title) = w.title)
    """
)


def listen(session: Session, sequence_id: uuid.UUID, document: Mapping[str, Any], at: datetime) -> None:
    """From now on this sequence hears what its document names, and nothing else."""
    triggers = read_triggers(document)
    _check_segments(session, triggers)
    stop_listening(session, sequence_id)
    published = select(func.min(SequenceVersion.published_at)).where(SequenceVersion.sequence_id == sequence_id)
    since = session.scalar(published) or at
    rows = [
        {
            "sequence_id": sequence_id,
            "role": trigger.role,
            "kind": trigger.kind,
            "words": list(trigger.words),
            "asked": dict(trigger.asked),
            "since": since - trigger.reach,
            "look_at": func.clock_timestamp() if trigger.kind in LOOKED_AT else None,
        }
        for trigger in triggers
    ]
    for row in rows:
        session.execute(insert(SequenceTrigger).values(row))
    session.execute(REGISTERED, {"sequence_id": sequence_id, "at": at})


def stop_listening(session: Session, sequence_id: uuid.UUID) -> None:
    """Nothing starts or ends in this sequence any more."""
    session.execute(delete(SequenceTrigger).where(SequenceTrigger.sequence_id == sequence_id))


def _check_segments(session: Session, triggers: Sequence[Trigger]) -> None:
    """A segment that nobody has made would never bring anybody."""
    names = {trigger.asked["segment"] for trigger in triggers if trigger.kind == TriggerKind.SEGMENT}
    known = set(session.scalars(select(Segment.name).where(Segment.name.in_(names))))
    for name in sorted(names - known):
        raise Invalid(f"there is no segment {name!r}", field="triggers", code="no_such_segment")
