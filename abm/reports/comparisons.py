"""What a sequence brought: accounts on it beside its control group, and the ways of its splits beside each other."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.models import Sequence, SequenceVersion, SplitTest
from abm.words import HUMAN, DealStage, MqaCause, Outcome, StepKind, TaskKind
from campaigns.compare import Difference, Share, difference
from campaigns.newest import find_published_version
from campaigns.sequences import get_sequence
from campaigns.splits import Brought, brought_by
from campaigns.triggers import read_terms

# What happens so long after an account was taken on, or left out on purpose, counts.
WITHIN_DAYS = 90
_OUTCOMES = text(
    """
    with subjects as materialized (
        select account_id, min(enrolled_at) as since, false as held from enrollments where sequence_id = :id group by 1
        union all
        select account_id, drawn_at, true from holdouts where sequence_id = :id
    )
    select s.held, count(*) as accounts,
        count(*) filter (where exists (
            select from events e where e.account_id = s.account_id and e.verdict = any(:human)
              and e.happened_at > s.since and e.happened_at <= s.since + cast(:within as interval))) as engaged,
        count(*) filter (where exists (
            select from mqa_changes q where q.account_id = s.account_id and q.cause <> all(:no_mqa)
              and q.at > s.since and q.at <= s.since + cast(:within as interval))) as mqa,
        count(*) filter (where exists (
            select from tasks t where t.account_id = s.account_id and t.kind = :hand_off
              and t.accepted_at > s.since and t.accepted_at <= s.since + cast(:within as interval))) as accepted,
        count(*) filter (where exists (
            select from deals d where d.account_id = s.account_id and d.archived_at is null
              and d.created_at > s.since and d.created_at <= s.since + cast(:within as interval))) as deal,
        count(*) filter (where exists (
            select from deals d where d.account_id = s.account_id and d.archived_at is null and d.stage = :won
              and d.stage_since > s.since and d.stage_since <= s.since + cast(:within as interval))) as won
    from subjects s group by s.held
    """
)


@dataclass(frozen=True)
class Lift:
    """How often something happened at accounts on the way and in the control group, and the difference."""

    outcome: Outcome
    mailed: Share
    held: Share
    difference: Difference


@dataclass(frozen=True)
class WayResult:
    """One way of a split: how many of its people did what is measured; `over` the first way by so much."""

    key: str
    share: Share
    over: Difference | None
    is_winner: bool


@dataclass(frozen=True)
class Results:
    """All there is to compare about one sequence; the splits are those of its newest published version."""

    sequence: Sequence
    lift: list[Lift]
    splits: list["SplitResult"]
    # Whether it leaves accounts out, even if none was drawn yet.
    has_holdout: bool


@dataclass(frozen=True)
class SplitResult:
    """A split that names a winner, as it stands."""

    step: Mapping[str, Any]
    by: str
    ways: list[WayResult]
    first_at: datetime | None
    decided_at: datetime | None


def results_of(session: Session, name: str) -> Results:
    """What a sequence brought so far; NotFound when there is none of this name."""
    sequence = get_sequence(session, name)
    version = find_published_version(session, sequence.id)
    splits = splits_of(session, version) if version else []
    has_holdout = version is not None and read_terms(version.document).holdout > 0
    return Results(sequence, lift_of(session, sequence.id), splits, has_holdout)


def lift_of(session: Session, sequence_id: uuid.UUID) -> list[Lift]:
    """Each outcome beside the control group; nothing while there is none."""
    values = {
        "id": sequence_id,
        "human": list(HUMAN),
        "no_mqa": [MqaCause.LEFT, MqaCause.REROUTED],
        "hand_off": TaskKind.HAND_OFF,
        "won": DealStage.WON,
        "within": f"{WITHIN_DAYS} days",
    }
    counted = session.execute(_OUTCOMES, values).mappings()
    rows: dict[bool, Mapping[str, Any]] = {row["held"]: dict(row) for row in counted}
    if len(rows) < len((True, False)):
        return []
    return [_lift(outcome, rows) for outcome in Outcome]


def splits_of(session: Session, version: SequenceVersion) -> list[SplitResult]:
    """The splits of a published version that name a winner, in the order of the document."""
    tests = session.scalars(select(SplitTest).where(SplitTest.sequence_version_id == version.id))
    known = {test.step: test for test in tests}
    asked = [one for one in version.document["steps"] if one["kind"] == StepKind.SPLIT and one.get("winner")]
    return [_split(session, version, step, known[step["key"]]) for step in asked if step["key"] in known]


def _lift(outcome: Outcome, rows: Mapping[bool, Mapping[str, Any]]) -> Lift:
    mailed, held = (Share(rows[side][outcome], rows[side]["accounts"]) for side in (False, True))
    return Lift(outcome, mailed, held, difference(mailed, held))


def _split(session: Session, version: SequenceVersion, step: Mapping[str, Any], test: SplitTest) -> SplitResult:
    # What came after the decision, by the winner alone, was compared with nothing.
    decided = {way["key"]: Share(*test.counts.get(way["key"], (0, 0))) for way in step["ways"]}
    brought = Brought(decided, test.first_at) if test.way else brought_by(session, version, step)
    first = next(iter(brought.shares.values()))
    ways = [
        WayResult(key, share, None if share is first else difference(share, first), key == test.way)
        for key, share in brought.shares.items()
    ]
    return SplitResult(step, step["winner"]["by"], ways, brought.first_at, test.decided_at)
