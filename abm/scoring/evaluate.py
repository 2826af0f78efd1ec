"""Evaluating accounts: what the policy says of them now, written back in sets, each change as a row with its reason."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, insert, text
from sqlalchemy.orm import Session

from abm.clock import day_end, days
from abm.customers.timeline import Item, add_items
from abm.models import Account, MqaChange, StageChange
from abm.queue import enqueue
from abm.scoring.arrays import array
from abm.scoring.cooling import LOOK_AHEAD, cold_level, goes_cold_at
from abm.scoring.facts import Facts
from abm.scoring.fit import record_of
from abm.scoring.model import Model
from abm.scoring.policy import LOOK_AGAIN, Outcome, counted_depth, crosses_at, evaluate, role_shares
from abm.scoring.returns import SILENCE, find_returns
from abm.words import ContractState, DealStage, ItemKind, MqaCause, TaskKind, TaskState

BATCH = 1_000
# Products are mostly owned without an end; the last day of the calendar stands for that.
LAST_DAY = date.max.isoformat()

LOCK = text("select id from accounts where id = any(cast(:ids as uuid[])) order by id for no key update")
CLAIM_DUE = text(
    "select id from accounts where evaluate_at <= :at and merged_into_id is null"
    " and (model_version is null or model_version = :version) order by id limit :limit for no key update skip locked"
)
# An account merged into another stays as it was, until it is given back. One whose people were folded by another
# version of the model is left to those who fold them again: thresholds of one and points of the other would not match.
FACTS = text(
    f"""
    select a.id, a.stage, a.evaluate_at, a.tier, s.scores, s.scores_later, s.scores_far,
        s.human_at, s.proven_at, s.act_now_at,
        exists (select from contacts c where c.account_id = a.id and c.archived_at is null) as has_contact,
        exists (
            select from tasks t where t.account_id = a.id and t.kind = '{TaskKind.HAND_OFF}'
              and t.state in ('{TaskState.ACCEPTED}', '{TaskState.WORKING}')
        ) as in_sales,
        a.excluded_reason is not null as is_excluded, a.is_mqa, a.mqa_blocked_until, a.last_human_at,
        coalesce(d.is_open, false) as has_open_deal, coalesce(d.lost_on > coalesce(d.won_on, '-infinity'), false)
            as last_deal_lost, d.lost_on is not null as has_lost_deal,
        exists (
            select from contracts k where k.account_id = a.id and k.state = '{ContractState.RUNNING}'
              and k.archived_at is null
        ) as has_contract,
        (
            select max(coalesce(o.until_on, '{LAST_DAY}')) from ownerships o
            where o.account_id = a.id and o.archived_at is null
        ) as owned_until,
        case when :remembers_all or s.human_at <= :remembers_since then (
            select array_agg(distinct g.new) from stage_changes g
            where g.account_id = a.id and g.new = any(cast(:remembered as text[]))
        ) end as was,
        a.name, a.industry, a.prefecture, a.employees, a.revenue, a.closing_month, s.roles
    from accounts a
    left join lateral (
        select bool_or(stage not in ('{DealStage.WON}', '{DealStage.LOST}')) as is_open,
            max(coalesce(closed_on, since)) filter (where stage = '{DealStage.LOST}') as lost_on,
            max(coalesce(closed_on, since)) filter (where stage = '{DealStage.WON}') as won_on
        from (select *, cast(stage_since at time zone :zone as date) as since from deals) k
        where account_id = a.id and archived_at is null
    ) d on true
    left join (
        select account_id, array_agg(role) as roles, array_agg(score) as scores, array_agg(score_later) as scores_later,
            array_agg(score_far) as scores_far,
            max(human_at) as human_at, max(proven_at) as proven_at, max(act_now_at) as act_now_at
        from (
            select account_id, sum(value) as score,
                case when :by_role then (select buying_role from contacts c where c.id = contact_id) end as role,
                sum(value * power(cast(2 as float8), -cast(:later_days as float8) / half_life_days)) as score_later,
                sum(value * power(cast(2 as float8), -cast(:far_days as float8) / half_life_days)) as score_far,
                max(last_human_at) as human_at, max(last_proven_at) as proven_at, max(last_act_now_at) as act_now_at
            from (
                select *, points_left(points, as_of, half_life_days, :at) as value
                from contact_scores where account_id = any(cast(:ids as uuid[]))
            ) b
            group by account_id, contact_id
        ) p group by account_id
    ) s on s.account_id = a.id
    where a.id = any(cast(:ids as uuid[])) and a.merged_into_id is null
      and (a.model_version is null or a.model_version = :version)
    """  # noqa: S608 only our own words are put in
)
FADING = text(
    """
    select account_id, contact_id, half_life_days, points_left(points, as_of, half_life_days, :at) as points,
        case when :by_role then (select buying_role from contacts c where c.id = contact_id) end as role
    from contact_scores where account_id = any(cast(:ids as uuid[]))
    """
)
# A stored moment still to come and not too late is kept: asking early is harmless, moving an index entry is not.
WRITE = text(
    """
    update accounts a set depth = n.depth, counted_depth = n.counted, breadth = n.breadth,
        stage = n.stage, stage_since = case when a.stage = n.stage then a.stage_since else :at end,
        is_mqa = n.is_mqa,
        mqa_since = case when not n.is_mqa then null when a.is_mqa then a.mqa_since else :at end,
        evaluated_at = :at, last_human_at = n.human_at, model_version = :version,
        evaluate_at = case when a.evaluate_at > :at and a.evaluate_at <= n.again then a.evaluate_at else n.again end
    from unnest(
        cast(:ids as uuid[]), cast(:depths as float8[]), cast(:counted as float8[]), cast(:breadths as bigint[]),
        cast(:stages as text[]), cast(:mqas as bool[]), cast(:agains as timestamptz[]),
        cast(:humans as timestamptz[])
    ) as n (id, depth, counted, breadth, stage, is_mqa, again, human_at)
    where a.id = n.id
    """
)
WRITE_HEAT = text(
    """
    insert into account_heat (account_id, is_mqa, depth, goes_cold_at)
    select * from unnest(
        cast(:ids as uuid[]), cast(:mqas as bool[]), cast(:depths as float8[]), cast(:colds as timestamptz[])
    )
    on conflict (account_id) do update
    set is_mqa = excluded.is_mqa, depth = excluded.depth, goes_cold_at = excluded.goes_cold_at
    """
)


@dataclass(frozen=True)
class Evaluated:
    """An account as it was, and what the policy says of it now."""

    account_id: uuid.UUID
    old_stage: str
    was_mqa: bool
    outcome: Outcome
    ask_again_at: datetime | None
    goes_cold_at: datetime | None
    seen_human_at: datetime | None
    last_human_at: datetime | None
    has_lost_deal: bool

    @property
    def did_something(self) -> bool:
        """True when somebody there has acted since the evaluation before."""
        seen, last = self.seen_human_at, self.last_human_at
        return last is not None and (seen is None or last > seen)


def evaluate_due(session: Session, at: datetime, model: Model, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Evaluate the next accounts whose moment has come; answers how many there were."""
    claim = {"at": at, "limit": limit, "version": model.version}
    accounts = session.scalars(CLAIM_DUE, claim).all()
    evaluate_accounts(session, accounts, at, model, zone)
    return len(accounts)


