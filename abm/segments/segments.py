"""Segments kept under a name: stored, found, counted, and their people taken down."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, MetaData, Select, Table, Uuid, delete, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from abm.conditions.holds import Finding, find_why, holds
from abm.conditions.language import Condition, Moment
from abm.conditions.parse import write_condition
from abm.errors import Invalid, NotFound
from abm.models import AuditEntry, Contact, Segment, SegmentMember
from abm.segments.compile import members
from abm.segments.customs import read_asked
from abm.segments.facts import gather_facts
from abm.words import SegmentKind

LONGEST_NAME = 100
People = Select[*tuple[Any, ...]]
# The people of one segment while a statement of this transaction works on them.
CHOSEN = Table("chosen_contacts", MetaData(), Column("contact_id", Uuid, primary_key=True), prefixes=["temporary"])


@dataclass(frozen=True)
class Count:
    """How many a segment has at a moment; accounts are those of its contacts."""

    accounts: int
    contacts: int
    as_of: datetime


@dataclass(frozen=True)
class Explanation:
    """Whether a person is in, and what each part of the condition found; a frozen list has no parts."""

    member: bool
    findings: tuple[Finding, ...]
    filled_at: datetime | None = None


def save_segment(
    session: Session,
    name: str,
    condition: Condition,
    moment: Moment,
    *,
    kind: SegmentKind = SegmentKind.DYNAMIC,
    by: uuid.UUID | None = None,
) -> Segment:
    """Keep a condition under this name, in the place of what was there; a static one takes its people down now."""
    values = {"condition": write_condition(condition), "kind": kind, "changed_at": moment.at, "by_user_id": by}
    values["filled_at"] = moment.at if kind is SegmentKind.STATIC else None
    first = upsert(Segment).values(name=_checked_name(name), created_at=moment.at, **values)
    kept = first.on_conflict_do_update(index_elements=["name"], set_=values).returning(Segment)
    segment = session.scalars(kept, execution_options={"populate_existing": True}).one()
    session.execute(delete(SegmentMember).where(SegmentMember.segment_id == segment.id))
    if kind is SegmentKind.STATIC:
        found = members(condition, moment).subquery()
        rows = select(literal(segment.id), found.c.id)
        session.execute(insert(SegmentMember).from_select(["segment_id", "contact_id"], rows))
    _audit(session, "segment.saved", segment, moment.at, by)
    return segment


def delete_segment(session: Session, segment: Segment, at: datetime, by: uuid.UUID | None = None) -> None:
    """Forget a segment; whoever was taken on by a sequence stays in it."""
    _audit(session, "segment.deleted", segment, at, by)
    session.delete(segment)
    session.flush()


def get_segment(session: Session, name: str) -> Segment:
    """The segment of this name; NotFound tells which there are."""
    segment = session.scalars(select(Segment).where(Segment.name == name)).one_or_none()
    if segment is None:
        known = ", ".join(session.scalars(select(Segment.name).order_by(Segment.name))) or "none yet"
        raise NotFound(f"there is no segment {name!r}; there are: {known}")
    return segment


def get_segment_by_id(session: Session, segment_id: uuid.UUID) -> Segment:
    """The segment of this id, or NotFound."""
    segment = session.get(Segment, segment_id)
    if segment is None:
        raise NotFound("no such segment")
    return segment


def list_segments(session: Session) -> list[Segment]:
    """Every segment by name."""
    return list(session.scalars(select(Segment).order_by(Segment.name)))


def people_of(session: Session, segment: Segment, moment: Moment) -> People:
    """The living contacts of a segment with their accounts: columns `id` and `account_id`."""
    if segment.kind == SegmentKind.DYNAMIC:
        return members(read_asked(session, segment.condition), moment)
    frozen = select(SegmentMember.contact_id).where(SegmentMember.segment_id == segment.id)
    return select(Contact.id, Contact.account_id).where(Contact.id.in_(frozen), Contact.archived_at.is_(None))


def count_people(session: Session, people: People, at: datetime) -> Count:
    """How many people these are, at how many accounts."""
    found = people.subquery()
    by_account = select(func.count().label("contacts")).select_from(found).group_by(found.c.account_id).subquery()
    counted = select(func.count(), func.coalesce(func.sum(by_account.c.contacts), 0)).select_from(by_account)
    accounts, contacts = session.execute(counted).one()
    return Count(accounts, int(contacts), at)


def explain(session: Session, asked: Segment | Condition, contact_id: uuid.UUID, moment: Moment) -> Explanation:
    """Why this person is in or out, part by part."""
    if isinstance(asked, Segment) and asked.kind == SegmentKind.STATIC:
        frozen = people_of(session, asked, moment).where(Contact.id == contact_id)
        return Explanation(session.execute(frozen).first() is not None, (), asked.filled_at)
    condition = read_asked(session, asked.condition) if isinstance(asked, Segment) else asked
    facts = gather_facts(session, condition, [contact_id], moment).get(contact_id)
    if facts is None:
        raise NotFound("no such contact")
    return Explanation(holds(condition, facts, moment), tuple(find_why(condition, facts, moment)))


def choose_people(session: Session, people: People) -> None:
    """Take these people down in `chosen_contacts`, for the next statements of this transaction."""
    session.execute(text("drop table if exists pg_temp.chosen_contacts"))
    session.execute(text("create temporary table chosen_contacts (contact_id uuid primary key) on commit drop"))
    found = people.subquery()
    session.execute(insert(CHOSEN).from_select(["contact_id"], select(found.c.id)))
    # Without figures the planner takes a new table for a small one.
    session.execute(text("analyze chosen_contacts"))


def _checked_name(name: str) -> str:
    bare = name.strip()
    if not bare or len(bare) > LONGEST_NAME or "\0" in bare:
        raise Invalid(f"a segment needs a name of 1 to {LONGEST_NAME} signs", field="name", code="name")
    return bare


def _audit(session: Session, act: str, segment: Segment, at: datetime, by: uuid.UUID | None) -> None:
    detail = {"name": segment.name, "kind": segment.kind, "condition": segment.condition}
    entry = AuditEntry(at=at, user_id=by, act=act, subject="segment", subject_id=segment.id, detail=detail)
    session.add(entry)
    session.flush()
