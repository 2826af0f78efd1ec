"""One search over every kind of record: what fits, why, and what is only similar."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, and_, case, false, func, literal_column, select
from sqlalchemy.orm import Session

from abm.customers.names import core_name
from abm.customers.searched import keep_index, read_fields
from abm.customers.spelling import LINE, fold_field, patterns, read_query
from abm.models import Account, Contact, Contract, Deal, Order, Product, SearchChange, SearchEntry, Ticket, TimelineItem
from abm.words import SearchField, SearchKind

# What was written a moment ago is found; while an import fills the list of changes, the workers see to it.
KEPT_BEFORE_ASKING = 200
# The best are chosen among so many: a family name that thousands bear is not read to the end.
MOST_CANDIDATES = 1_000
# The part of the typed runs of signs that a record must hold to be called similar; one wrong sign of four leaves half.
SIMILAR_FROM = 0.45
SHORTEST_SIMILAR = 3
SIMILAR_KINDS = (SearchKind.ACCOUNT, SearchKind.CONTACT, SearchKind.PRODUCT)
MOST_SIMILAR = 10
SNIPPET = 120


@dataclass(frozen=True)
class Found:
    """One record: how it is called, what stands beside it, and in which fields it was found."""

    kind: SearchKind
    id: uuid.UUID
    title: str
    beside: str
    account_id: uuid.UUID | None
    why: tuple[SearchField, ...]


@dataclass(frozen=True)
class FoundGroup:
    """The records of one kind; `more` when there are others than those shown."""

    kind: SearchKind
    rows: tuple[Found, ...]
    more: bool


def search(session: Session, typed: str, length: int) -> list[FoundGroup]:
    """What fits what was typed, a group for each kind; similar names where nothing fits exactly."""
    words = read_query(typed)
    if not words:
        return []
    keep_index(session, KEPT_BEFORE_ASKING)
    found = ((kind, _best(session, kind, words, length + 1)) for kind in SearchKind)
    groups = [_group(session, kind, ids, words, length) for kind, ids in found if ids]
    return groups or _similar_groups(session, typed, length)


def is_behind(session: Session) -> bool:
    """True while a large import is still being taken in: what it brought may be missing here."""
    return session.scalars(select(SearchChange.number).offset(KEPT_BEFORE_ASKING).limit(1)).first() is not None


def matching(session: Session, kind: SearchKind, typed: str, *, similar: bool = True) -> Select[Any]:
    """The ids of the records of this kind that fit what was typed; when none does, of those that are similar."""
    words = read_query(typed)
    keep_index(session, KEPT_BEFORE_ASKING)
    fitting = select(SearchEntry.record_id).where(_fits(kind, words))
    if not words:
        return select(SearchEntry.record_id).where(false())
    asked = _asked_for_similar(typed) if similar else ""
    if not asked or session.execute(fitting.limit(1)).first() is not None:
        return fitting
    return select(SearchEntry.record_id).where(_is(kind), SearchEntry.record_id.in_(_similar(session, kind, asked)))


def _fits(kind: SearchKind, words: Sequence[str]) -> ColumnElement[bool]:
    return and_(_is(kind), *(SearchEntry.words.like(one) for one in patterns(tuple(words))))


def _is(kind: SearchKind) -> ColumnElement[bool]:
    # Spelt out, so that the planner sees which index serves.
    return SearchEntry.kind == literal_column(f"'{kind}'")


def _best(session: Session, kind: SearchKind, words: Sequence[str], length: int) -> list[uuid.UUID]:
    """The records where a whole field is meant first, then those where a field begins so, the shortest first."""
    some = select(SearchEntry.record_id, SearchEntry.words).where(_fits(kind, words)).limit(MOST_CANDIDATES).subquery()
    line = LINE + words[0]
    rank = case((some.c.words.contains(line + LINE), 0), (some.c.words.contains(line), 1), else_=2)
    best = select(some.c.record_id).order_by(rank, func.length(some.c.words), some.c.record_id)
    return list(session.scalars(best.limit(length)))


def _similar_groups(session: Session, typed: str, length: int) -> list[FoundGroup]:
    asked = _asked_for_similar(typed)
    found = ((kind, _similar(session, kind, asked)) for kind in SIMILAR_KINDS) if asked else ()
    return [_group(session, kind, ids, (), length) for kind, ids in found if ids]


def _asked_for_similar(typed: str) -> str:
    """What similar names are looked for by: the bare name, for most firms share the rest."""
    asked = fold_field(core_name(typed))
    return asked if len(asked) >= SHORTEST_SIMILAR else ""


def _similar(session: Session, kind: SearchKind, asked: str) -> list[uuid.UUID]:
    session.execute(select(func.set_config("pg_trgm.word_similarity_threshold", str(SIMILAR_FROM), True)))
    likeness = func.word_similarity(asked, SearchEntry.words)
    near = select(SearchEntry.record_id).where(_is(kind), SearchEntry.words.op("%>")(asked))
    return list(session.scalars(near.order_by(likeness.desc(), SearchEntry.record_id).limit(MOST_SIMILAR)))


def _group(
    session: Session, kind: SearchKind, ids: Sequence[uuid.UUID], words: Sequence[str], length: int
) -> FoundGroup:
    shown = list(ids[:length])
    fields = read_fields(session, kind, shown)
    told = {row.id: row for row in session.execute(TELL[kind].where(TELL_BY[kind].in_(shown)))}
    rows = (
        Found(
            kind, key, told[key].title, told[key].beside or "", told[key].account_id, _why(fields.get(key, []), words)
        )
        for key in shown
        if key in told
    )
    return FoundGroup(kind, tuple(rows), len(ids) > length)


def _why(fields: Sequence[tuple[SearchField, str]], words: Sequence[str]) -> tuple[SearchField, ...]:
    if not words:
        return (SearchField.SIMILAR,)
    found = [field for field, typed in fields if any(word in fold_field(typed) for word in words)]
    return tuple(dict.fromkeys(found))


def _tell(table: Any, title: Any) -> Select[Any]:
    """A record of a company, beside it the company's name."""
    columns = (table.id, title.label("title"), Account.name.label("beside"), table.account_id)
    return select(*columns).join(Account, Account.id == table.account_id)


