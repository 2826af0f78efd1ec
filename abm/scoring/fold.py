"""Folding events into entries, contact scores and accounts: a batch at a time, set-based, in any order of arrival."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from abm.queue import enqueue
from abm.scoring.arrays import array
from abm.scoring.evaluate import evaluate_accounts
from abm.scoring.live import ensure_model
from abm.scoring.model import Model
from abm.scoring.score import LEAST_MINUTES
from abm.words import EventReason, MqaCause, Verdict

BATCH = 5_000
# A contact folded again brings all its events along.
REFOLDS = 500
# An account that a published version of the model has not reached brings all its people along.
BEHIND = 200
WHILE_BEHIND = 500

# No clock is a year ahead, nobody followed a link so long ago, and nobody stays for more than a day. What an event says
# is bounded here, where all ways in come together, and marked; what it said is kept beside it.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=366)
LONGEST_MINUTES = 24 * 60
TOO_LATE, NO_MINUTES = "happened_at > :beyond", f"minutes not between 0 and {LONGEST_MINUTES}"
NO_TIME = f"(happened_at < :earliest or {TOO_LATE})"
# One that is still to come waits for its time.
IS_DUE = f"folded_at is null and (happened_at <= :at or {TOO_LATE})"
PEEK_EVENTS = text(
    f"select id, contact_id from events where {IS_DUE} order by id limit :limit"  # noqa: S608 only our own words
)
CLAIM_EVENTS = text(
    f"""
    update events set folded_at = :at,
        happened_at = case when {TOO_LATE} then :at else greatest(happened_at, :earliest) end,
        -- What is no number is greater than all of them here.
        minutes = case when not {NO_MINUTES} then minutes
            when minutes between 0 and 'Infinity' then {LONGEST_MINUTES} end,
        reasons = reasons || array_remove(array[
            case when {NO_TIME} then '{EventReason.IMPLAUSIBLE_TIME}' end,
            case when {NO_MINUTES} then '{EventReason.IMPLAUSIBLE_MINUTES}' end], null),
        detail = detail || jsonb_strip_nulls(jsonb_build_object(
            'told_at', case when {NO_TIME} then happened_at end,
            'told_minutes', case when {NO_MINUTES} then cast(minutes as text) end))
    where id = any(cast(:ids as uuid[])) and folded_at is null
    returning new.id, new.contact_id, new.happened_at <> old.happened_at as is_bounded
    """  # noqa: S608 only our own words are put in
)
FOLLOW = text(
    """
    update timeline_items t set happened_at = e.happened_at from events e
    where e.id = any(cast(:ids as uuid[])) and t.subject_id = e.id and t.contact_id = e.contact_id
    """
)
PEEK_REFOLDS = text("select contact_id from refolds order by asked_at limit :limit")
# Claimed only once the accounts are locked: somebody who holds an account may be asking for a refold just now.
# Whoever asks while this one runs is passed over and waits for the next batch.
CLAIM_REFOLDS = text(
    """
    delete from refolds
    where contact_id in (
        select contact_id from refolds where contact_id = any(cast(:contacts as uuid[])) for update skip locked
    ) returning contact_id
    """
)
# An account's events are folded by one worker at a time. Accounts come first, here as in a merge, and those that
# somebody else has are left to the next batch: who holds some and waits for others may be waited for in turn.
# The second half finds the account a moved contact has left.
HOMES = """
    select id as contact_id, account_id from contacts where id = any(cast(:contacts as uuid[]))
    union select contact_id, account_id from contact_scores where contact_id = any(cast(:refolded as uuid[]))
