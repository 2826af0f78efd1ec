"""Moving people in flight to the newest version: first who would land where, then the same in one statement.

A step of the same key is the same step; for a key that is gone a person names the one to go on with, or whoever stands
there stays in the old version.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid
from abm.models import AuditEntry, SequenceVersion
from abm.queue import enqueue
from campaigns.newest import find_published_version
from campaigns.plans import cancel_held
from campaigns.sequences import get_sequence

STANDING = text(
    """
    select v.number, e.step, count(*) from enrollments e join sequence_versions v on v.id = e.sequence_version_id
    where e.sequence_id = :id and e.state in ('active', 'parked') and v.id <> :newest
      and (cast(:only as uuid) is null or e.id = :only)
    group by v.number, e.step order by v.number, e.step
    """
)
# Due at once, so that the new version says how long the wait lasts; whoever is stopped stays stopped. A worker that has
# decided by the old version finds another due time and writes nothing. Answers who held a mail at a step they leave.
MOVE = text(
    """
    with moved as (
        update enrollments e
        set sequence_version_id = :newest, step = l.lands_on, leased_until = null,
            step_since = case when l.lands_on = e.step then e.step_since else :at end,
            due_at = case when e.due_at is not null then cast(:at as timestamptz) end
        from json_to_recordset(cast(:landings as json)) l (version bigint, step text, lands_on text)
        join sequence_versions v on v.number = l.version and v.sequence_id = :id
        where e.sequence_version_id = v.id and e.step = l.step and e.state in ('active', 'parked')
          and (cast(:only as uuid) is null or e.id = :only)
        returning e.id, l.step <> l.lands_on and e.trail ? 'held' as leaves_mail
    )
    select id from moved where leaves_mail
    """
)
STEPS = text(
    """
    select distinct s ->> 'key' from sequence_versions v, jsonb_array_elements(v.document -> 'steps') s
    where v.sequence_id = :id order by 1
    """
)


@dataclass(frozen=True)
class Landing:
    """So many people stand at a step of an older version; where they would go on, or nowhere: then they stay."""

    version: int
    step: str
    people: int
    lands_on: str | None


@dataclass(frozen=True)
class Moving:
    """Everybody in flight in an older version, and the newest that they would be moved to."""

    version: int
    landings: tuple[Landing, ...]

    @property
    def people(self) -> int:
        """How many would be moved."""
        return sum(landing.people for landing in self.landings if landing.lands_on)


def preview_move(
    session: Session, name: str, targets: Mapping[str, str] | None = None, only: uuid.UUID | None = None
) -> Moving:
    """Who would land where in the newest version; `targets` names, for steps that are gone, where to go on.

    With `only` nobody but this enrollment is meant.
    """
    sequence = get_sequence(session, name)
    return _plan(session, sequence.id, _newest(session, sequence.id, name), targets or {}, only)


def move_people(
    session: Session,
    name: str,
    targets: Mapping[str, str],
    *,
    at: datetime,
    by: uuid.UUID | None = None,
    only: uuid.UUID | None = None,
) -> Moving:
    """Move everybody (or `only` one) who has a step to land on to the newest version; answers what was done."""
    sequence = get_sequence(session, name, lock=True)
    newest = _newest(session, sequence.id, name)
    moving = _plan(session, sequence.id, newest, targets, only)
    landings = [vars(landing) for landing in moving.landings if landing.lands_on]
    values = {"id": sequence.id, "newest": newest.id, "at": at, "landings": json.dumps(landings), "only": only}
    cancel_held(session, session.scalars(MOVE, values).all())
    detail = {"version": newest.number, "people": moving.people, "landings": landings}
    session.add(
        AuditEntry(
            at=at, user_id=by, act="sequence.people_moved", subject="sequence", subject_id=sequence.id, detail=detail
        )
    )
    enqueue(session, "advance_enrollments")
    session.flush()
    return moving


def _newest(session: Session, sequence_id: uuid.UUID, name: str) -> SequenceVersion:
    newest = find_published_version(session, sequence_id)
    if newest is None:
        raise Conflict(f"sequence {name} is not published: there is no version to move anybody to")
    return newest


def _plan(
    session: Session,
    sequence_id: uuid.UUID,
    newest: SequenceVersion,
    targets: Mapping[str, str],
    only: uuid.UUID | None,
) -> Moving:
    steps = [step["key"] for step in newest.document["steps"]]
    _check_targets(targets, steps, newest.number)
    _check_gone(session, sequence_id, targets)
    standing = session.execute(STANDING, {"id": sequence_id, "newest": newest.id, "only": only})
    landings = (
        Landing(version, step, people, step if step in steps else targets.get(step))
        for version, step, people in standing
    )
    return Moving(newest.number, tuple(landings))


def _check_gone(session: Session, sequence_id: uuid.UUID, targets: Mapping[str, Any]) -> None:
    """A step that no version ever had was mistyped; at one that was there nobody may be standing any more."""
    known = session.scalars(STEPS, {"id": sequence_id}).all() if targets else ()
    for gone in targets:
        if gone not in known:
            problem = f"no version has a step {gone!r}; they have {', '.join(known)}"
            raise Invalid(problem, field=f"targets.{gone}", code="no_such_step")


def _check_targets(targets: Mapping[str, Any], steps: Sequence[str], number: int) -> None:
    for gone, target in targets.items():
        if target not in steps:
            known = ", ".join(steps)
            raise Invalid(
                f"version {number} has no step {target!r}; it has {known}", field=f"targets.{gone}", code="no_such_step"
            )
