"""What the database knows of the records a file names, and writing what the file makes of them."""

import unicodedata
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, or_, select, text, update
from sqlalchemy.orm import Session

from abm.clock import day_start, local_day
from abm.customers.timeline import Item, add_items
from abm.db import Base
from abm.importers.layouts import Layout, Values
from abm.importers.sold_records import Known, KnownRecord, SoldRecord, SoldRow, folded
from abm.importers.write import Origin, new_id, to_json
from abm.models import DealChange, Product, User
from abm.work import business_time

# Days that a table keeps as moments: their column, by the name in a layout.
MOMENTS = {"tickets": {"opened_on": "opened_at", "closed_on": "closed_at"}}
BEFORE = text(
    "update import_rows set before = coalesce(before, '{}') || cast(:before as jsonb)"
    " where import_id = :import_id and line = :line"
)
ASK_FOR_STAGES = text("update accounts set evaluate_at = :at where id = any(cast(:ids as uuid[]))")


def accounts_of_numbers(session: Session, layout: Layout, rows: Collection[SoldRow]) -> set[str]:
    """The accounts whose records have the numbers of these rows."""
    table = Base.metadata.tables[layout.table]
    wanted = select(table.c.account_id).where(table.c.number.in_(_numbers(rows)), table.c.archived_at.is_(None))
    return {str(account_id) for account_id in session.scalars(wanted)}


def load_known(
    session: Session, layout: Layout, rows: Collection[SoldRow], accounts: Collection[str], zone: ZoneInfo
) -> Known:
    """What the database knows of these rows' numbers, products and owners, and of the accounts' records."""
    known = Known(layout, local_day(business_time(session), zone), new_id, _owners(session))
    for product in session.execute(select(Product.id, Product.code, Product.name)):
        known.products.update({folded(product.name): str(product.id), folded(product.code): str(product.id)})
    table = Base.metadata.tables[layout.table]
    wanted = or_(table.c.number.in_(_numbers(rows)), table.c.account_id.in_([uuid.UUID(key) for key in accounts]))
    for row in session.execute(select(table).where(wanted, table.c.archived_at.is_(None)).order_by(table.c.id)):
        known.add(KnownRecord(str(row.id), str(row.account_id), _values_of(layout, row._mapping, zone)))
    return known


def _numbers(rows: Iterable[SoldRow]) -> set[str]:
    """The numbers of these rows as typed, and in the width in which most tools write them."""
    typed = {row.values["number"] for row in rows if row.values.get("number")}
    return typed | {unicodedata.normalize("NFKC", number) for number in typed}


def write_records(session: Session, known: Known, records: Sequence[SoldRecord], origin: Origin) -> None:
    """New records, changed ones with what they were before, and a line on the timeline for each."""
    layout, table = known.layout, Base.metadata.tables[known.layout.table]
    if known.new_products:
        named = known.new_products.items()
        made = [{"id": key, "code": name, "name": name, "created_at": origin.at} for name, key in named]
        session.execute(insert(Product), made)
    new = [record for record in records if record.is_new]
    if new:
        session.execute(insert(table), [_row(layout, record, origin) for record in new])
    for record in records:
        if not record.is_new:
            changed = update(table).where(table.c.id == uuid.UUID(record.id))
            session.execute(changed.values(_stored(layout, record.values, origin)))
            told = {"record": {"table": layout.table, "id": record.id, "fields": _both(record)}}
            where = {"import_id": origin.import_id, "line": record.line}
            session.execute(BEFORE, {"before": to_json(told), **where})
    if layout.table == "deals":
        _keep_stages(session, records, origin)
    add_items(session, [_item(layout, record, known, origin) for record in records if _is_told(layout, record)])
    if layout.moves_account:
        session.execute(ASK_FOR_STAGES, {"at": origin.at, "ids": sorted({record.account_id for record in records})})


def _owners(session: Session) -> dict[str, str]:
    """Users who can log in, by name and by mail address."""
    owners: dict[str, str] = {}
    for user in session.execute(select(User.id, User.name, User.email).where(User.disabled_at.is_(None))):
        owners.update({folded(user.name): str(user.id), folded(user.email): str(user.id)})
    return owners


