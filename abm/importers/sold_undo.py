"""Taking back an import of what is sold: new records go or are archived, changed fields get their old values."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, Numeric, Table, Uuid, select, text, update
from sqlalchemy.orm import Session

from abm.clock import day_start
from abm.db import Base
from abm.importers.layouts import LAYOUTS
from abm.importers.sold_write import MOMENTS
from abm.importers.unused import delete_unused
from abm.models import Import, ImportRow

# By the column that other tables name a record of it by.
NAMED = {layout.table: f"{layout.table.removesuffix('s')}_id" for layout in LAYOUTS.values()}
UNUSED_PRODUCTS = text(
    """
    delete from products p where p.id = any(cast(:ids as uuid[])) and not exists (
        select from deals where product_id = p.id union all select from contracts where product_id = p.id
        union all select from orders where product_id = p.id union all select from tickets where product_id = p.id
        union all select from ownerships where product_id = p.id union all select from usages where product_id = p.id
        union all select from offers where product_id = p.id union all select from needs where product_id = p.id
        union all select from survey_answers where product_id = p.id)
    """
)


def take_back_sold(session: Session, import_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """What an import made of records of what is sold: gone or archived; changed fields get their old values back."""
    record = session.get_one(Import, import_id)
    zone = ZoneInfo(record.choices["time_zone"])
    restored = sum(_put_back(session, *told, zone) for told in _changes(session, import_id))
    gone, archived = {}, {}
    for table, column in NAMED.items():
        gone[table] = delete_unused(session, table, column, import_id)
        kept = Base.metadata.tables[table]
        putting = update(kept).where(kept.c.import_id == import_id, kept.c.archived_at.is_(None))
        archived[table] = len(session.execute(putting.values(archived_at=at).returning(kept.c.id)).all())
    session.execute(UNUSED_PRODUCTS, {"ids": record.found.get("new_products", [])})
    told = {"restored": restored, "gone": gone, "archived": archived}
    return {"records": told} if restored or any(gone.values()) or any(archived.values()) else {}


def _changes(session: Session, import_id: uuid.UUID) -> list[tuple[Table, str, dict[str, dict[str, Any]]]]:
    """(table, record, {field: {old, new}}): of two rows that changed a field, the first knows what stood there."""
    rows = select(ImportRow.before).where(ImportRow.import_id == import_id, ImportRow.before.has_key("record"))
    joined: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for before in session.scalars(rows.order_by(ImportRow.line)):
        told = before["record"]
        changed = joined.setdefault((told["table"], told["id"]), {})
        for name, values in told["fields"].items():
            changed[name] = {**changed.get(name, values), "new": values["new"]}
    return [(Base.metadata.tables[table], key, changed) for (table, key), changed in joined.items()]


def _put_back(
    session: Session, table: Table, record_id: str, changed: Mapping[str, Mapping[str, Any]], zone: ZoneInfo
) -> int:
    """Each field that still holds what the import wrote; what somebody changed since stays."""
    moments = MOMENTS.get(table.name, {})
    row = session.execute(select(table).where(table.c.id == uuid.UUID(record_id)).with_for_update()).one_or_none()
    if row is None:
        return 0
    values = {}
    for name, both in changed.items():
        column = moments.get(name, name)
        old, new = (_read(table, column, value, zone) for value in (both["old"], both["new"]))
        if row._mapping[column] == new:
            values[column] = old
    if values:
        session.execute(update(table).where(table.c.id == row.id).values(values))
    return int(bool(values))


def _read(table: Table, column: str, value: Any, zone: ZoneInfo) -> Any:
    """A value as its column holds it."""
    kind = table.c[column].type
    if value is None:
        return None
    if isinstance(kind, Numeric):
        return Decimal(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, DateTime):
        return day_start(date.fromisoformat(value), zone)
    return uuid.UUID(value) if isinstance(kind, Uuid) else value
