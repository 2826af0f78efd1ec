"""How a sequence stands: people per step, fates per mail, what was withheld and why."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.models import Sequence, SequenceVersion
from abm.words import EnrollmentState, MessageState
from campaigns.newest import shown_version
from campaigns.sequences import get_sequence

SUMMARY = text(
    """
    select s.id, s.name, s.title, s.state, max(v.number), max(v.published_at),
        (select count(*) from enrollments e join sequence_versions w on w.id = e.sequence_version_id
         where w.sequence_id = s.id),
        (select count(*) from enrollments e join sequence_versions w on w.id = e.sequence_version_id
         where w.sequence_id = s.id and e.state = 'active')
    from sequences s left join sequence_versions v on v.sequence_id = s.id
    group by s.id order by s.created_at desc, s.name
    """
)
PEOPLE = text(
    """
    select e.state, e.step, count(*)
    from enrollments e join sequence_versions v on v.id = e.sequence_version_id
    where v.sequence_id = :id
    group by e.state, e.step
    """
)
MESSAGES = text(
    """
    select m.step, m.state, count(*),
        count(*) filter (where exists (
            select from events e where e.message_id = m.id and e.verdict in ('proven', 'likely')
              and e.kind in ('click', 'download', 'premium_download'))),
        count(*) filter (where exists (
            select from events e where e.message_id = m.id and e.verdict in ('proven', 'likely')
              and e.kind in ('download', 'premium_download')))
    from messages m
    join enrollments n on n.id = m.enrollment_id
    join sequence_versions v on v.id = n.sequence_version_id
    where v.sequence_id = :id and not m.is_test
    group by m.step, m.state
    """
)
WITHHELD = text(
    """
    select m.step, withheld.reason, count(*)
    from messages m
    join enrollments n on n.id = m.enrollment_id
    join sequence_versions v on v.id = n.sequence_version_id,
        jsonb_array_elements_text(m.guard->'reasons') as withheld(reason)
    where v.sequence_id = :id and not m.is_test and m.state in ('held', 'skipped', 'suppressed', 'planned')
    group by m.step, withheld.reason
    """
)

OUTCOMES = text(
    """
    select reason, trail ->> 'goal', count(*) from enrollments
    where sequence_id = :id and reason is not null group by 1, 2
    """
)
HELD_OUT = text("select count(*) from holdouts where sequence_id = :id")


@dataclass(frozen=True)
class SequenceRow:
    """A sequence as the list shows it."""

    id: uuid.UUID
    name: str
    title: Mapping[str, str]
    state: str
    version: int | None
    published_at: datetime | None
    enrolled: int
    active: int


@dataclass
class _Step:
    """What is counted at one step."""

    here: int = 0
    states: Counter[str] = field(default_factory=Counter)
    clicked: int = 0
    downloaded: int = 0
    withheld: Counter[str] = field(default_factory=Counter)


def list_sequences(session: Session) -> list[SequenceRow]:
    """Every sequence, newest first, with how many people it has."""
    return [SequenceRow(*row) for row in session.execute(SUMMARY)]


def sequence_status(session: Session, name: str) -> dict[str, Any]:
    """The newest version with live counts per step over all versions, and withheld mails per reason."""
    sequence = get_sequence(session, name)
    version = shown_version(session, sequence.id)
    if version is None:
        return {
            **_head(sequence, None),
            "people": {},
            **_outcomes(session, sequence.id),
            "messages": {},
            "withheld": {},
            "steps": [],
        }
    counts, people = _count(session, sequence.id)
    return {
        **_head(sequence, version),
        "people": {state: people[state] for state in EnrollmentState},
        **_outcomes(session, sequence.id),
        "messages": _total(step.states for step in counts.values()),
        "withheld": _total(step.withheld for step in counts.values()),
        "start": version.document.get("start") or version.document["steps"][0]["key"],
        "steps": [_step_json(step, counts[step["key"]]) for step in version.document["steps"]],
    }


def _outcomes(session: Session, sequence_id: uuid.UUID) -> dict[str, Any]:
    """Why people ended, which goals they reached, and how many accounts were held out to compare with."""
    ended = session.execute(OUTCOMES, {"id": sequence_id}).all()
    reasons, goals = Counter[str](), Counter[str]()
    for reason, goal, count in ended:
        reasons[reason] += count
        if goal:
            goals[goal] += count
    held_out = session.scalar(HELD_OUT, {"id": sequence_id})
    return {"reasons": dict(reasons), "goals": dict(goals), "held_out": held_out}


def _head(sequence: Sequence, version: SequenceVersion | None) -> dict[str, Any]:
    return {
        "name": sequence.name,
        "title": sequence.title,
        "state": sequence.state,
        "version": version and version.number,
        "published_at": rfc3339(version.published_at) if version and version.published_at else None,
    }


def _count(session: Session, sequence_id: uuid.UUID) -> tuple[defaultdict[str, _Step], Counter[str]]:
    counts: defaultdict[str, _Step] = defaultdict(_Step)
    people: Counter[str] = Counter()
    values = {"id": sequence_id}
    for state, step, count in session.execute(PEOPLE, values):
        people[state] += count
        if state == EnrollmentState.ACTIVE:
            counts[step].here += count
    for step, state, count, clicked, downloaded in session.execute(MESSAGES, values):
        counts[step].states[state] += count
        counts[step].clicked += clicked
        counts[step].downloaded += downloaded
    for step, reason, count in session.execute(WITHHELD, values):
        counts[step].withheld[reason] += count
    return counts, people


def _total(counters: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return dict(total)


def _step_json(step: Mapping[str, Any], counted: _Step) -> dict[str, Any]:
    messages = {state.value: counted.states[state] for state in MessageState if counted.states[state]}
    shown = {key: value for key, value in step.items() if key != "topics"}
    reached = {"clicked": counted.clicked, "downloaded": counted.downloaded}
    return {**shown, "here": counted.here, "messages": messages, **reached, "withheld": dict(counted.withheld)}