TELL: dict[SearchKind, Select[*tuple[Any, ...]]] = {
    SearchKind.ACCOUNT: select(
        Account.id,
        Account.name.label("title"),
        func.concat_ws(" ", Account.prefecture, Account.industry).label("beside"),
        Account.id.label("account_id"),
    ),
    SearchKind.CONTACT: _tell(Contact, Contact.full_name),
    SearchKind.DEAL: _tell(Deal, Deal.name),
    SearchKind.CONTRACT: _tell(Contract, func.concat_ws(" ", Contract.number, Contract.name)),
    SearchKind.ORDER: _tell(Order, func.concat_ws(" ", Order.number, func.coalesce(Order.what, Order.note))),
    SearchKind.TICKET: _tell(Ticket, func.concat_ws(" ", Ticket.number, Ticket.subject)),
    SearchKind.PRODUCT: select(
        Product.id,
        Product.name.label("title"),
        Product.code.label("beside"),
        literal_column("null", type_=Uuid).label("account_id"),
    ),
    SearchKind.NOTE: _tell(TimelineItem, func.left(TimelineItem.body, SNIPPET)),
}
TELL_BY: dict[SearchKind, Any] = {
    SearchKind.ACCOUNT: Account.id,
    SearchKind.CONTACT: Contact.id,
    SearchKind.DEAL: Deal.id,
    SearchKind.CONTRACT: Contract.id,
    SearchKind.ORDER: Order.id,
    SearchKind.TICKET: Ticket.id,
    SearchKind.PRODUCT: Product.id,
    SearchKind.NOTE: TimelineItem.id,
}