"""
LOCK_ACCOUNTS = text(
    f"""
    select id, excluded_reason, model_version from accounts where id in (select account_id from ({HOMES}) h)
    order by id for no key update skip locked
    """  # noqa: S608 only our own words are put in
)
WAIT_FOR_ONE = text(
    f"""
    select id, excluded_reason, model_version from accounts where id = (select account_id from ({HOMES}) h limit 1)
    for no key update
    """  # noqa: S608
)
# Asked once the accounts are locked: a merge may have taken people elsewhere before.
AT_HOME = text(
    f"""
    select contact_id from ({HOMES}) h group by contact_id
    having bool_and(account_id = any(cast(:accounts as uuid[])))
    """  # noqa: S608
)
# Everybody of an account is folded by one version of the model, also whoever did nothing for years.
EVERYBODY = text("select id from contacts where account_id = any(cast(:accounts as uuid[]))")
REACHED = text("update accounts set model_version = :version where id = any(cast(:accounts as uuid[]))")
LIVE = "(select version from score_models where is_live)"
IS_BEHIND = text(
    f"select exists (select from accounts where merged_into_id is null and model_version < {LIVE})"  # noqa: S608
)
CLAIM_BEHIND = text(
    f"""
    select id, excluded_reason, model_version from accounts
    where merged_into_id is null and model_version < {LIVE}
    limit :limit for no key update skip locked
    """  # noqa: S608 only our own words are put in
)
FORGET = (
    text("delete from score_entries where contact_id = any(cast(:contacts as uuid[]))"),
    text("delete from contact_scores where contact_id = any(cast(:contacts as uuid[]))"),
)
FOLDED_EVENTS = text(
    "select id from events where contact_id = any(cast(:contacts as uuid[])) and folded_at is not null"
)

# PostgreSQL calls a product that is too small to hold an error. Less than a thousandth of a minute is no time, points
# below 1e-100 are none, and nothing decays over more than six hundred half-lives: no product comes near the limit.
LEAST_POINTS = 1e-100


OR_NOTHING = f"(select case when abs(v) < {LEAST_POINTS} then 0 else v end from (values (%s)) as t (v))"  # noqa: S608
NEW_POINTS = OR_NOTHING % "sum(points_left(entry, happened_at, half_life_days, newest))"
ALL_POINTS = (
    OR_NOTHING
    % """points_left(s.points, s.as_of, s.half_life_days, excluded.as_of)
                + points_left(excluded.points, excluded.as_of, s.half_life_days, s.as_of)"""
)

# The cap ranks all folded events of each person, kind and day that these ids touch, so a late one moves it.
# Of events folded before, only those whose cap moved are written again; their contacts are answered.
FOLD = text(
    f"""
    with new as materialized (
        select id, contact_id, kind, cast(happened_at at time zone :zone as date) as day
        from events where id = any(cast(:ids as uuid[]))
    ), days as materialized (
        select d.*, k.*, cast(day as timestamp) at time zone :zone as starts,
            cast(day + 1 as timestamp) at time zone :zone as ends
        from (select distinct contact_id, kind, day from new) d
        join unnest(
            cast(:kinds as text[]), cast(:bases as float8[]), cast(:per_points as float8[]),
            cast(:mosts as float8[]), cast(:half_lives as float8[])
        ) as k (name, base, per_point, most, half_life) on k.name = d.kind
    ), ranked as materialized (
        select e.*, d.base, d.per_point, d.most, d.half_life
        from days d
        cross join lateral (
            select id, contact_id, kind, happened_at, verdict, minutes, reasons,
                row_number() over (order by happened_at, id) > :cap as capped
            from events
            where contact_id = d.contact_id and kind = d.kind
              and happened_at >= d.starts and happened_at < d.ends and folded_at is not null
        ) e
    ), worth as (
        select r.id, c.account_id, r.contact_id, r.kind, r.happened_at,
            case when r.per_point is null then r.base
                -- What is no number is greater than all of them here.
                when coalesce(r.minutes, 0) between {LEAST_MINUTES} and 'Infinity'
                then least(r.minutes / r.per_point, r.most) else 0 end as base,
            s.weight as seniority, r.verdict, v.factor, r.half_life, r.capped,
            c.account_id = any(cast(:never_scored as uuid[])) or :struck = any(r.reasons) or k.id is not null as struck
        from ranked r
        join contacts c on c.id = r.contact_id
        left join strikes k on k.event_id = r.id and k.withdrawn_at is null
        join unnest(cast(:seniorities as text[]), cast(:weights as float8[])) as s (name, weight)
            on s.name = c.seniority
        join unnest(cast(:verdicts as text[]), cast(:factors as float8[])) as v (name, factor) on v.name = r.verdict
        left join new on new.id = r.id
        left join lateral (
            select capped from score_entries where new.id is null and event_id = r.id
        ) old on true
        where new.id is not null or old.capped is distinct from r.capped
    ), written as (
        insert into score_entries (
            event_id, account_id, contact_id, kind, happened_at, base, seniority, verdict, factor,
            half_life_days, capped, struck, entry, model_version
        )
        select id, account_id, contact_id, kind, happened_at, base, seniority, verdict, factor,
            half_life, capped, struck, case when capped or struck then 0 else base * seniority * factor end, :version
        from worth
        on conflict (event_id) do update set capped = excluded.capped, entry = excluded.entry
        returning new.*, old.event_id is not null as rewritten
    ), moved as (
        select distinct contact_id from written where rewritten
    ), scored as (
        insert into contact_scores as s (
            contact_id, half_life_days, account_id, points, as_of, last_human_at, last_proven_at, last_act_now_at
        )
        select contact_id, half_life_days, any_value(account_id),
            {NEW_POINTS},
            newest, max(happened_at),
            max(happened_at) filter (where verdict = '{Verdict.PROVEN}' and base > 0),
            max(happened_at) filter (where kind = any(:act_now) and entry > 0)
        from (
            select *, max(happened_at) over (partition by contact_id, half_life_days) as newest
            from written
            where verdict in ('{Verdict.PROVEN}', '{Verdict.LIKELY}') and not struck
              and contact_id not in (select contact_id from moved)
        )
        group by contact_id, half_life_days, newest
        on conflict (contact_id, half_life_days) do update set
            points = {ALL_POINTS},
            as_of = greatest(s.as_of, excluded.as_of),
            last_human_at = greatest(s.last_human_at, excluded.last_human_at),
            last_proven_at = greatest(s.last_proven_at, excluded.last_proven_at),
            last_act_now_at = greatest(s.last_act_now_at, excluded.last_act_now_at)
    ), asked as (
        insert into mqa_changes (account_id, cause, at, contact_id, event_id)
        select account_id, '{MqaCause.ACT_NOW}', :at, contact_id, event_id from written
        where kind = any(:act_now) and entry > 0 and happened_at > :recent
        on conflict (event_id) do nothing
        returning id
    )
    select coalesce((select array_agg(contact_id) from moved), '{{}}'), (select count(*) from asked)
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Rules:
    """What a batch is folded by."""

    model: Model
    never_scored: Sequence[uuid.UUID]
    at: datetime
    zone: ZoneInfo

    def values(self) -> dict[str, Any]:
        """The rules as the statement's arrays."""
        model, kinds = self.model, list(self.model.kinds.values())
        return {
            "at": self.at,
            "recent": self.at - timedelta(days=model.mqa.proven_within_days),
            "zone": self.zone.key,
            "cap": model.cap,
            "version": model.version,
            "kinds": list(model.kinds),
            "bases": [rule.base for rule in kinds],
            "per_points": [rule.minutes_per_point for rule in kinds],
            "mosts": [rule.most for rule in kinds],
            "half_lives": [rule.half_life_days for rule in kinds],
            "act_now": model.act_now_kinds(),
            "seniorities": list(model.seniority),
            "weights": list(model.seniority.values()),
            "verdicts": list(model.verdicts),
            "factors": list(model.verdicts.values()),
            "never_scored": array(self.never_scored),
            "struck": EventReason.FALSE_SIGNAL.value,
        }