def lock_accounts(session: Session, account_ids: Iterable[uuid.UUID]) -> None:
    """Make others wait who want to fold or evaluate these accounts; always before tasks and enrollments are locked."""
    session.execute(LOCK, {"ids": array(account_ids)})


def evaluate_accounts(
    session: Session, account_ids: Sequence[uuid.UUID], at: datetime, model: Model, zone: ZoneInfo
) -> None:
    """Write depth, stage and MQA of these accounts, which the caller has locked, and a row for each change.

    Days end as they do in `zone`, the installation's.
    """
    if not account_ids:
        return
    evaluated = _decide(session, _read(session, account_ids, at, model, zone), at, model, zone)
    _write(session, evaluated, at, model)
    _record_stages(session, [one for one in evaluated if one.outcome.stage != one.old_stage], at)
    _record_mqas(session, [one for one in evaluated if one.outcome.is_mqa != one.was_mqa], at)
    _record_returns(session, [one for one in evaluated if one.did_something], at)


def foresee(
    session: Session, account_id: uuid.UUID, at: datetime, now: datetime, model: Model, zone: ZoneInfo
) -> Outcome | None:
    """What will be said of an account at a moment to come if nothing happens until then; writes nothing.

    None while its people are counted by another version of the model, or when it is merged into another.
    """
    outcome, is_mqa = None, None
    account = session.get_one(Account, account_id)
    # An account that rests may be an MQA from the end of its rest on, and stay one below the threshold.
    rests_until = account.mqa_blocked_until
    for moment in (rests_until, at) if rests_until and now < rests_until < at else (at,):
        for row in _read(session, [account_id], moment, model, zone):
            facts = _facts(row, model, zone)
            outcome = evaluate(facts if is_mqa is None else replace(facts, is_mqa=is_mqa), model, moment)
            is_mqa = outcome.is_mqa
    return outcome


