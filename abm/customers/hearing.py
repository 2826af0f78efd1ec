"""Listening to notes and imported memos: what is heard in them is kept as suggestions, for a person to confirm."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.hear import Heard, hear
from abm.customers.named import Named
from abm.models import Account, Contact, Hearing, Import, Product, TimelineItem
from abm.words import ImportKind, ImportState, ItemKind, SuggestionState

# Memos heard in one act: a second or two of a worker's time.
BATCH = 2_000
# One worker listens at a time, so that the same memo in two lists is heard once.
HEARING_LOCK = 7_202_612
SAID_LENGTH = 300


@dataclass(frozen=True)
class Note:
    """A line of the timeline with words to listen to, and what must be known to understand them."""

    item_id: uuid.UUID
    account_id: uuid.UUID
    department_id: uuid.UUID | None
    contact_id: uuid.UUID | None
    body: str
    on: date
    closing_month: int | None
    import_id: uuid.UUID | None = None


def hear_note(session: Session, item_id: uuid.UUID, *, at: datetime, zone: ZoneInfo) -> int:
    """Keep what a logged line proposes; answers how many suggestions that made. What waits already is not repeated."""
    note = _notes(session, [TimelineItem.id == item_id], zone)[0]
    people = people_of_account(session, note.account_id)
    rows = list(_rows([note], people, products_and_topics(session), at))
    return _keep(session, rows, only_waiting=True)


def hear_memos(session: Session, *, at: datetime, zone: ZoneInfo) -> bool:
    """Listen to the next memos of an import that has been applied; False when all has been heard."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": HEARING_LOCK})
    # Held until the commit: whoever takes the import back waits, and then takes these suggestions along.
    waiting = session.scalar(_unheard().order_by(Import.applied_at, Import.id).limit(1).with_for_update(key_share=True))
    if waiting is None:
        return False
    session.execute(insert(Hearing).values(import_id=waiting).on_conflict_do_nothing())
    hearing = session.get_one(Hearing, waiting)
    notes = _memos(session, hearing, zone)
    _keep(session, list(_rows(notes, (), products_and_topics(session), at)), only_waiting=False)
    if notes:
        hearing.heard_to = notes[-1].item_id
    if len(notes) < BATCH:
        hearing.done_at = at
    session.flush()
    return True


def has_unheard(session: Session) -> bool:
    """Whether memos of an applied import wait to be heard."""
    return bool(session.scalar(select(_unheard().exists())))


def people_of_account(session: Session, account_id: uuid.UUID) -> list[Named]:
    """The people a note about this account may name."""
    rows = select(Contact.id, Contact.full_name, Contact.family_name).where(
        Contact.account_id == account_id, Contact.archived_at.is_(None)
    )
    return [
        Named(str(key), name, tuple(filter(None, (family or name.split()[0],))))
        for key, name, family in session.execute(rows)
        if name.strip()
    ]


def _unheard() -> Any:
    heard = exists().where(Hearing.import_id == Import.id, Hearing.done_at.is_not(None))
    return select(Import.id).where(Import.state == ImportState.APPLIED, Import.kind == ImportKind.CUSTOMERS, ~heard)


def _memos(session: Session, hearing: Hearing, zone: ZoneInfo) -> list[Note]:
    conditions = [TimelineItem.import_id == hearing.import_id, TimelineItem.kind == ItemKind.NOTE]
    if hearing.heard_to:
        conditions.append(TimelineItem.id > hearing.heard_to)
    return _notes(session, conditions, zone, BATCH)


def _notes(session: Session, conditions: Sequence[Any], zone: ZoneInfo, limit: int = 1) -> list[Note]:
    rows = (
        select(
            TimelineItem.id,
            TimelineItem.account_id,
            TimelineItem.department_id,
            TimelineItem.contact_id,
            func.coalesce(TimelineItem.body, ""),
            TimelineItem.happened_at,
            Account.closing_month,
            TimelineItem.import_id,
        )
        .join(Account, Account.id == TimelineItem.account_id)
        .where(*conditions)
        .order_by(TimelineItem.id)
        .limit(limit)
    )
    return [Note(*row[:5], local_day(row[5], zone), *row[6:]) for row in session.execute(rows)]


def products_and_topics(session: Session) -> tuple[list[Named], list[Named]]:
    """Products by name and code, and the topics they stand for."""
    rows = session.execute(
        select(Product.id, Product.name, Product.code, Product.topics).where(Product.archived_at.is_(None))
    ).all()
    products = [Named(str(key), name, (code,)) for key, name, code, _ in rows]
    topics = sorted({topic for *_, of_product in rows for topic in of_product})
    return products, [Named(topic, topic) for topic in topics]


def _rows(
    notes: Iterable[Note], people: Sequence[Named], known: tuple[list[Named], list[Named]], at: datetime
) -> Iterable[dict[str, Any]]:
    products, topics = known
    for note in notes:
        for heard in hear(
            note.body,
            on=note.on,
            closing_month=note.closing_month,
            people=people,
            products=products,
            topics=topics,
        ):
            yield {
                "account_id": str(note.account_id),
                "department_id": str(note.department_id) if note.department_id else None,
                "contact_id": str(note.contact_id) if note.contact_id else heard.person,
                "item_id": str(note.item_id),
                "kind": heard.kind.value,
                "said": heard.said[:SAID_LENGTH],
                "value": value_of(heard, note.on),
                "import_id": str(note.import_id) if note.import_id else None,
                "created_at": at.isoformat(),
            }


def value_of(heard: Heard, on: date) -> dict[str, Any]:
    """What was heard as plain values; `on` is the day from which its times were counted."""
    due_on = heard.due_on
    value = {
        "on": on.isoformat(),
        "what": heard.what,
        "topic": heard.topic,
        "product_id": heard.product,
        "first": heard.first.isoformat() if heard.first else None,
        "last": heard.last.isoformat() if heard.last else None,
        "due_on": due_on.isoformat() if due_on else None,
        "reason": heard.reason.value if heard.reason else None,
        "assumes_march": heard.assumes_march or None,
    }
    return {name: one for name, one in value.items() if one is not None}


def _keep(session: Session, rows: Sequence[dict[str, Any]], *, only_waiting: bool) -> int:
    """One statement; a memo read in again proposes nothing anew, a new note only what does not wait already."""
    if not rows:
        return 0
    waiting = f"and s.state = '{SuggestionState.OPEN}'" if only_waiting else ""
    statement = text(
        f"""
        insert into suggestions
            (account_id, department_id, contact_id, item_id, kind, said, value, import_id, created_at)
        select account_id, department_id, contact_id, item_id, kind, said, value, import_id, created_at
        from (
            select distinct on (account_id, contact_id, kind, said) v.*
            from jsonb_to_recordset(cast(:rows as jsonb)) as v(
                place integer, account_id uuid, department_id uuid, contact_id uuid, item_id uuid, kind text,
                said text, value jsonb, import_id uuid, created_at timestamptz)
            order by account_id, contact_id, kind, said, place
        ) v
        where not exists (
            select from suggestions s
            where s.account_id = v.account_id and s.contact_id is not distinct from v.contact_id
              and s.kind = v.kind and s.said = v.said {waiting})
        order by place
        returning id
        """  # noqa: S608  the state is our own word
    )
    placed = [{"place": place, **row} for place, row in enumerate(rows)]
    return len(session.execute(statement, {"rows": json.dumps(placed)}).all())
