"""The facts a condition asks of some people, read in as many statements as it has kinds of questions."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.conditions.fields import FIELDS, ValueKind
from abm.conditions.holds import HUMAN, Deed, Facts, Known
from abm.conditions.language import Check, Condition, Did, Moment, leaves
from abm.models import Contact, Event
from abm.segments.columns import Columns, relation
from abm.words import EventKind, Field, Verdict


def gather_facts(
    session: Session, condition: Condition, contact_ids: Collection[uuid.UUID], moment: Moment
) -> dict[uuid.UUID, Facts]:
    """What this condition must know of these people; the archived and unknown are left out."""
    asked = [leaf for _, leaf in leaves(condition)]
    fields = {leaf.field for leaf in asked if isinstance(leaf, Check)}
    several = {field for field in fields if FIELDS[field].kind is ValueKind.TEXTS}
    values = _read_values(session, sorted(fields - several), contact_ids, moment)
    for field in sorted(several):
        for contact_id, found in _read_relation(session, field, contact_ids).items():
            if contact_id in values:
                values[contact_id][field] = found
    deeds = _read_deeds(session, [leaf for leaf in asked if isinstance(leaf, Did)], contact_ids, moment.at)
    return {contact_id: Facts(known, deeds.get(contact_id, ())) for contact_id, known in values.items()}


def _read_values(
    session: Session, fields: list[Field], ids: Collection[uuid.UUID], moment: Moment
) -> dict[uuid.UUID, dict[Field, Known]]:
    where = Columns(moment, ids)
    statement = where.join(select(Contact.id, *(where.value(field) for field in fields)), fields)
    rows = session.execute(statement.where(Contact.id.in_(ids), Contact.archived_at.is_(None)))
    return {row[0]: dict(zip(fields, row[1:], strict=True)) for row in rows}


def _read_relation(session: Session, field: Field, ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, tuple[str, ...]]:
    found = relation(field, ids)
    rows = found.rows.distinct().subquery()
    key, value = rows.c
    statement = (
        select(Contact.id, func.array_agg(value)).join(rows, key == found.key).where(Contact.id.in_(ids))
    ).group_by(Contact.id)
    return {contact_id: tuple(sorted(values)) for contact_id, values in session.execute(statement)}


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
