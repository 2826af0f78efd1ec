"""The facts a condition asks of some people, read in as many statements as it has kinds of questions."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from abm.conditions.holds import Deed, Facts, Known, One
from abm.conditions.language import Check, Condition, Did, Moment, leaves
from abm.models import Contact, Event
from abm.segments.asking import Asking
from abm.segments.columns import Columns, several
from abm.words import HUMAN, EventKind, Verdict


def gather_facts(
    session: Session, condition: Condition, contact_ids: Collection[uuid.UUID], moment: Moment
) -> dict[uuid.UUID, Facts]:
    """What this condition must know of these people; the archived and unknown are left out."""
    asked = [leaf for _, leaf in leaves(condition)]
    asking = Asking(moment, contact_ids)
    checks = {leaf.field: leaf for leaf in asked if isinstance(leaf, Check)}
    values = _read_values(session, [check for check in checks.values() if not check.rule.several], asking)
    for check in checks.values():
        if check.rule.several:
            for contact_id, found in _read_several(session, check, asking).items():
                values[contact_id][check.field] = found
    deeds = _read_deeds(session, [leaf for leaf in asked if isinstance(leaf, Did)], contact_ids, moment.at)
    return {contact_id: Facts(known, deeds.get(contact_id, ())) for contact_id, known in values.items()}


def _read_values(session: Session, checks: list[Check], asking: Asking) -> dict[uuid.UUID, dict[str, Known]]:
    where = Columns(asking)
    fields = [check.field for check in checks]
    # Named, because expressions over two of the same table would else go by one name.
    columns = (where.value(check).label(check.field) for check in checks)
    statement = where.join(select(Contact.id, *columns), checks)
    rows = session.execute(statement.where(*_living(asking)))
    return {row[0]: dict(zip(fields, row[1:], strict=True)) for row in rows}


def _read_several(session: Session, check: Check, asking: Asking) -> Mapping[uuid.UUID, tuple[One, ...]]:
    found = several(check, asking)
    rows = found.rows.distinct().subquery()
    key, value = rows.c
    statement = select(Contact.id, func.array_agg(value)).join(rows, key == found.key)
    known = statement.where(value.is_not(None), *_living(asking)).group_by(Contact.id)
    return {contact_id: tuple(sorted(values)) for contact_id, values in session.execute(known)}


def _living(asking: Asking) -> tuple[ColumnElement[bool], ...]:
    return (Contact.id.in_(asking.ids or ()), Contact.archived_at.is_(None))


def _read_deeds(
    session: Session, asked: list[Did], ids: Collection[uuid.UUID], at: datetime
) -> Mapping[uuid.UUID, list[Deed]]:
    if not asked:
        return {}
    statement = select(Event.contact_id, Event.kind, Event.happened_at, Event.verdict, Event.topics).where(
        Event.contact_id.in_(ids),
        Event.kind.in_({kind for did in asked for kind in did.kinds}),
        Event.verdict.in_(HUMAN),
        Event.happened_at <= at,
    )
    if (since := _since(asked, at)) is not None:
        statement = statement.where(Event.happened_at > since)
    deeds: defaultdict[uuid.UUID, list[Deed]] = defaultdict(list)
    for contact_id, kind, happened_at, verdict, topics in session.execute(statement):
        deeds[contact_id].append(Deed(EventKind(kind), happened_at, Verdict(verdict), tuple(topics)))
    return deeds


def _since(asked: list[Did], at: datetime) -> datetime | None:
    spans: list[timedelta | Any] = [did.within for did in asked]
    return None if None in spans else at - max(spans)