def fold_next_batch(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BATCH) -> int:
    """Fold the next events and the contacts asked for again, evaluate their accounts; answers how many there were.

    What belongs to accounts that others hold just now is left; whoever finds nothing else waits for one of them.
    """
    if session.scalar(IS_BEHIND):
        limit = min(limit, WHILE_BEHIND)
    asked = session.scalars(PEEK_REFOLDS, {"limit": REFOLDS}).all()
    events = session.execute(PEEK_EVENTS, {"at": at, "beyond": at + AHEAD, "limit": limit}).all()
    concerned = {"contacts": array({row.contact_id for row in events} | set(asked)), "refolded": array(asked)}
    if not asked and not events:
        return 0
    accounts = _lock_accounts(session, LOCK_ACCOUNTS, concerned)
    has_waited = not accounts
    accounts = accounts or _lock_accounts(session, WAIT_FOR_ONE, concerned)
    ours = set(session.scalars(AT_HOME, {**concerned, "accounts": array(accounts)}))
    # Accounts, then events, then refolds: the order of whoever changes an event and asks for its person.
    claimed = _claim_events(session, [row.id for row in events if row.contact_id in ours], at)
    refolded = set(session.scalars(CLAIM_REFOLDS, {"contacts": array(ours & set(asked))}))
    rules = _rules(session, accounts, at, zone)
    again = refolded | _everybody_behind(session, accounts, rules.model)
    # A contact folded again takes its events of this batch along.
    moved = _fold(session, [event for event, contact in claimed if contact not in again], rules)
    _fold_again(session, again | set(moved), rules)
    evaluate_accounts(session, list(accounts), at, rules.model, zone)
    # Another worker may have folded what was waited for; there may be more.
    return len(claimed) + len(refolded) or int(has_waited)


