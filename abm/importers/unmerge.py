"""Merges in which an import's records take part: taken apart before the import is taken back."""

import uuid
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.contact_merges import undo_contact_merge
from abm.customers.merges import undo_merge

# An erased person's records cannot be told apart any more: they stay together, and hold nothing up.
PEOPLE = text(
    """
    select m.id from contact_merges m
    join contacts c on c.id = m.contact_id join contacts o on o.id = m.into_contact_id
    where m.undone_at is null and :id in (c.import_id, o.import_id)
      and c.erased_at is null and o.erased_at is null
    order by m.made_at desc, m.id desc
    """
)
FIRMS = text(
    """
    select m.id from account_merges m
    join accounts a on a.id = m.account_id join accounts o on o.id = m.into_account_id
    where m.undone_at is null and :id in (a.import_id, o.import_id)
    order by m.made_at desc, m.id desc
    """
)


def part_merged(session: Session, import_id: uuid.UUID, at: datetime) -> int:
    """Undo these merges, the latest first, so that others keep what is theirs; answers how many there were.

    Conflict when an account of the import has gone on, by a merge that is none of its own: that one comes first.
    """
    people = session.scalars(PEOPLE, {"id": import_id}).all()
    for merge in people:
        undo_contact_merge(session, merge, by=None, at=at)
    firms = session.scalars(FIRMS, {"id": import_id}).all()
    for merge in firms:
        undo_merge(session, merge, by=None, at=at)
    return len(people) + len(firms)
