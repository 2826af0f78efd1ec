"""Trying proposed changes of the model: answers of sales summed by rule, and each change replayed before it shows."""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid, NotFound
from abm.handoff.replays import REJECTS, Months, differ
from abm.handoff.rules import WINS
from abm.models import Account, ModelDraft, Replay, Task
from abm.scoring.difference import Difference, Span
from abm.scoring.draft import open_draft
from abm.scoring.model import Model, read_model
from abm.scoring.proposals import LEAST_ANSWERS, Handed, Proposal, propose, sum_up
from abm.words import TaskKind
from abm.work import Work


def try_proposals(
    session: Session,
    document: Mapping[str, Any],
    live: Model,
    span: Span,
    zone: ZoneInfo,
    tell: Callable[[int], None],
) -> dict[str, Any]:
    """What the answers of these months speak for: sums by rule, and the changes with what they would have done."""
    handed = _load_handed(session, span)
    proposals = propose(handed, document)
    models = [read_model(one.document) for one in proposals]
    differences = differ(session, models, Months(live, span, zone), tell) if models else []
    tried = [
        {**_shown(proposal), "effect": _effect(difference, span)}
        for proposal, difference in zip(proposals, differences, strict=True)
    ]
    return {
        "answered": len(handed),
        "least": LEAST_ANSWERS,
        "rules": {group: [asdict(rule) for rule in rules] for group, rules in sum_up(handed).items()},
        # A change by which no reject would vanish is none to propose.
        "proposals": [one for one in tried if one["effect"]["rejects"]["gone"]],
        "without_effect": sum(not one["effect"]["rejects"]["gone"] for one in tried),
    }


def draft_proposal(work: Work, replay: Replay, number: int, *, by: uuid.UUID, note: str) -> ModelDraft:
    """Make a draft of a change that was proposed; nothing counts by it until somebody publishes it."""
    proposals = (replay.result or {}).get("proposals", [])
    if not 0 <= number < len(proposals):
        raise NotFound("no such proposal")
    if not note:
        raise Invalid("say what it is for", "note", "required")
    return open_draft(work.session, proposals[number]["document"], at=work.at, by=by, note=note)


def _load_handed(session: Session, span: Span) -> list[Handed]:
    """The hand-offs of these months that sales has answered for good."""
    found = session.execute(
        select(Task.answer, Task.receipt, Account.tier, Account.industry)
        .join(Account, Account.id == Task.account_id)
        .where(
            Task.kind == TaskKind.HAND_OFF,
            Task.answer.is_not(None),
            Task.closed_at.is_not(None),
            Task.created_at >= span.since,
            Task.created_at < span.until,
        )
        .order_by(Task.created_at, Task.id)
    )
    return [Handed(row.answer, row.tier, row.industry, _shares(row.receipt)) for row in found]


def _shares(receipt: Mapping[str, Any]) -> dict[str, float]:
    """The share of points that each kind of event gave, by the receipt frozen into the task."""
    points: Counter[str] = Counter()
    for entry in receipt.get("entries", []):
        points[entry["kind"]] += max(entry["value"], 0.0)
    total = sum(points.values())
    return {kind: value / total for kind, value in sorted(points.items())} if total > 0 else {}


def _shown(proposal: Proposal) -> dict[str, Any]:
    return {**asdict(proposal), "kind": proposal.kind.value}


def _effect(difference: Difference, span: Span) -> dict[str, Any]:
    """What the change would have done, in numbers."""
    tasks = {"draft": difference.draft.total(), "live": difference.live.total()}
    return {
        "tasks": tasks,
        "a_week": {name: round(number / span.weeks, 2) for name, number in tasks.items()},
        "gained": difference.gained.count,
        "lost": difference.lost.count,
        "rejects": _gone(difference, REJECTS),
        "wins": _gone(difference, WINS),
    }


def _gone(difference: Difference, codes: Sequence[str]) -> dict[str, int]:
    recorded = [one for one in difference.judged if one.answered.code in codes]
    return {"recorded": len(recorded), "gone": sum(one.live is not None and one.draft is None for one in recorded)}
