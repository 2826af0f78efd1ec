"""Records that nothing hangs on: what an import made may go when nobody has used it since."""

import uuid
from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from abm.db import Base
from abm.words import ItemKind

# Tables that only mirror a record, or that say what the system itself found out about it: no reason to keep it.
FOLLOWING = frozenset(
    (
        "account_domains",
        "account_heat",
        "account_merges",
        "contact_merges",
        "contact_pairs",
        "people_searches",
        "departments",
        "match_pairs",
        "import_rows",
        "contact_scores",
        "score_entries",
        "stage_changes",
        "suggestions",
        "refolds",
        "deal_changes",
        "renewal_reminders",
        "contract_terms",
    )
)


def delete_unused(session: Session, table: str, column: str, import_id: uuid.UUID) -> int:
    """Delete the records of this import that nothing points at."""
    unused = "".join(
        f" and not exists (select 1 from {other} o where o.{name} = t.id{_but_automatic(other)})"  # noqa: S608  # our tables
        for other, name in _users_of(table, column)
    )
    statement = f"delete from {table} t where t.import_id = :id{unused}"  # noqa: S608  # our tables
    return cast(CursorResult[Any], session.execute(text(statement), {"id": import_id})).rowcount


def _users_of(table: str, column: str) -> Iterable[tuple[str, str]]:
    """Every column of other records that names one of this table: by the usual name, or by a foreign key."""
    for other in Base.metadata.sorted_tables:
        if other.name not in FOLLOWING:
            for own in other.columns:
                if own.name == column or any(key.column.table.name == table for key in own.foreign_keys):
                    yield other.name, own.name


def _but_automatic(table: str) -> str:
    """Changes of stage, and merges that were undone, are no history that somebody would miss."""
    kinds = ", ".join(f"'{kind}'" for kind in (ItemKind.STAGE_CHANGED, ItemKind.MERGED, ItemKind.MERGE_UNDONE))
    return f" and o.kind not in ({kinds})" if table == "timeline_items" else ""