def _read(
    session: Session, account_ids: Sequence[uuid.UUID], at: datetime, model: Model, zone: ZoneInfo
) -> Sequence[Row[Any]]:
    """What the policy asks about these accounts, as it is at this moment."""
    values = {
        "ids": array(account_ids),
        "at": at,
        "zone": zone.key,
        "later_days": days(LOOK_AGAIN),
        "far_days": days(LOOK_AHEAD),
        "version": model.version,
        "by_role": bool(model.weights),
        "remembered": list(model.stages.remembered),
        "remembers_all": model.stages.remembered_after_days == 0,
        "remembers_since": at - timedelta(days=model.stages.remembered_after_days),
    }
    return session.execute(FACTS, values).all()


def _decide(session: Session, rows: Sequence[Row[Any]], at: datetime, model: Model, zone: ZoneInfo) -> list[Evaluated]:
    outcomes = {row.id: evaluate(_facts(row, model, zone), model, at) for row in rows}
    cooling = {row.id for row in rows if _cools_soon(row, outcomes[row.id], model)}
    falling = {account_id for account_id, outcome in outcomes.items() if outcome.falls_below}
    fading = _load_fading(session, falling | cooling, at, model)
    return [
        Evaluated(
            row.id,
            row.stage,
            row.is_mqa,
            outcome := outcomes[row.id],
            _ask_again_at(outcome, fading.get(row.id, []), model, at),
            goes_cold_at(fading[row.id], cold_level(row.tier, model), model, at) if row.id in cooling else None,
            row.last_human_at,
            row.human_at,
            row.has_lost_deal,
        )
        for row in rows
    ]


def _cools_soon(row: Row[Any], outcome: Outcome, model: Model) -> bool:
    """True when an engaged account is so no more within days, if nothing happens; nobody waits for excluded ones."""
    far = counted_depth(row.scores_far or (), model, row.roles or ())
    return far < cold_level(row.tier, model) <= outcome.counted_depth and not row.is_excluded


def _facts(row: Row[Any], model: Model, zone: ZoneInfo) -> Facts:
    return Facts(
        tier=row.tier,
        scores=row.scores or (),
        scores_later=row.scores_later or (),
        roles=row.roles or (),
        record=record_of(row) if model.fit.rules else {},
        last_human_at=row.human_at,
        last_proven_at=row.proven_at,
        last_act_now_at=row.act_now_at,
        has_contact=row.has_contact,
        was=frozenset(row.was or ()),
        in_sales=row.in_sales,
        has_open_deal=row.has_open_deal,
        last_deal_lost=row.last_deal_lost,
        has_contract=row.has_contract,
        owned_until=day_end(row.owned_until, zone) if row.owned_until else None,
        is_excluded=row.is_excluded,
        is_mqa=row.is_mqa,
        blocked_until=row.mqa_blocked_until,
    )


