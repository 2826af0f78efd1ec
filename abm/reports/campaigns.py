"""Campaigns with what came of them: accounts reached, engaged, advanced, handed over, accepted, won.

An account counts for a campaign from the first mail it got under it until FOLLOWS days after the last one: what it does
on those mails, and on the campaign's webinars and files, is its engagement; later stages, hand-offs and won deals in
that time are told beside it. They say what happened after the campaign, not that it was the cause; a sequence's control
group does that.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.words import HUMAN, SENT_STATES, DealStage, EventKind, MessageState, Stage, TaskKind, Verdict
from campaigns.campaign import WORDED_GOAL

FOLLOWS = 90
# From here on a stage is better than the one before; detours lie beside the way.
UPWARD = tuple(Stage)[: [*Stage].index(Stage.CUSTOMER) + 1]
_CAMPAIGNS = text(
    f"""
    select c.id, c.name, own.title, coalesce(({WORDED_GOAL}), to_jsonb(c.goal)) as goal, c.audience, c.segment_id,
        g.name as segment, c.starts_on, c.ends_on, c.owner_id, u.name as owner, c.closed_at,
        coalesce(p.sequences, 0) as sequences, m.sent, m.accounts, m.last_at
    from campaigns c
    left join segments g on g.id = c.segment_id
    left join users u on u.id = c.owner_id
    left join sequences own on own.name = c.name and own.campaign_id = c.id
    left join (select campaign_id, count(*) as sequences from sequences group by campaign_id) p on p.campaign_id = c.id
    cross join lateral (
        select count(*) as sent, count(distinct account_id) as accounts, max(sent_at) as last_at
        from messages where campaign_id = c.id and state = any(:sent) and not is_test
    ) m
    where cast(:id as uuid) is null or c.id = :id
    order by c.closed_at is not null, m.last_at desc nulls last, c.created_at desc, c.id
    """  # noqa: S608 only our own words are put in
)
_REACHED = """
    reached as materialized (
        select account_id, min(sent_at) as first_at, max(sent_at) + make_interval(days => :follows) as until
        from messages where campaign_id = :id and state = any(:sent) and not is_test and sent_at is not null
        group by account_id
    )
