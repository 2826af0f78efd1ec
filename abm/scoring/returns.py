"""Returns: accounts that do something again after a year of silence, or after a deal was lost; each is kept once."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.queue import enqueue
from abm.scoring.arrays import array
from abm.words import DealStage, EventKind, ReturnCause, Verdict

SILENCE = timedelta(days=365)
# What an old list tells of long ago is no return now.
NEWS = timedelta(days=30)

# Who only leaves or looks for a job does not come back as a customer.
HUMAN = f"""verdict in ('{Verdict.PROVEN}', '{Verdict.LIKELY}') and folded_at is not null
        and kind not in ('{EventKind.UNSUBSCRIBE}', '{EventKind.CAREERS_PAGE}')"""
# One return per silence: the event it began with is the key.
AFTER_SILENCE = text(
    f"""
    insert into account_returns (account_id, cause, since_id, since_at, event_id, contact_id, at)
    select account_id, '{ReturnCause.SILENCE}', before_id, before_at, id, contact_id, happened_at
    from (
        select id, account_id, contact_id, happened_at,
            lag(id) over acts as before_id, lag(happened_at) over acts as before_at
        from events where account_id = any(cast(:ids as uuid[])) and {HUMAN}
        window acts as (partition by account_id order by happened_at, id)
    ) a
    where happened_at - before_at >= :silence and happened_at > :news
    order by before_id
    on conflict (since_id) do nothing returning id
    """  # noqa: S608 only our own words are put in
)
# One return per lost deal, the newest of an account, while nothing else is being sold to it.
AFTER_LOSS = text(
    f"""
    insert into account_returns (account_id, cause, since_id, since_at, event_id, contact_id, at)
    select d.account_id, '{ReturnCause.LOST_DEAL}', d.id, d.stage_since, e.id, e.contact_id, e.happened_at
    from (
        select distinct on (account_id) id, account_id, stage_since from deals
        where account_id = any(cast(:ids as uuid[])) and stage = '{DealStage.LOST}' and archived_at is null
        order by account_id, stage_since desc, id desc
    ) d
    join lateral (
        select id, contact_id, happened_at from events
        where account_id = d.account_id and {HUMAN} and happened_at > greatest(d.stage_since, :news)
        order by happened_at, id limit 1
    ) e on true
    where not exists (
        select from deals o where o.account_id = d.account_id and o.archived_at is null
          and o.stage not in ('{DealStage.WON}', '{DealStage.LOST}')
    )
    order by d.id
    on conflict (since_id) do nothing returning id
    """  # noqa: S608 only our own words are put in
)


def find_returns(session: Session, silent: Sequence[uuid.UUID], lost: Sequence[uuid.UUID], at: datetime) -> None:
    """Keep who of these has come back; the hand-off makes tasks of it soon after the commit."""
    found = 0
    if silent:
        values = {"ids": array(silent), "silence": SILENCE, "news": at - NEWS}
        found += len(session.scalars(AFTER_SILENCE, values).all())
    if lost:
        found += len(session.scalars(AFTER_LOSS, {"ids": array(lost), "news": at - NEWS}).all())
    if found:
        enqueue(session, "open_returns")