def _load_fading(
    session: Session, account_ids: Collection[uuid.UUID], at: datetime, model: Model
) -> dict[uuid.UUID, list[list[tuple[float, float]]]]:
    """What people add to these accounts as (half-life, points now), for finding when a level is crossed."""
    people: dict[uuid.UUID, dict[uuid.UUID, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    values = {"ids": array(account_ids), "at": at, "by_role": bool(model.weights)}
    rows = session.execute(FADING, values).all() if account_ids else []
    weights = _role_weights(rows, model) if model.weights else {}
    for row in rows:
        weight = weights.get((row.account_id, row.role), 0.0) if model.weights else 1.0
        people[row.account_id][row.contact_id].append((row.half_life_days, row.points * weight))
    return {account_id: list(contacts.values()) for account_id, contacts in people.items()}


def _role_weights(rows: Sequence[Row[Any]], model: Model) -> dict[tuple[uuid.UUID, str | None], float]:
    """What a role weighs in each account: decay changes points, not who is there."""
    present: dict[uuid.UUID, set[str | None]] = defaultdict(set)
    for row in rows:
        present[row.account_id].add(row.role)
    return {
        (account_id, role): share
        for account_id, roles in present.items()
        for role, share in role_shares(roles, model).items()
    }


def _ask_again_at(
    outcome: Outcome, people: Sequence[Sequence[tuple[float, float]]], model: Model, at: datetime
) -> datetime | None:
    moments = [crosses_at(people, level, model, at) for level in outcome.falls_below]
    return min([*moments, *([outcome.ask_again_at] if outcome.ask_again_at else [])], default=None)


def _write(session: Session, evaluated: Sequence[Evaluated], at: datetime, model: Model) -> None:
    values = {
        "version": model.version,
        "at": at,
        "ids": array(one.account_id for one in evaluated),
        "depths": array(one.outcome.depth for one in evaluated),
        "counted": array(one.outcome.counted_depth for one in evaluated),
        "breadths": array(one.outcome.breadth for one in evaluated),
        "stages": array(one.outcome.stage.value for one in evaluated),
        "mqas": array(one.outcome.is_mqa for one in evaluated),
        "agains": array(one.ask_again_at for one in evaluated),
        "humans": array(one.last_human_at for one in evaluated),
        "colds": array(one.goes_cold_at for one in evaluated),
    }
    session.execute(WRITE, values)
    session.execute(WRITE_HEAT, values)


def _record_stages(session: Session, changed: Sequence[Evaluated], at: datetime) -> None:
    moves = [
        {"old": one.old_stage, "new": one.outcome.stage.value, "reason": one.outcome.reason.value} for one in changed
    ]
    if moves:
        rows = [{"account_id": one.account_id, "at": at, **move} for one, move in zip(changed, moves, strict=True)]
        session.execute(insert(StageChange), rows)
    add_items(
        session,
        [
            Item(ItemKind.STAGE_CHANGED, one.account_id, at, detail=move)
            for one, move in zip(changed, moves, strict=True)
        ],
    )


def _record_mqas(session: Session, changed: Sequence[Evaluated], at: datetime) -> None:
    """What the hand-off will consume; an act-now event has asked for itself already."""
    rows = [
        {"account_id": one.account_id, "at": at, "cause": (one.outcome.cause or MqaCause.LEFT).value}
        for one in changed
        if one.outcome.cause is not MqaCause.ACT_NOW
    ]
    if rows:
        session.execute(insert(MqaChange), rows)
        enqueue(session, "open_hand_offs")


def _record_returns(session: Session, active: Sequence[Evaluated], at: datetime) -> None:
    """Whoever was silent for a year or had turned us down, and has just done something again."""
    silent = [
        one.account_id
        for one in active
        if one.last_human_at and (one.seen_human_at is None or one.last_human_at - one.seen_human_at >= SILENCE)
    ]
    find_returns(session, silent, [one.account_id for one in active if one.has_lost_deal], at)
