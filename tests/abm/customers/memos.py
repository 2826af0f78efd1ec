"""Worlds with something to hear: logged notes, and imports whose memos have been applied."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, Contact, Import, Product, Suggestion, TimelineItem
from abm.words import ImportKind, ImportState, ItemKind
from tests.worlds import NOON

MEMO = "製品Xに関心。来期導入検討中。価格面で見送り。来年度再アプローチ予定。"


def make_product(session: Session, name: str = "製品X", **over: Any) -> Product:
    product = Product(**{"code": name, "name": name, **over})
    session.add(product)
    session.flush()
    return product


def make_import(session: Session, **over: Any) -> Import:
    values = {
        "kind": ImportKind.CUSTOMERS,
        "state": ImportState.APPLIED,
        "filename": "list.csv",
        "content": b"",
        "found": {**dict.fromkeys(("encoding", "delimiter", "sheet", "header_row")), "header": [], "columns": {}},
        "counts": {
            **dict.fromkeys(("rows", "create", "update", "unchanged", "rejected", "review"), 0),
            "match": {"sure": 0, "strong": 0},
        },
        "created_at": NOON,
        "applied_at": NOON,
    }
    record = Import(**{**values, **over})
    session.add(record)
    session.flush()
    return record


def make_memo(
    session: Session,
    record: Import,
    account: Account,
    contact: Contact | None = None,
    body: str = MEMO,
    happened_at: datetime = NOON,
) -> TimelineItem:
    return make_note(session, account, contact, body, happened_at, import_id=record.id)


def make_note(
    session: Session,
    account: Account,
    contact: Contact | None = None,
    body: str = MEMO,
    happened_at: datetime = NOON,
    import_id: uuid.UUID | None = None,
) -> TimelineItem:
    item = TimelineItem(
        kind=ItemKind.NOTE,
        account_id=account.id,
        contact_id=contact.id if contact else None,
        happened_at=happened_at,
        body=body,
        import_id=import_id,
    )
    session.add(item)
    session.flush()
    return item


def suggestions(session: Session, account: Account) -> list[Suggestion]:
    mine = select(Suggestion).where(Suggestion.account_id == account.id)
    return list(session.scalars(mine.order_by(Suggestion.created_at, Suggestion.id)))
