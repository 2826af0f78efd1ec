"""Splits with a winner: what each way brought, and from when on everybody takes the best one.

The time runs from the first mail that was sent behind the split. What counts is what people did on such mails, never
what machines did. When the time is over, every way had enough people and one of them acted, the best way wins; until
then it is looked again and again. Whoever comes to the split later takes the winner; who is past it stays where they
are. Versions of a sequence that ask the same are one test: publishing to more people does not begin it anew.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.models import AuditEntry, SequenceVersion, SplitTest
from abm.words import HUMAN, SENT_STATES, StepKind
from campaigns.compare import Share, best_way
from campaigns.journey import CLICKS, DOWNLOADS
from campaigns.steps import Course, SplitStep
from campaigns.ways import reach, targets

LOOK_AGAIN = timedelta(minutes=10)
# When the time is over and people are still too few.
LOOK_SELDOM = timedelta(hours=6)
BATCH = 20
KEPT = ("first_at", "look_at", "decided_at", "way", "counts")
MEASURES = {"click": CLICKS, "download": DOWNLOADS}
_BROUGHT = text(
    """
    select e.trail -> 'branches' ->> :step as way, count(distinct e.id) as people, min(m.sent_at) as first_at,
        count(distinct e.id) filter (where exists (
            select from events v where v.message_id = m.id and v.kind = any(:kinds) and v.verdict = any(:human))) as did
    from enrollments e
    join messages m on m.enrollment_id = e.id and m.step = any(:behind) and m.state = any(:sent) and not m.is_test
    where e.sequence_version_id = any(:versions) and e.trail -> 'branches' ? :step
    group by 1
    """
)


@dataclass(frozen=True)
class Brought:
    """What each way of a split brought so far, in the order of its ways; when the first mail behind it was sent."""

    shares: dict[str, Share]
    first_at: datetime | None


def open_tests(session: Session, version: SequenceVersion, at: datetime) -> None:
    """Watch the splits of a version that is published just now and name a winner; what was decided stays decided."""
    for step in version.document["steps"]:
        if step["kind"] == StepKind.SPLIT and step.get("winner"):
            same = _decided(session, _alike(session, version, step["key"]), step["key"])
            kept = {name: getattr(same, name) for name in KEPT} if same else {"look_at": at}
            row = {"sequence_version_id": version.id, "step": step["key"], **kept}
            session.execute(insert(SplitTest).values(row).on_conflict_do_nothing())


def _alike(session: Session, version: SequenceVersion, key: str) -> list[uuid.UUID]:
    """The published versions of this sequence that ask the same at this step."""
    published = select(SequenceVersion).where(
        SequenceVersion.sequence_id == version.sequence_id, SequenceVersion.published_at.is_not(None)
    )
    asked = _asked(version.document, key)
    return [one.id for one in session.scalars(published) if _asked(one.document, key) == asked]


def _asked(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What makes a split the same in another version: its ways, how it is decided, and the mails behind it."""
    steps = {step["key"]: step for step in document["steps"]}
    split = steps.get(key, {})
    behind = sorted(reach({name: targets(step) for name, step in steps.items()}, key))
    mails = {name: steps[name]["mail"] for name in behind if steps[name]["kind"] == StepKind.MAIL}
    return {"ways": split.get("ways"), "winner": split.get("winner"), "mails": mails}


def _decided(session: Session, version_ids: Collection[uuid.UUID], key: str) -> SplitTest | None:
    """The newest decision about this split in one of these versions."""
    decided = select(SplitTest).where(SplitTest.step == key, SplitTest.way.is_not(None))
    decided = decided.where(SplitTest.sequence_version_id.in_(version_ids)).order_by(SplitTest.decided_at.desc())
    return session.scalars(decided.limit(1)).one_or_none()


def tests_wait(session: Session, at: datetime) -> bool:
    """Whether a split is to be looked at."""
    return bool(session.scalar(select(exists().where(SplitTest.decided_at.is_(None), SplitTest.look_at <= at))))


def choose_winners(session: Session, at: datetime) -> int:
    """Look at the splits that are due; answers how many were decided."""
    due = select(SplitTest, SequenceVersion).join(SequenceVersion, SequenceVersion.id == SplitTest.sequence_version_id)
    due = due.where(SplitTest.decided_at.is_(None), SplitTest.look_at <= at).order_by(SplitTest.look_at).limit(BATCH)
    found = session.execute(due.with_for_update(of=SplitTest, skip_locked=True)).all()
    return sum(_look(session, test, version, at) for test, version in found)


def brought_by(session: Session, version: SequenceVersion, step: Mapping[str, Any]) -> Brought:
    """What the ways of a split with a winner brought so far, in all versions that ask the same."""
    ways = {one["key"]: targets(one) for one in version.document["steps"]}
    values = {
        "versions": _alike(session, version, step["key"]),
        "step": step["key"],
        "behind": sorted(reach(ways, step["key"])),
        "kinds": sorted(MEASURES[step["winner"]["by"]]),
        "human": list(HUMAN),
        "sent": list(SENT_STATES),
    }
    rows = {row.way: row for row in session.execute(_BROUGHT, values)}
    shares = {
        way["key"]: Share(rows[way["key"]].did, rows[way["key"]].people) if way["key"] in rows else Share(0, 0)
        for way in step["ways"]
    }
    return Brought(shares, min((row.first_at for row in rows.values()), default=None))


def with_winners(course: Course, winners: Mapping[str, str]) -> Course:
    """The course as whoever comes to its splits now runs it: a split that was decided has one way."""
    steps = {key: _one_way(step, winners.get(key)) for key, step in course.steps.items()}
    return replace(course, steps=steps) if winners else course


def winners_of(session: Session, version_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    """By version and step: the way that won."""
    found: dict[uuid.UUID, dict[str, str]] = {}
    decided = select(SplitTest).where(SplitTest.sequence_version_id.in_(version_ids), SplitTest.way.is_not(None))
    for test in session.scalars(decided):
        found.setdefault(test.sequence_version_id, {})[test.step] = test.way or ""
    return found


def _one_way(step: Any, way: str | None) -> Any:
    if not isinstance(step, SplitStep) or way is None:
        return step
    return replace(step, ways=tuple(one for one in step.ways if one.key == way) or step.ways)


def _look(session: Session, test: SplitTest, version: SequenceVersion, at: datetime) -> bool:
    """Decide about one split, or say when to look again."""
    step = next((one for one in version.document["steps"] if one["key"] == test.step), None)
    if step is None or not step.get("winner"):
        test.decided_at = at
        return False
    if same := _decided(session, _alike(session, version, test.step), test.step):
        for name in KEPT:
            setattr(test, name, getattr(same, name))
        return False
    brought = brought_by(session, version, step)
    test.first_at = brought.first_at
    test.counts = {key: [share.yes, share.of] for key, share in brought.shares.items()}
    over = brought.first_at + timedelta(**step["winner"]["after"]) if brought.first_at else None
    if over is None or over > at:
        test.look_at = min(over or at + LOOK_AGAIN, at + LOOK_SELDOM)
        return False
    test.way = best_way(brought.shares)
    if test.way is None:
        test.look_at = at + LOOK_SELDOM
        return False
    test.decided_at = at
    detail = {"step": test.step, "way": test.way, "counts": test.counts, "version": version.number}
    session.add(
        AuditEntry(
            at=at, act="sequence.split_decided", subject="sequence", subject_id=version.sequence_id, detail=detail
        )
    )
    return True