"""
_MAILS = text(
    """
    select state, count(*) as mails from messages where campaign_id = :id and not is_test group by state
    """
)
_WITHHELD = text(
    """
    select withheld.reason, count(*) from messages m, jsonb_array_elements_text(m.guard -> 'reasons') withheld (reason)
    where m.campaign_id = :id and not m.is_test and m.state = any(:withheld) group by withheld.reason order by 2 desc, 1
    """
)
# A hit of a machine is told beside what people did, never among it.
_ACTS = text(
    """
    with acts as materialized (
        select e.kind, e.verdict, e.account_id, e.contact_id from events e
        join messages m on m.id = e.message_id where m.campaign_id = :id and not m.is_test
        union all
        select e.kind, e.verdict, e.account_id, e.contact_id from events e
        where e.webinar_id in (select id from webinars where campaign_id = :id)
        union all
        select e.kind, e.verdict, e.account_id, e.contact_id from events e
        where e.message_id is null and e.asset_id in (select id from assets where campaign_id = :id)
    )
    select kind, count(*) filter (where verdict = any(:human)) as human,
        count(distinct contact_id) filter (where verdict = any(:human)) as people,
        count(*) filter (where verdict = :machine) as machine, count(*) filter (where verdict = :unknown) as unknown
    from acts group by kind order by 2 desc, kind
    """
)
_FUNNEL = text(
    f"""
    with {_REACHED}, engaged as (
        select distinct e.account_id from events e join messages m on m.id = e.message_id
        where m.campaign_id = :id and not m.is_test and e.verdict = any(:human)
        union
        select e.account_id from events e where e.webinar_id in (select id from webinars where campaign_id = :id)
          and e.verdict = any(:human)
        union
        select e.account_id from events e where e.asset_id in (select id from assets where campaign_id = :id)
          and e.verdict = any(:human)
    ), advanced as (
        select distinct r.account_id from reached r join stage_changes s on s.account_id = r.account_id
        where s.at > r.first_at and s.at <= r.until
          and array_position(cast(:upward as text[]), s.new) > array_position(cast(:upward as text[]), s.old)
    ), tasks as (
        select t.account_id, t.accepted_at from reached r join tasks t on t.account_id = r.account_id
        where t.kind = :hand_off and t.created_at > r.first_at and t.created_at <= r.until
    ), won as (
        select d.account_id, d.amount, d.currency from reached r join deals d on d.account_id = r.account_id
        where d.stage = :won and d.archived_at is null and d.stage_since > r.first_at and d.stage_since <= r.until
    )
    select (select count(*) from reached) as reached, (
            select count(distinct contact_id) from messages
            where campaign_id = :id and state = any(:sent) and not is_test) as people,
        (select count(*) from engaged) as engaged,
        (select count(*) from advanced) as advanced, (select count(*) from tasks) as tasks,
        (select count(*) from tasks where accepted_at is not null) as accepted,
        (select count(*) from won) as won,
        (select coalesce(jsonb_object_agg(currency, amount), '{{}}') from (
            select currency, sum(amount) as amount from won where amount is not null group by currency) sums) as amounts
    """  # noqa: S608 only our own words are put in
)
_ACCOUNTS = text(
    f"""
    with {_REACHED}
    select a.id, a.name, a.stage, r.first_at, count(e.id) as acts, max(e.happened_at) as last_act_at
    from reached r join accounts a on a.id = r.account_id
    left join messages m on m.campaign_id = :id and m.account_id = r.account_id and not m.is_test
    left join events e on e.message_id = m.id and e.verdict = any(:human)
    group by a.id, a.name, a.stage, r.first_at order by acts desc, last_act_at desc nulls last, a.name, a.id limit :most
    """  # noqa: S608 only our own words are put in
)
_PARTS = text(
    """
    select 'sequence' as part, id, name, title, state, created_at as at from sequences where campaign_id = :id
    union all
    select 'webinar', id, title, jsonb_build_object(), '', held_at from webinars where campaign_id = :id
    union all
    select 'asset', id, name, title, kind, created_at from assets where campaign_id = :id
    order by part, at desc, id
    """
)
_FREE = text(
    """
    select 'sequence' as part, s.id, s.name, s.title from sequences s where s.campaign_id is distinct from :id
    union all
    select 'webinar', id, title, jsonb_build_object() from webinars where campaign_id is distinct from :id
    union all
    select 'asset', id, name, title from assets where campaign_id is distinct from :id
    order by part, name, id
    """
)
ACCOUNTS_SHOWN = 50


@dataclass(frozen=True)
class CampaignRow:
    """A campaign as the list shows it; `title` is the sequence's whose own it is, until somebody names it.

    Its goal is worded in the languages of the document it comes from, until somebody types another.
    """

    id: uuid.UUID
    name: str
    title: dict[str, str] | None
    goal: dict[str, str] | str | None
    audience: str | None
    segment_id: uuid.UUID | None
    segment: str | None
    starts_on: date | None
    ends_on: date | None
    owner_id: uuid.UUID | None
    owner: str | None
    closed_at: datetime | None
    sequences: int
    sent: int
    accounts: int
    last_at: datetime | None


@dataclass(frozen=True)
class Funnel:
    """How many accounts came how far, and the people mailed there; `amounts` of what was won by currency."""

    reached: int = 0
    people: int = 0
    engaged: int = 0
    advanced: int = 0
    tasks: int = 0
    accepted: int = 0
    won: int = 0
    amounts: Mapping[str, Decimal | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Acts:
    """What came back of one kind: from people, from machines, and what nobody can tell."""

    kind: EventKind
    human: int
    people: int
    machine: int
    unknown: int


@dataclass(frozen=True)
class ReachedAccount:
    """An account that got mail under the campaign, and what its people did on it."""

    id: uuid.UUID
    name: str
    stage: str
    first_at: datetime
    acts: int
    last_act_at: datetime | None


@dataclass(frozen=True)
class CampaignReport:
    """One campaign with its parts and everything that came of it."""

    row: CampaignRow
    parts: list[Any]
    mails: dict[str, int]
    withheld: dict[str, int]
    acts: list[Acts]
    funnel: Funnel
    accounts: list[ReachedAccount]


def list_campaigns(session: Session) -> list[CampaignRow]:
    """Every campaign, the running ones first, by the last mail."""
    return [
        CampaignRow(**row) for row in session.execute(_CAMPAIGNS, {"id": None, "sent": list(SENT_STATES)}).mappings()
    ]


def campaign_report(session: Session, campaign_id: uuid.UUID) -> CampaignReport:
    """What came of a campaign so far, or NotFound."""
    values: dict[str, Any] = {"id": campaign_id, "sent": list(SENT_STATES), "human": list(HUMAN), "follows": FOLLOWS}
    found = session.execute(_CAMPAIGNS, values).mappings().one_or_none()
    if found is None:
        raise NotFound("no such campaign")
    withheld = [MessageState.HELD, MessageState.SKIPPED, MessageState.SUPPRESSED, MessageState.PLANNED]
    told = session.execute(_WITHHELD, {**values, "withheld": withheld})
    acts = session.execute(_ACTS, {**values, "machine": Verdict.MACHINE, "unknown": Verdict.UNKNOWN}).mappings()
    words = {"upward": list(UPWARD), "hand_off": TaskKind.HAND_OFF, "won": DealStage.WON}
    return CampaignReport(
        row=CampaignRow(**found),
        parts=list(session.execute(_PARTS, values)),
        mails=_counts(session.execute(_MAILS, values)),
        withheld=_counts(told),
        acts=[Acts(**{**one, "kind": EventKind(one["kind"])}) for one in acts],
        funnel=Funnel(**session.execute(_FUNNEL, {**values, **words}).mappings().one()),
        accounts=[
            ReachedAccount(**row) for row in session.execute(_ACCOUNTS, {**values, "most": ACCOUNTS_SHOWN}).mappings()
        ],
    )


def _counts(rows: Iterable[Any]) -> dict[str, int]:
    return {word: count for word, count in rows}  # noqa: C416 rows of a result are no pairs to a type checker


def parts_elsewhere(session: Session, campaign_id: uuid.UUID) -> list[Any]:
    """(part, id, name, title) of every sequence, webinar and file that does not serve this campaign."""
    return list(session.execute(_FREE, {"id": campaign_id}))
