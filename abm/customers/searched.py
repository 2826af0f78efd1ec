"""What can be searched: the fields of every kind of record, and keeping the index of them current."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, select, text
from sqlalchemy.orm import Session

from abm.customers.spelling import VERSION, fold_record
from abm.models import (
    Account,
    AccountDomain,
    Contact,
    Contract,
    Deal,
    Order,
    Product,
    SearchChange,
    SearchEntry,
    SearchFolding,
    Ticket,
    TimelineItem,
)
from abm.words import SearchField, SearchKind

BATCH = 1_000
# One keeper at a time: two could write what each had read, and the older reading might come last.
KEEPER_LOCK = 7_202_614

WRITE = text(
    """
    insert into search_entries (kind, record_id, words)
    select :kind, * from unnest(cast(:ids as uuid[]), cast(:words as text[]))
    on conflict (kind, record_id) do update set words = excluded.words where search_entries.words <> excluded.words
    """
)
# Records are folded anew behind what has changed, a batch at a time; until then they are found as before.
FOLD_ANEW = text(
    """
    with noted as (
        insert into search_foldings (version, asked_at) values (:version, now()) on conflict do nothing returning 1
    )
    insert into search_changes (kind, record_id)
    select kind, record_id from search_entries where exists (select from noted)
    """
)


@dataclass(frozen=True)
class Searched:
    """Where the fields of a kind of record lie; `living` leaves out what is put away."""

    table: Any
    fields: tuple[tuple[SearchField, ColumnElement[Any]], ...]
    living: ColumnElement[bool]


def _columns(*pairs: tuple[SearchField, Any]) -> tuple[tuple[SearchField, ColumnElement[Any]], ...]:
    return tuple((field, cast(column, Text)) for field, column in pairs)


_domains = (
    select(func.string_agg(AccountDomain.domain, " "))
    .where(AccountDomain.account_id == Account.id)
    .correlate(Account)
    .scalar_subquery()
)

SEARCHED: Mapping[SearchKind, Searched] = {
    SearchKind.ACCOUNT: Searched(
        Account,
        _columns(
            (SearchField.NAME, Account.name),
            (SearchField.NAME, Account.normalised_name),
            (SearchField.KANA, Account.kana),
            (SearchField.DOMAIN, _domains),
            (SearchField.CORPORATE_NUMBER, Account.corporate_number),
            (SearchField.PHONE, Account.phone),
        ),
        Account.archived_at.is_(None),
    ),
    SearchKind.CONTACT: Searched(
        Contact,
        _columns(
            (SearchField.NAME, Contact.full_name),
            (SearchField.KANA, Contact.kana),
            (SearchField.MAIL, Contact.email),
            (SearchField.PHONE, Contact.phone),
            (SearchField.MEMO, Contact.memo),
        ),
        Contact.archived_at.is_(None),
    ),
    SearchKind.DEAL: Searched(
        Deal,
        _columns((SearchField.NAME, Deal.name), (SearchField.NUMBER, Deal.number), (SearchField.MEMO, Deal.note)),
        Deal.archived_at.is_(None),
    ),
    SearchKind.CONTRACT: Searched(
        Contract,
        _columns(
            (SearchField.NUMBER, Contract.number), (SearchField.NAME, Contract.name), (SearchField.MEMO, Contract.note)
        ),
        Contract.archived_at.is_(None),
    ),
    SearchKind.ORDER: Searched(
        Order,
        _columns((SearchField.NUMBER, Order.number), (SearchField.NAME, Order.what), (SearchField.MEMO, Order.note)),
        Order.archived_at.is_(None),
    ),
    SearchKind.TICKET: Searched(
        Ticket,
        _columns(
            (SearchField.NUMBER, Ticket.number), (SearchField.NAME, Ticket.subject), (SearchField.MEMO, Ticket.body)
        ),
        Ticket.archived_at.is_(None),
    ),
    SearchKind.PRODUCT: Searched(
        Product,
        _columns(
            (SearchField.NAME, Product.name), (SearchField.NUMBER, Product.code), (SearchField.MEMO, Product.note)
        ),
        Product.archived_at.is_(None),
    ),
    SearchKind.NOTE: Searched(
        TimelineItem, _columns((SearchField.MEMO, TimelineItem.body)), TimelineItem.body.is_not(None)
    ),
}


def read_fields(
    session: Session, kind: SearchKind, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[tuple[SearchField, str]]]:
    """The searchable fields of the living records among these, as they were typed."""
    searched = SEARCHED[kind]
    # By number: a field may be made of several columns.
    columns = (column.label(f"field{number}") for number, (_, column) in enumerate(searched.fields))
    rows = session.execute(select(searched.table.id, *columns).where(searched.table.id.in_(ids), searched.living))
    names = [name for name, _ in searched.fields]
    return {row[0]: [(name, one) for name, one in zip(names, row[1:], strict=True) if one] for row in rows}


def has_changes(session: Session) -> bool:
    """Whether the index lacks a change, or was made by an older folding."""
    changed = session.execute(select(SearchChange.number).limit(1)).first() is not None
    return changed or session.get(SearchFolding, VERSION) is None


def keep_index(session: Session, limit: int = BATCH) -> int:
    """Bring the index up to the oldest changes; how many were taken, none while another keeps it."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(KEEPER_LOCK))):
        return 0
    if session.get(SearchFolding, VERSION) is None:
        session.execute(FOLD_ANEW, {"version": VERSION})
    oldest = select(SearchChange.number).order_by(SearchChange.number).limit(limit)
    taken = delete(SearchChange).where(SearchChange.number.in_(oldest))
    changes = session.execute(taken.returning(SearchChange.kind, SearchChange.record_id)).all()
    by_kind: defaultdict[SearchKind, set[uuid.UUID]] = defaultdict(set)
    for kind, record_id in changes:
        by_kind[SearchKind(kind)].add(record_id)
    for kind, ids in by_kind.items():
        _keep(session, kind, ids)
    return len(changes)


def _keep(session: Session, kind: SearchKind, ids: set[uuid.UUID]) -> None:
    found = {key: fold_record([one for _, one in fields]) for key, fields in read_fields(session, kind, ids).items()}
    gone = list(ids - found.keys())
    if gone:
        session.execute(delete(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.record_id.in_(gone)))
    if found:
        session.execute(WRITE, {"kind": kind, "ids": list(found), "words": list(found.values())})
