"""Merging two accounts: what the one that stays takes over, and which open work of both becomes one."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from abm.words import MatchRule, TaskState, Tier

# What the account that stays lacks is taken over, what it has is kept.
FILLED = (
    "kana",
    "corporate_number",
    "postcode",
    "prefecture",
    "address",
    "phone",
    "industry",
    "closing_month",
    "owner_id",
    "parent_id",
    # A refusal wins over silence: whoever is excluded under one name is excluded.
    "excluded_reason",
)
# Of these the later one holds.
LATEST = ("confirmed_at", "last_contacted_on", "mqa_blocked_until")
# A place is only right as a whole.
PLACE = ("postcode", "prefecture", "address")
# The same of two records of a person.
PERSON_FILLED = (
    "family_name",
    "given_name",
    "kana",
    "department_id",
    "buying_role",
    "job_function",
    "email",
    "time_zone",
    "memo",
)
PERSON_LATEST = ("confirmed_at", "last_contacted_on", "refused_at", "no_phone_at")
# What is only right together: a title gives the seniority, a number is kept as it was typed.
PERSON_TOGETHER = (("title", "seniority"), ("phone", "phone_typed"), ("postcode", "address"))
# New accounts start as 1:many, so that may mean that nobody ever chose.
TIERS = (Tier.ONE_TO_MANY, Tier.ONE_TO_FEW, Tier.ONE_TO_ONE)
# The further somebody has come with it, the surer a task is the one to keep.
PROGRESS = (
    TaskState.OPEN,
    TaskState.EXPIRED,
    TaskState.NEW,
    TaskState.ASSIGNED,
    TaskState.ACCEPTED,
    TaskState.WORKING,
)


@dataclass(frozen=True)
class OpenTask:
    """A task that may be open only once per account, department and kind."""

    id: uuid.UUID
    kind: str
    department_id: uuid.UUID | None
    state: str
    created_at: datetime


@dataclass(frozen=True)
class OpenAction:
    """The next action of an account itself, of which there is one."""

    id: uuid.UUID
    due_on: date


@dataclass(frozen=True)
class Joined:
    """Two open things that become one: the kept one goes on for both."""

    kept: uuid.UUID
    joined: uuid.UUID


def fill_fields(stays: Mapping[str, Any], goes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the account that stays which the merge changes, with their new values."""
    has_place = any(stays[name] for name in PLACE)
    filled = {name: value for name, value in _lacking(stays, goes, FILLED).items() if not (has_place and name in PLACE)}
    later = _later(stays, goes, LATEST)
    tier = {"tier": goes["tier"]} if TIERS.index(goes["tier"]) > TIERS.index(stays["tier"]) else {}
    return {**filled, **later, **tier}


def fill_person(stays: Mapping[str, Any], goes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the person's record that stays which the merge changes, with their new values."""
    together = {
        name: goes[name]
        for names in PERSON_TOGETHER
        if stays[names[0]] in (None, "") and goes[names[0]] not in (None, "")
        for name in names
    }
    custom = {**goes["custom"], **stays["custom"]}
    tags = list(dict.fromkeys([*stays["tags"], *goes["tags"]]))
    return {
        **_lacking(stays, goes, PERSON_FILLED),
        **together,
        **_later(stays, goes, PERSON_LATEST),
        **({"custom": custom} if custom != stays["custom"] else {}),
        **({"tags": tags} if tags != stays["tags"] else {}),
    }


def join_tasks(
    stays: Iterable[OpenTask], goes: Iterable[OpenTask], departments: Mapping[uuid.UUID, uuid.UUID]
) -> list[Joined]:
    """Which open tasks would stand twice; `departments` says which one of the other account is which of ours."""
    ours = {(task.department_id, task.kind): task for task in stays}
    joined = []
    for task in goes:
        department = departments.get(task.department_id, task.department_id) if task.department_id else None
        if twin := ours.get((department, task.kind)):
            kept, other = (twin, task) if _weight(twin) >= _weight(task) else (task, twin)
            joined.append(Joined(kept.id, other.id))
    return joined


def join_actions(stays: OpenAction | None, goes: OpenAction | None) -> list[Joined]:
    """The next action that comes first goes on."""
    if stays is None or goes is None:
        return []
    kept, other = (stays, goes) if stays.due_on <= goes.due_on else (goes, stays)
    return [Joined(kept.id, other.id)]


def proposed_main(evidence: Sequence[Mapping[str, Any]], known_first: str) -> str:
    """Which of a pair is offered as the one that stays, or as the parent: the proposed parent, else the known one."""
    proposed = [str(one["parent_id"]) for one in evidence if one.get("parent_id")]
    return proposed[0] if proposed else known_first


def is_family(evidence: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the evidence speaks for parent and subsidiary rather than for one firm."""
    return any(one.get("rule") == MatchRule.DOMAIN_ONLY for one in evidence)


def _lacking(stays: Mapping[str, Any], goes: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: goes[name] for name in names if stays[name] in (None, "") and goes[name] not in (None, "")}


def _later(stays: Mapping[str, Any], goes: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {
        name: goes[name]
        for name in names
        if goes[name] is not None and (stays[name] is None or stays[name] < goes[name])
    }


def _weight(task: OpenTask) -> tuple[int, float]:
    """Who has come further weighs more, then who is older."""
    return PROGRESS.index(TaskState(task.state)), -task.created_at.timestamp()
