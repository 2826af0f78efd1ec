"""Hand-overs: what a rep looks after, and for each account what a successor has to know."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.handoff.activities import LOGGED
from abm.handoff.hand_over import ACCOUNT_OF, HANDED_OVER, MOVED
from abm.models import AuditEntry, User
from abm.words import ContractState, SuppressionReason, TicketState

ACCOUNTS_SHOWN = 500
LINES_SHOWN = 3
PAST_SHOWN = 10


@dataclass(frozen=True)
class Owned:
    """An account at which a rep looks after something: how much of each sort."""

    account_id: uuid.UUID
    account: str
    stage: str
    is_owner: bool
    departments: int
    deals: int
    contracts: int
    tasks: int
    next_actions: int


@dataclass(frozen=True)
class PastHandOver:
    """A hand-over that was made: when, by whom, from whom to whom, and of which accounts."""

    id: uuid.UUID
    at: datetime
    by: str | None
    old: str
    new: tuple[str, ...]
    accounts: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class Brief:
    """One account as a successor meets it; rows hold codes and values, the page says them."""

    account_id: uuid.UUID
    account: str
    stage: str
    owner: str | None
    last_contacted_on: date | None
    worked: tuple[dict[str, Any], ...]
    deals: tuple[dict[str, Any], ...]
    actions: tuple[dict[str, Any], ...]
    renewals: tuple[dict[str, Any], ...]
    tasks: tuple[dict[str, Any], ...]
    avoid: tuple[dict[str, Any], ...]

    @property
    def is_quiet(self) -> bool:
        """True when nothing was promised and nothing is open."""
        return not (self.deals or self.actions or self.renewals or self.tasks)


def owned_by(session: Session, user_id: uuid.UUID) -> list[Owned]:
    """Every account at which this user has something to hand over, by name."""
    parts = " union all ".join(
        f"select {ACCOUNT_OF.get(table, 'account_id')} as account_id, '{table}' as what from {table}"  # noqa: S608
        f" where owner_id = :user and {MOVED[table]}"
        for table in MOVED
    )
    counts = ", ".join(f"count(*) filter (where what = '{table}') as {table}" for table in MOVED if table != "accounts")
    statement = text(
        f"""
        select a.id as account_id, a.name as account, a.stage, bool_or(what = 'accounts') as is_owner, {counts}
        from ({parts}) p join accounts a on a.id = p.account_id where a.archived_at is null
        group by a.id order by a.name, a.id
        """  # noqa: S608 only our own names are put in
    )
    return [Owned(**row) for row in session.execute(statement, {"user": user_id}).mappings()]


def past_hand_overs(session: Session) -> list[PastHandOver]:
    """The last hand-overs, the newest first."""
    rows = _past().order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(PAST_SHOWN)
    return [_read(*row) for row in session.execute(rows)]


def get_hand_over(session: Session, entry_id: uuid.UUID) -> PastHandOver:
    """One hand-over, or NotFound."""
    row = session.execute(_past().where(AuditEntry.id == entry_id)).first()
    if row is None:
        raise NotFound("no such hand-over")
    return _read(*row)


def write_briefs(session: Session, account_ids: Sequence[uuid.UUID]) -> list[Brief]:
    """What a successor has to know of each account; the same number of queries however many there are."""
    values = {"ids": list(account_ids)}
    parts = {name: _by_account(session, statement, values) for name, statement in PARTS.items()}
    return [_brief(dict(head), parts) for head in session.execute(HEADS, values).mappings()]


def _brief(head: dict[str, Any], parts: Mapping[str, Mapping[uuid.UUID, list[dict[str, Any]]]]) -> Brief:
    known = {name: tuple(rows.get(head["account_id"], ())) for name, rows in parts.items()}
    return Brief(**{**head, **known})


HEADS = text(
    """
    select a.id as account_id, a.name as account, a.stage, u.name as owner, a.last_contacted_on
    from accounts a left join users u on u.id = a.owner_id where a.id = any(:ids) order by a.name, a.id
    """
)
PARTS = {
    "worked": text(
        f"""
        select * from unnest(cast(:ids as uuid[])) as a (account_id) cross join lateral (
            select i.kind, i.happened_at, i.body, c.full_name as contact, u.name as by
            from timeline_items i left join contacts c on c.id = i.contact_id left join users u on u.id = i.by_user_id
            where i.account_id = a.account_id and i.kind in ({", ".join(f"'{kind}'" for kind in LOGGED)})
            order by i.happened_at desc, i.id desc limit {LINES_SHOWN}
        ) w
        """  # noqa: S608 only our own words are put in
    ),
    "deals": text(
        f"""
        select account_id, id, name, stage, amount, currency, expected_close_on from deals
        where account_id = any(:ids) and {MOVED["deals"]} order by expected_close_on nulls last, id
        """  # noqa: S608 only our own words are put in
    ),
    "actions": text(
        """
        select n.account_id, n.due_on, n.what, c.full_name as contact
        from next_actions n left join contacts c on c.id = n.contact_id
        where n.account_id = any(:ids) and n.closed_at is null order by n.due_on, n.id
        """
    ),
    "renewals": text(
        f"""
        select account_id, id, name, renews_on, renews_itself, amount, currency from contracts
        where account_id = any(:ids) and archived_at is null and state = '{ContractState.RUNNING}'
          and renews_on is not null and ends_because is null order by renews_on, id
        """  # noqa: S608 only our own words are put in
    ),
    "tasks": text(
        f"""
        select account_id, id, kind, state, due_at, why from tasks
        where account_id = any(:ids) and {MOVED["tasks"]} order by due_at nulls last, id
        """  # noqa: S608 only our own words are put in
    ),
    "avoid": text(
        f"""
        select account_id, 'ticket' as code, subject as what from tickets
        where account_id = any(:ids) and archived_at is null and state <> '{TicketState.CLOSED}'
        union all
        select c.account_id, s.reason, c.full_name from contacts c join suppressions s on s.email = c.email
        where c.account_id = any(:ids) and c.archived_at is null
          and s.reason in ('{SuppressionReason.DO_NOT_CONTACT}', '{SuppressionReason.UNSUBSCRIBED}',
            '{SuppressionReason.COMPLAINED}')
        order by 1, 2, 3
        """  # noqa: S608 only our own words are put in
    ),
}


def _by_account(session: Session, statement: Any, values: dict[str, Any]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    rows: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(statement, values).mappings():
        rows[row["account_id"]].append(
            {**row, "amount": Decimal(row["amount"])} if row.get("amount") is not None else dict(row)
        )
    return rows


def _past() -> Any:
    entries = select(AuditEntry.id, AuditEntry.at, User.name, AuditEntry.detail)
    return entries.outerjoin(User, User.id == AuditEntry.user_id).where(AuditEntry.act == HANDED_OVER)


def _read(entry_id: uuid.UUID, at: datetime, by: str | None, detail: dict[str, Any]) -> PastHandOver:
    accounts = tuple(uuid.UUID(one) for one in detail["accounts"])
    return PastHandOver(entry_id, at, by, detail["from"], tuple(detail["to"]), accounts)