def _claim_events(session: Session, ids: Sequence[uuid.UUID], at: datetime) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Those of these that nobody has folded, as (event, contact); the timeline follows times that were bounded."""
    values = {"at": at, "earliest": EARLIEST, "beyond": at + AHEAD, "ids": array(ids)}
    rows = session.execute(CLAIM_EVENTS, values).all()
    if bounded := [row.id for row in rows if row.is_bounded]:
        session.execute(FOLLOW, {"ids": array(bounded)})
    return [(row.id, row.contact_id) for row in rows]


def fold_next_behind(session: Session, at: datetime, zone: ZoneInfo, *, limit: int = BEHIND) -> int:
    """Fold everybody of the next accounts that the live model has not reached; answers how many accounts there were."""
    accounts = {row.id: row for row in session.execute(CLAIM_BEHIND, {"limit": limit})}
    if accounts:
        rules = _rules(session, accounts, at, zone)
        _fold_again(session, _everybody_behind(session, accounts, rules.model), rules)
        evaluate_accounts(session, list(accounts), at, rules.model, zone)
    return len(accounts)


def _rules(session: Session, accounts: Mapping[uuid.UUID, Any], at: datetime, zone: ZoneInfo) -> Rules:
    """The rules of the model that is live now that the accounts are ours: nobody folds them by an older one after."""
    model = ensure_model(session)
    never_scored = [id for id, account in accounts.items() if account.excluded_reason in model.never_scored]
    return Rules(model, never_scored, at, zone)


def _everybody_behind(session: Session, accounts: Mapping[uuid.UUID, Any], model: Model) -> set[uuid.UUID]:
    """The people of those of these accounts that were folded by another version; from now on they are by this one."""
    behind = [id for id, account in accounts.items() if account.model_version not in (None, model.version)]
    if not behind:
        return set()
    session.execute(REACHED, {"accounts": array(behind), "version": model.version})
    return set(session.scalars(EVERYBODY, {"accounts": array(behind)}))


def _lock_accounts(session: Session, how: TextClause, concerned: Mapping[str, str]) -> dict[uuid.UUID, Row[Any]]:
    """Accounts of these contacts, ours alone until the commit, with what the fold must know of them."""
    return {row.id: row for row in session.execute(how, concerned)}


def _fold_again(session: Session, contacts: Collection[uuid.UUID], rules: Rules) -> None:
    """Forget what these contacts' events came to and compute it anew; nothing else can take an entry back exactly."""
    if not contacts:
        return
    ids = {"contacts": array(contacts)}
    for statement in FORGET:
        session.execute(statement, ids)
    _fold(session, session.scalars(FOLDED_EVENTS, ids).all(), rules)


def _fold(session: Session, ids: Sequence[uuid.UUID], rules: Rules) -> list[uuid.UUID]:
    """Write entries and scores of these events; answers the contacts whose older entries the cap has moved."""
    if not ids:
        return []
    moved, asked = session.execute(FOLD, {"ids": array(ids), **rules.values()}).one()
    if asked:
        enqueue(session, "open_hand_offs")
    return list(moved)
