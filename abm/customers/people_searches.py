"""Asking for an account's people to be compared: somebody came, was renamed, or two firms became one."""

import uuid
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.queue import enqueue

ASK = text(
    """
    insert into people_searches (account_id) select distinct unnest(cast(:ids as uuid[]))
    on conflict (account_id) do update set asked_at = clock_timestamp()
    """
)
ASK_FOR_IMPORT = text(
    """
    insert into people_searches (account_id)
    select distinct c.account_id from contacts c where c.import_id = :import_id
      and exists (select from contacts o where o.account_id = c.account_id and o.id <> c.id and o.archived_at is null)
    on conflict (account_id) do update set asked_at = clock_timestamp()
    """
)


def ask_people_search(session: Session, account_ids: Iterable[uuid.UUID]) -> None:
    """Have the people of these accounts compared soon after the commit."""
    if ids := list(account_ids):
        session.execute(ASK, {"ids": ids})
        enqueue(session, "find_same_people")


def ask_search_for_import(session: Session, import_id: uuid.UUID) -> None:
    """Have the people compared of every account to which this import has brought somebody."""
    session.execute(ASK_FOR_IMPORT, {"import_id": import_id})
    enqueue(session, "find_same_people")
