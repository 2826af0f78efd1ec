"""What people were sent lately, what their department owns and which files they have: each in one statement."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.guard.guard import DAY, WEEK, MailAbout, Mailed
from abm.guard.policy import Policy
from abm.models import Asset, Link
from abm.words import HUMAN, ContractState, EventKind, MessageState

DOWNLOADS = (EventKind.DOWNLOAD, EventKind.PREMIUM_DOWNLOAD)

# One of which bytes have left counts as sent: its fate is known in a moment. One that is claimed or planned is on its
# way, and counts for what does not go before it. Where nothing is capped only colleagues of a department matter.
RECENT = text(
    f"""
    select account_id, sent_at, contact_id, department_id, cast(null as bigint)
    from messages
    where account_id = any(:accounts) and sent_at > :since and state = '{MessageState.SENT}' and not is_test
      and (:has_caps or department_id is not null)
    union all
    -- Nobody knows whether it arrived: it may have.
    select account_id, due_at, contact_id, department_id, cast(null as bigint)
    from messages
    where account_id = any(:accounts) and due_at > :since and state = '{MessageState.UNKNOWN}' and not is_test
      and (:has_caps or department_id is not null)
    union all
    select account_id, cast(:at as timestamptz), contact_id, department_id,
        case when hash is null and not guard ? 'leaving' then priority end
    from messages
    where account_id = any(:accounts) and sent_at is null and not is_test and not id = any(:mine)
      and (:has_caps or department_id is not null)
      and (state = '{MessageState.SENDING}'
        or state = '{MessageState.PLANNED}' and due_at <= :at and cast(:counts_planned as boolean))
    """  # noqa: S608 only our own words are put in
)
# A record without department, or a contact without one, concerns the whole account. A contract that runs is a purchase
# too, whoever forgot to note the product as owned.
OWNED = text(
    f"""
    select c.id, p.code
    from contacts c
    join (
        select account_id, department_id, product_id from ownerships
        where archived_at is null and (since_on is null or since_on <= :today)
          and (until_on is null or until_on > :today)
        union all
        select account_id, department_id, product_id from contracts
        where archived_at is null and state = '{ContractState.RUNNING}' and (starts_on is null or starts_on <= :today)
    ) o on o.account_id = c.account_id
        and (o.department_id is null or c.department_id is null or o.department_id = c.department_id)
    join products p on p.id = o.product_id
    where c.id = any(:ids) and p.code = any(:codes)
    """  # noqa: S608 only our own words are put in
)
RECEIVED = text(
    """
    select contact_id, asset_id from events
    where contact_id = any(:ids) and kind = any(:kinds) and happened_at <= :at
      and asset_id = any(:assets) and verdict = any(:human)
    """
)


@dataclass(frozen=True)
class Counting:
    """What counts as sent: with planned mail when more is planned, without what is at the door itself."""

    planned: bool = False
    but: Collection[uuid.UUID] = ()


AT_THE_DOOR = Counting()


def gather_recent(
    session: Session, account_ids: Collection[uuid.UUID], at: datetime, policy: Policy, counting: Counting
) -> Mapping[uuid.UUID, tuple[Mailed, ...]]:
    """By account: the mails of as many days as the policy looks back; nothing is read when it does not."""
    if not policy.counts_mail:
        return {}
    values = {
        "accounts": list(account_ids),
        "since": at - max(WEEK, policy.colleague_days * DAY),
        "at": at,
        "mine": list(counting.but),
        "counts_planned": counting.planned,
        "has_caps": policy.has_caps,
    }
    found: defaultdict[uuid.UUID, list[Mailed]] = defaultdict(list)
    for row in session.execute(RECENT, values):
        found[row[0]].append(Mailed(*row[1:]))
    return {account_id: tuple(mails) for account_id, mails in found.items()}


def gather_owned(
    session: Session, contact_ids: Collection[uuid.UUID], products: Collection[str], today: date
) -> dict[uuid.UUID, frozenset[str]]:
    """By contact: those of these products that their department or account owns."""
    if not products:
        return {}
    values = {"ids": list(contact_ids), "codes": list(products), "today": today}
    return _sets(session.execute(OWNED, values))


def gather_received(
    session: Session, contact_ids: Collection[uuid.UUID], assets: Collection[uuid.UUID], at: datetime
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """By contact: those of these files that they have fetched themselves; what a machine fetched nobody has."""
    if not assets:
        return {}
    values = {"ids": list(contact_ids), "assets": list(assets), "at": at, "kinds": [*DOWNLOADS], "human": [*HUMAN]}
    return _sets(session.execute(RECEIVED, values))


def load_abouts(session: Session, mail_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, MailAbout]:
    """What these mails are about, as their links and files say; a published mail never changes."""
    found: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)
    statement = select(Link.mail_id, Link.topics, Link.product, Link.asset_id, Asset.product.label("asset_product"))
    rows = statement.outerjoin(Asset, Asset.id == Link.asset_id).where(Link.mail_id.in_(mail_ids))
    for row in session.execute(rows):
        found[row.mail_id].append(row)
    return {mail_id: _about(found[mail_id]) for mail_id in mail_ids}


def _about(links: Iterable[Any]) -> MailAbout:
    links = list(links)
    return MailAbout(
        topics=frozenset(topic for link in links for topic in link.topics),
        products=frozenset(product for link in links for product in (link.product, link.asset_product) if product),
        assets=frozenset(link.asset_id for link in links if link.asset_id),
    )


def _sets(rows: Iterable[Any]) -> dict[uuid.UUID, frozenset[Any]]:
    found: defaultdict[uuid.UUID, set[Any]] = defaultdict(set)
    for contact_id, thing in rows:
        found[contact_id].add(thing)
    return {contact_id: frozenset(things) for contact_id, things in found.items()}
