"""The timeline of an account or a person: newest first, filtered, read on from where a page ended."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.models import Account, Contact, Department, Sequence, TimelineItem, User
from abm.words import EventKind, ItemKind, Stage, Verdict

LINES_SHOWN = 50


class Channel(StrEnum):
    """By what route something happened, as readers filter."""

    MAIL = "mail"
    DOWNLOAD = "download"
    WEBINAR = "webinar"
    WEB = "web"
    SALES = "sales"
    DEALS = "deals"
    CUSTOMER = "customer"
    TICKETS = "tickets"
    RECORD = "record"


# A line belongs to the first channel that names its kind; a reaction is told apart by its event.
KINDS = {
    Channel.MAIL: (ItemKind.MAIL_SENT, ItemKind.MAIL_WITHHELD, ItemKind.MAIL_FAILED, ItemKind.SUPPRESSED),
    Channel.SALES: (
        ItemKind.NOTE,
        ItemKind.CALL,
        ItemKind.VISIT,
        ItemKind.MEETING,
        ItemKind.SALES_MAIL,
        ItemKind.BUSINESS_CARD,
        ItemKind.NEED_HEARD,
        ItemKind.TASK_CHANGED,
        ItemKind.TASK_WITHHELD,
    ),
    Channel.DEALS: (
        ItemKind.DEAL_CHANGED,
        ItemKind.DECISION_CHANGED,
        ItemKind.OFFER_CHANGED,
        ItemKind.FILE_ADDED,
    ),
    Channel.CUSTOMER: (ItemKind.ORDERED, ItemKind.CONTRACT_CHANGED, ItemKind.PRODUCT_OWNED),
    Channel.TICKETS: (ItemKind.TICKET_CHANGED, ItemKind.SURVEY_ANSWERED),
    Channel.RECORD: (
        ItemKind.IMPORTED,
        ItemKind.STAGE_CHANGED,
        ItemKind.CONSENT_CHANGED,
        ItemKind.ENROLLMENT_CHANGED,
        ItemKind.MERGED,
        ItemKind.MERGE_UNDONE,
        ItemKind.OWNER_CHANGED,
    ),
}
EVENTS = {
    Channel.MAIL: (EventKind.OPEN, EventKind.CLICK, EventKind.REPLY, EventKind.UNSUBSCRIBE),
    Channel.DOWNLOAD: (EventKind.DOWNLOAD, EventKind.PREMIUM_DOWNLOAD),
    Channel.WEBINAR: (EventKind.WEBINAR_REGISTERED, EventKind.WEBINAR_ATTENDED, EventKind.WEBINAR_ON_DEMAND),
    Channel.WEB: (EventKind.KEY_PAGE, EventKind.INQUIRY, EventKind.DEMO_REQUEST, EventKind.CAREERS_PAGE),
    Channel.SALES: (EventKind.MEETING, EventKind.BOOTH_TALK),
}
NEWS = (ItemKind.EVENT, ItemKind.TASK_CHANGED, ItemKind.SUPPRESSED, ItemKind.CALL, ItemKind.VISIT, ItemKind.MEETING)
STAGES_OF_NEWS = (Stage.ENGAGED, Stage.MQA, Stage.IN_SALES, Stage.OPPORTUNITY, Stage.CUSTOMER)


@dataclass(frozen=True)
class TimelineFilter:
    """What the reader wants to see; `before` is where the page before ended."""

    account_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None
    contact_id: uuid.UUID | None = None
    channel: Channel | None = None
    # Only what tells of these: a deal, its offers, its files.
    subject_ids: tuple[uuid.UUID, ...] = ()
    before: tuple[datetime, uuid.UUID] | None = None
    # Only what people did and what became of it: no mail going out, no account merely becoming known.
    only_news: bool = False


@dataclass(frozen=True)
class Line:
    """One line: who, when, by what route, what; `detail` holds codes and values."""

    id: uuid.UUID
    kind: str
    happened_at: datetime
    body: str | None
    detail: dict[str, Any]
    subject_id: uuid.UUID | None
    account_id: uuid.UUID
    account: str
    contact_id: uuid.UUID | None
    contact: str | None
    department: str | None
    user: str | None
    # The title of the sequence that the detail names, in every language.
    sequence: dict[str, Any] | None

    @property
    def is_machine(self) -> bool:
        """True for what no human did."""
        return self.detail.get("verdict") == Verdict.MACHINE


def list_lines(session: Session, wanted: TimelineFilter, limit: int | None = LINES_SHOWN) -> list[Line]:
    """The newest lines that fit, one query whatever the length of the history."""
    lines = (
        select(
            TimelineItem.id,
            TimelineItem.kind,
            TimelineItem.happened_at,
            TimelineItem.body,
            TimelineItem.detail,
            TimelineItem.subject_id,
            TimelineItem.account_id,
            Account.name.label("account"),
            TimelineItem.contact_id,
            Contact.full_name.label("contact"),
            Department.name.label("department"),
            User.name.label("user"),
            Sequence.title.label("sequence"),
        )
        .join(Account, Account.id == TimelineItem.account_id)
        .outerjoin(Contact, Contact.id == TimelineItem.contact_id)
        .outerjoin(Department, Department.id == TimelineItem.department_id)
        .outerjoin(User, User.id == TimelineItem.by_user_id)
        .outerjoin(Sequence, Sequence.name == TimelineItem.detail["sequence"].astext)
        .where(*_fitting(wanted))
        .order_by(TimelineItem.happened_at.desc(), TimelineItem.id.desc())
        .limit(limit)
    )
    return [Line(**row) for row in session.execute(lines).mappings()]


def _fitting(wanted: TimelineFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.account_id:
        conditions.append(TimelineItem.account_id == wanted.account_id)
    if wanted.contact_id:
        conditions.append(TimelineItem.contact_id == wanted.contact_id)
    if wanted.department_id:
        conditions.append(TimelineItem.department_id == wanted.department_id)
    if wanted.channel:
        conditions.append(_by(wanted.channel))
    if wanted.subject_ids:
        conditions.append(TimelineItem.subject_id.in_(wanted.subject_ids))
    if wanted.only_news:
        conditions.append(_is_news())
    if wanted.before:
        conditions.append(tuple_(TimelineItem.happened_at, TimelineItem.id) < tuple_(*wanted.before))
    return conditions


def _by(channel: Channel) -> ColumnElement[bool]:
    event = TimelineItem.detail["event"].astext.in_(EVENTS.get(channel, ()))
    return or_(TimelineItem.kind.in_(KINDS.get(channel, ())), and_(TimelineItem.kind == ItemKind.EVENT, event))


def _is_news() -> ColumnElement[bool]:
    stage = TimelineItem.detail["new"].astext.in_(STAGES_OF_NEWS)
    moved = and_(TimelineItem.kind == ItemKind.STAGE_CHANGED, stage)
    return or_(TimelineItem.kind.in_(NEWS), moved)
