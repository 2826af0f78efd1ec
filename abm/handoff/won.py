"""Deals that were won without a hand-off, and whether a model would have pointed at the account in time."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.handoff.rules import WINS
from abm.scoring.difference import Opening, Span
from abm.words import DealStage, TaskKind

# So long may pass from a hand-off to the deal it led to.
LEADS_TO = timedelta(days=365)
# A deal from a file is entered after it was won: then the win itself is the latest moment that counts.
WON_ALONE = text(
    f"""
    select d.id, d.account_id, d.name, d.won_on, least(d.created_at, d.stage_since) as began_at
    from (
        select *, coalesce(closed_on, cast(stage_since at time zone :zone as date)) as won_on
        from deals where stage = '{DealStage.WON}' and archived_at is null and task_id is null
    ) d
    where won_on between :first and :last and not exists (
        select from tasks t
        where t.account_id = d.account_id and t.kind = '{TaskKind.HAND_OFF}'
          and t.answer in ({", ".join(f"'{answer}'" for answer in WINS)})
    )
    order by won_on, id
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Win:
    """A deal that sales won without having been handed the account."""

    deal_id: uuid.UUID
    account_id: uuid.UUID
    name: str
    won_on: date
    began_at: datetime


def read_wins(session: Session, span: Span, zone: ZoneInfo) -> list[Win]:
    """The deals of these months that no hand-off led to, in the order in which they were won."""
    last = local_day(span.until - timedelta(microseconds=1), zone)
    days = {"first": local_day(span.since, zone), "last": last, "zone": zone.key}
    return [Win(*row) for row in session.execute(WON_ALONE, days)]


def leading_to(win: Win, openings: Mapping[uuid.UUID, Sequence[Opening]]) -> Opening | None:
    """The hand-off that would have pointed at this account before the deal began, if there was one."""
    mine = openings.get(win.account_id, ())
    return next((one for one in mine if win.began_at - LEADS_TO < one.at <= win.began_at), None)