def _values_of(layout: Layout, row: Mapping[Any, Any], zone: ZoneInfo) -> Values:
    """A record in the words of its layout."""
    moments = MOMENTS.get(layout.table, {})
    names = [name for name, _ in layout.readers.values()] + ["product_id", *(["owner_id"] if layout.has_owner else [])]
    values: Values = {}
    for name in names:
        value = row[moments.get(name, name)]
        if name in moments and value is not None:
            value = local_day(value, zone)
        values[name] = str(value) if isinstance(value, uuid.UUID) else value
    return values


def _stored(layout: Layout, values: Values, origin: Origin) -> dict[str, Any]:
    """Values as their columns take them."""
    moments = MOMENTS.get(layout.table, {})
    stored: dict[str, Any] = {}
    for name, value in values.items():
        if name in moments:
            stored[moments[name]] = day_start(value, origin.zone) if value else None
        else:
            stored[name] = uuid.UUID(value) if name.endswith("_id") and value else value
    if layout.table == "deals" and "stage" in values:
        stored["stage_since"] = _moment(values.get("closed_on"), origin)
    return stored


def _row(layout: Layout, record: SoldRecord, origin: Origin) -> dict[str, Any]:
    """A new record; every column of the layout, so that one statement takes all rows."""
    names = {name for name, _ in layout.readers.values()} | {"product_id"}
    names |= {"owner_id"} if layout.has_owner else set()
    values = {name: record.values.get(name, layout.otherwise.get(name)) for name in names}
    row = _stored(layout, values, origin)
    row |= {"id": uuid.UUID(record.id), "account_id": uuid.UUID(record.account_id)}
    row |= {"department_id": uuid.UUID(record.department_id) if record.department_id else None}
    if layout.has_contact:
        row["contact_id"] = uuid.UUID(record.contact_id) if record.contact_id else None
    return row | {"import_id": origin.import_id, "created_at": origin.at}


def _both(record: SoldRecord) -> dict[str, Any]:
    """Old and new of each field that a row changed, for undo."""
    return {name: {"old": _plain(old), "new": _plain(record.values[name])} for name, old in record.before.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _keep_stages(session: Session, records: Iterable[SoldRecord], origin: Origin) -> None:
    """Each new stage of a deal is a row of its own."""
    rows = [
        {
            "deal_id": uuid.UUID(record.id),
            "at": _moment(record.values.get("closed_on"), origin),
            "old": record.before.get("stage"),
            "new": record.values["stage"],
            "by_user_id": origin.by,
        }
        for record in records
        if "stage" in record.values
    ]
    if rows:
        session.execute(insert(DealChange), rows)


def _is_told(layout: Layout, record: SoldRecord) -> bool:
    return record.is_new or (layout.told is not None and layout.told in record.before)


def _item(layout: Layout, record: SoldRecord, known: Known, origin: Origin) -> Item:
    """The line a record leaves, on the day it is about."""
    values = record.values
    names = {key: name for name, key in known.new_products.items()}
    detail = {
        "title": values.get(layout.title),
        "product": names.get(values.get("product_id", "")),
        "old": record.before.get(layout.told) if layout.told else None,
        "new": values.get(layout.told) if layout.told else None,
        "amount": _plain(values.get("amount")),
        "currency": "JPY" if values.get("amount") is not None else None,
        "is_complaint": values.get("is_complaint"),
        "reason": values.get("lost_reason"),
        "day": _plain(values.get("ordered_on")),
    }
    return Item(
        layout.item,
        uuid.UUID(record.account_id),
        _moment(values.get(layout.day), origin),
        department_id=uuid.UUID(record.department_id) if record.department_id else None,
        contact_id=uuid.UUID(record.contact_id) if record.contact_id and layout.has_contact else None,
        detail={name: value for name, value in detail.items() if value is not None},
        subject_id=uuid.UUID(record.id),
        by_user_id=origin.by,
        import_id=origin.import_id,
    )


def _moment(day: date | None, origin: Origin) -> datetime:
    """The beginning of a day; the import's own moment when none is known, or it is still to come."""
    return min(day_start(day, origin.zone), origin.at) if day else origin.at
