"""Taking people on: by triggers, by hand and by other systems, on the terms of the newest version."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.guard.facts import open_batch
from abm.guard.guard import Decision
from abm.models import Sequence as SequenceRow
from abm.models import SequenceVersion
from abm.queue import enqueue
from abm.words import GuardAnswer, GuardReason, SequenceState, SequenceSubject, StartAnswer, TriggerKind
from campaigns.enrollments import Intake, take_on
from campaigns.newest import published_versions
from campaigns.triggers import read_terms

# A person with the event, change or file that brought them.
Brought = tuple[uuid.UUID, uuid.UUID | None]

HOLD = text("select id from sequences where id = any(:ids) order by id for no key update")
# Why somebody is never mailed, as long as nobody changes who they are to us; everything else passes by itself.
LASTING = (
    GuardReason.ARCHIVED,
    GuardReason.NO_ADDRESS,
    GuardReason.CONSENT_MISSING,
    GuardReason.SUPPRESSED,
    GuardReason.BOUNCED,
    GuardReason.COMPETITOR,
    GuardReason.EXCLUDED,
)
RUNNING = (SequenceState.PUBLISHED, SequenceState.PAUSED)


def hold_sequences(session: Session, sequence_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Intake]:
    """Those of these sequences that take people on now, held so that nobody else does meanwhile."""
    if not sequence_ids:
        return {}
    session.execute(HOLD, {"ids": list(sequence_ids)})
    newest = published_versions().join(SequenceRow).where(SequenceRow.id.in_(list(sequence_ids)))
    told = (SequenceVersion.id, SequenceVersion.document, SequenceRow.id, SequenceRow.name, SequenceRow.state)
    rows = session.execute(newest.where(SequenceRow.state.in_(RUNNING)).with_only_columns(*told))
    return {
        sequence_id: Intake(version_id, sequence_id, name, read_terms(document), state == SequenceState.PAUSED)
        for version_id, document, sequence_id, name, state in rows
    }


def start_people(
    session: Session, intake: Intake, people: Sequence[Brought], origin: TriggerKind, at: datetime
) -> dict[StartAnswer, int]:
    """Take on whom the sequence can do something for; answers how many came, and why others did not."""
    welcome = _who_may_be_mailed(session, intake, people, at)
    answers = take_on(session, intake, welcome, origin, at) if welcome else {}
    if len(welcome) < len(people):
        answers[StartAnswer.NO_MAIL] = len(people) - len(welcome)
    if answers.get(StartAnswer.TAKEN_ON):
        enqueue(session, "advance_enrollments")
    return answers


def start_by_hand(
    session: Session, name: str, contact_ids: Collection[uuid.UUID], at: datetime
) -> dict[StartAnswer, int]:
    """Take these people on because somebody said so; the sequence's terms hold all the same."""
    intake = _hold_named(session, name)
    return start_people(session, intake, [(contact_id, None) for contact_id in contact_ids], TriggerKind.HAND, at)


def start_by_api(
    session: Session, name: str, contact_id: uuid.UUID, cause_id: uuid.UUID | None, at: datetime
) -> StartAnswer:
    """Take a person on because another system said so; one cause begins once, also for who is through with it."""
    intake = _hold_named(session, name)
    if not intake.terms.by_api:
        raise Invalid(f"sequence {name} lets nobody begin by the API: give it the trigger api", "triggers", "no_api")
    answers = start_people(session, intake, [(contact_id, cause_id)], TriggerKind.API, at)
    return next(iter(answers), StartAnswer.BEEN_BEFORE)


def names_by_api(session: Session) -> list[str]:
    """The names of the running sequences that let other systems take people on."""
    newest = published_versions().with_only_columns(SequenceVersion.sequence_id, SequenceVersion.document).subquery()
    asked = newest.c.document["triggers"].contains([{"on": TriggerKind.API}])
    named = select(SequenceRow.name).join(newest, newest.c.sequence_id == SequenceRow.id)
    return list(session.scalars(named.where(SequenceRow.state.in_(RUNNING), asked).order_by(SequenceRow.name)))


def _hold_named(session: Session, name: str) -> Intake:
    sequence_id = session.scalar(select(SequenceRow.id).where(SequenceRow.name == name))
    if sequence_id is None:
        raise NotFound(f"there is no sequence {name!r}")
    intake = hold_sequences(session, [sequence_id]).get(sequence_id)
    if intake is None:
        raise Conflict(f"sequence {name} is not published: nobody can begin", "not_published")
    return intake


def _who_may_be_mailed(session: Session, intake: Intake, people: Sequence[Brought], at: datetime) -> Sequence[Brought]:
    """Whoever may never be mailed is left out of a sequence that does nothing else; accounts have others to address."""
    if not intake.terms.only_mails or intake.terms.subject is SequenceSubject.ACCOUNT:
        return people
    batch = open_batch(session, {contact_id for contact_id, _ in people}, at)
    refused = {contact_id for contact_id in batch.facts if _is_refused_for_good(batch.ask(contact_id))}
    return [one for one in people if one[0] not in refused]


def _is_refused_for_good(decision: Decision) -> bool:
    """Whether the guard leaves this person's mail out for a reason that time does not end."""
    return any(found.answer is GuardAnswer.SKIP and found.reason in LASTING for found in decision.findings)
