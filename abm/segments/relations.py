"""Fields with several values: domains, imports, sequences, and whatever a company has many of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, Double, Text, and_, cast, func, or_, select, union

from abm.models import (
    Account,
    AccountDomain,
    Contact,
    Contract,
    Deal,
    Enrollment,
    Event,
    ImportRow,
    Need,
    Ownership,
    Product,
    Sequence,
    SequenceVersion,
    Ticket,
)
from abm.segments.asking import ACCOUNT, DEPARTMENT, IS_HUMAN, PERSON, Asking, Rows
from abm.segments.derived import OPEN_DEAL, OPEN_TICKET, RUNNING_CONTRACT
from abm.words import DealStage, EnrollmentState, Field


@dataclass(frozen=True)
class Relation:
    """A field with several values: rows of a key and a value, and the column of contacts that the key is."""

    rows: Rows
    key: ColumnElement[Any]


def relation(field: Field, asking: Asking) -> Relation:
    """The values of this field."""
    return RELATIONS[field](asking)


def deal_values(asking: Asking, value: ColumnElement[Any]) -> Relation:
    """Something of every deal that the company has or had."""
    return _of_company(Deal, value)(asking)


def _of_company(table: Any, value: Any, *conditions: ColumnElement[bool]) -> Callable[[Asking], Relation]:
    def build(asking: Asking) -> Relation:
        rows = select(table.account_id, value).where(table.archived_at.is_(None), *conditions)
        return Relation(asking.narrow(rows, table.account_id.expression, ACCOUNT), ACCOUNT)

    return build


def _products(table: Any, *conditions: ColumnElement[bool]) -> Callable[[Asking], Relation]:
    def build(asking: Asking) -> Relation:
        rows = select(table.account_id, Product.code).join(Product, Product.id == table.product_id)
        living = rows.where(table.archived_at.is_(None), *conditions)
        return Relation(asking.narrow(living, table.account_id.expression, ACCOUNT), ACCOUNT)

    return build


def _owned(asking: Asking) -> Relation:
    today = asking.moment.today
    begun = or_(Ownership.since_on.is_(None), Ownership.since_on <= today)
    lasting = or_(Ownership.until_on.is_(None), Ownership.until_on >= today)
    return _products(Ownership, begun, lasting)(asking)


def _domains(asking: Asking) -> Relation:
    rows = select(AccountDomain.account_id, AccountDomain.domain)
    return Relation(asking.narrow(rows, AccountDomain.account_id.expression, ACCOUNT), ACCOUNT)


def _groups(asking: Asking) -> Relation:
    """Every company with itself and those above it; a circle of parents ends where it began."""
    start = select(Account.id.label("account_id"), Account.id.label("above_id"))
    chain = asking.narrow(start, Account.id.expression, ACCOUNT).cte(recursive=True)
    higher = select(chain.c.account_id, Account.parent_id).join(Account, Account.id == chain.c.above_id)
    chain = chain.union(higher.where(Account.parent_id.is_not(None)))
    return Relation(select(chain.c.account_id, Account.name).join(Account, Account.id == chain.c.above_id), ACCOUNT)


def _department_topics(asking: Asking) -> Relation:
    used = (
        select(Contact.department_id.label("key"), func.unnest(Event.topics).label("topic"))
        .join(Event, Event.contact_id == Contact.id)
        .where(IS_HUMAN, Event.happened_at <= asking.moment.at, Contact.department_id.is_not(None))
    )
    place = func.coalesce(Need.department_id, Contact.department_id)
    told = (
        select(place, Need.topic)
        .outerjoin(Contact, Contact.id == Need.contact_id)
        .where(Need.archived_at.is_(None), place.is_not(None))
    )
    parts = asking.narrow(used, DEPARTMENT, DEPARTMENT), asking.narrow(told, place, DEPARTMENT)
    topics = union(*parts).subquery()
    return Relation(select(topics.c.key, topics.c.topic), DEPARTMENT)


def _imports(asking: Asking) -> Relation:
    rows = select(ImportRow.contact_id, cast(ImportRow.import_id, Text)).where(ImportRow.contact_id.is_not(None))
    return Relation(asking.narrow(rows, ImportRow.contact_id.expression, PERSON), PERSON)


def _tags(asking: Asking) -> Relation:
    rows = asking.narrow(select(Contact.id.label("key"), func.unnest(Contact.tags).label("tag")), PERSON, PERSON)
    tags = rows.subquery()
    return Relation(select(tags.c.key, tags.c.tag), PERSON)


def _sequences(*conditions: ColumnElement[bool]) -> Callable[[Asking], Relation]:
    def build(asking: Asking) -> Relation:
        rows = (
            select(Enrollment.contact_id, Sequence.name)
            .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
            .join(Sequence, Sequence.id == SequenceVersion.sequence_id)
            .where(Enrollment.contact_id.is_not(None), *conditions)
        )
        return Relation(asking.narrow(rows, Enrollment.contact_id.expression, PERSON), PERSON)

    return build


def _needs(value: Any) -> Callable[[Asking], Relation]:
    """What a person told us, and what was told of their department or company without naming anybody."""
    of_all = and_(
        Need.contact_id.is_(None), or_(Need.department_id.is_(None), Need.department_id == Contact.department_id)
    )
    concerns = and_(Need.account_id == Contact.account_id, or_(Need.contact_id == Contact.id, of_all))

    def build(asking: Asking) -> Relation:
        rows = select(Contact.id, value).join(Need, concerns).outerjoin(Product, Product.id == Need.product_id)
        return Relation(asking.narrow(rows.where(Need.archived_at.is_(None)), PERSON, PERSON), PERSON)

    return build


def _tickets_opened(asking: Asking) -> Relation:
    return _of_company(Ticket, cast(func.timezone(asking.moment.zone.key, Ticket.opened_at), Date))(asking)


LOST_DEAL = Deal.stage == DealStage.LOST

RELATIONS: dict[Field, Callable[[Asking], Relation]] = {
    Field.ACCOUNT_DOMAIN: _domains,
    Field.ACCOUNT_GROUP: _groups,
    Field.DEPARTMENT_TOPIC: _department_topics,
    Field.CONTACT_IMPORT: _imports,
    Field.CONTACT_SEQUENCE: _sequences(),
    Field.CONTACT_TAG: _tags,
    Field.CONTACT_ACTIVE_SEQUENCE: _sequences(Enrollment.state == EnrollmentState.ACTIVE),
    Field.DEAL_STAGE: _of_company(Deal, Deal.stage),
    Field.DEAL_AMOUNT: _of_company(Deal, cast(Deal.amount, Double), OPEN_DEAL),
    Field.DEAL_EXPECTED_CLOSE_ON: _of_company(Deal, Deal.expected_close_on, OPEN_DEAL),
    Field.DEAL_PRODUCT: _products(Deal, OPEN_DEAL),
    Field.DEAL_LOST_REASON: _of_company(Deal, Deal.lost_reason, LOST_DEAL),
    Field.DEAL_LOST_ON: _of_company(Deal, Deal.closed_on, LOST_DEAL),
    Field.PRODUCT_OWNED: _owned,
    Field.CONTRACT_PRODUCT: _products(Contract, RUNNING_CONTRACT),
    Field.CONTRACT_RENEWS_ON: _of_company(Contract, Contract.renews_on, RUNNING_CONTRACT),
    Field.CONTRACT_ENDS_ON: _of_company(Contract, Contract.ends_on, RUNNING_CONTRACT),
    Field.TICKET_SEVERITY: _of_company(Ticket, Ticket.severity, OPEN_TICKET),
    Field.TICKET_OPENED_ON: _tickets_opened,
    Field.NEED_KIND: _needs(Need.kind),
    Field.NEED_TOPIC: _needs(Need.topic),
    Field.NEED_PRODUCT: _needs(Product.code),
    Field.NEED_SAID_ON: _needs(Need.said_on),
    Field.NEED_HORIZON_FROM: _needs(Need.horizon_from),
    Field.NEED_HORIZON_UNTIL: _needs(Need.horizon_until),
}
