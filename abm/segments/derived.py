"""Fields that are worked out from many rows to one value: consent, points, the newest event, whether there is any."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, Subquery, and_, case, cast, func, select

from abm.models import Consent, Contact, ContactScore, Contract, Deal, Ticket
from abm.segments.asking import ACCOUNT, DEPARTMENT, PERSON, Asking, Rows
from abm.words import OPEN_DEAL_STAGES, BuyingRole, ConsentBasis, ConsentPurpose, ContractState, Field, TicketState

# As the default scoring model has it.
ENGAGED = 10.0


@dataclass(frozen=True)
class Derived:
    """Rows grouped by `key`, the column of contacts that they are joined on, and the value; also where no row is."""

    rows: Rows
    joined_on: ColumnElement[Any]
    value: Callable[[Subquery], ColumnElement[Any]]


def derive(field: Field, asking: Asking) -> Derived:
    """How the value of this field is worked out."""
    return DERIVED[field](asking)


def _consent(asking: Asking) -> Derived:
    """The newest mail entry of each sort, as the contact guard reads the consent ledger."""
    past = Consent.at <= asking.moment.at
    rows = (
        select(
            Consent.contact_id.label("key"),
            func.max(Consent.at).filter(Consent.granted, Consent.basis.is_not(None), past).label("granted_at"),
            func.max(Consent.at).filter(Consent.granted, Consent.basis == ConsentBasis.OPT_IN, past).label("opted_in"),
            func.max(Consent.at).filter(~Consent.granted).label("refused_at"),
        )
        .where(Consent.purpose == ConsentPurpose.MAIL)
        .group_by(Consent.contact_id)
    )
    return Derived(asking.narrow(rows, Consent.contact_id.expression, PERSON), PERSON, _may_be_mailed)


def _may_be_mailed(ledger: Subquery) -> ColumnElement[bool]:
    """Refusal wins over everything but a newer opt-in."""
    newer = and_(ledger.c.opted_in.is_not(None), ledger.c.opted_in > ledger.c.refused_at)
    return case((ledger.c.refused_at.is_(None), ledger.c.granted_at.is_not(None)), else_=newer)


def _score(asking: Asking) -> Derived:
    rows = select(ContactScore.contact_id.label("key"), _points(asking)).group_by(ContactScore.contact_id)
    return Derived(asking.narrow(rows, ContactScore.contact_id.expression, PERSON), PERSON, _or_no_points)


def _department_score(asking: Asking) -> Derived:
    """The department's people together; nothing is known where there is no department."""
    rows = (
        select(Contact.department_id.label("key"), func.coalesce(_points(asking), 0.0).label("points"))
        .outerjoin(ContactScore, ContactScore.contact_id == Contact.id)
        .where(Contact.department_id.is_not(None))
        .group_by(Contact.department_id)
    )
    return Derived(asking.narrow(rows, DEPARTMENT, DEPARTMENT), DEPARTMENT, lambda found: found.c.points)


def _engaged_influencers(asking: Asking) -> Derived:
    """How many people of influence have points enough to be engaged."""
    engaged = (
        select(Contact.account_id, Contact.id)
        .join(ContactScore, ContactScore.contact_id == Contact.id)
        .where(Contact.buying_role == BuyingRole.INFLUENCER, Contact.archived_at.is_(None))
        .group_by(Contact.account_id, Contact.id)
        .having(_points(asking) >= ENGAGED)
    )
    people = asking.narrow(engaged, Contact.account_id.expression, ACCOUNT).subquery()
    rows = select(people.c.account_id.label("key"), func.count().label("people")).group_by(people.c.account_id)
    return Derived(rows, ACCOUNT, lambda found: func.coalesce(found.c.people, 0))


def _points(asking: Asking) -> ColumnElement[Any]:
    """Points as they have decayed by now."""
    left = func.points_left(ContactScore.points, ContactScore.as_of, ContactScore.half_life_days, asking.moment.at)
    return func.sum(left).label("points")


def _or_no_points(found: Subquery) -> ColumnElement[Any]:
    return func.coalesce(found.c.points, 0.0)


def _newest_event(column: Any, key: ColumnElement[Any]) -> Callable[[Asking], Derived]:
    def build(asking: Asking) -> Derived:
        rows = select(column.label("key"), func.max(ContactScore.last_human_at).label("newest")).group_by(column)
        zone = asking.moment.zone.key
        return Derived(
            asking.narrow(rows, column.expression, key),
            key,
            lambda found: cast(func.timezone(zone, found.c.newest), Date),
        )

    return build


def _any_of(table: Any, *conditions: ColumnElement[bool]) -> Callable[[Asking], Derived]:
    """Whether the company has any living row like this."""

    def build(asking: Asking) -> Derived:
        rows = select(table.account_id.label("key")).where(table.archived_at.is_(None), *conditions)
        narrowed = asking.narrow(rows.group_by(table.account_id), table.account_id.expression, ACCOUNT)
        return Derived(narrowed, ACCOUNT, lambda found: found.c.key.is_not(None))

    return build


OPEN_DEAL = Deal.stage.in_(OPEN_DEAL_STAGES)
RUNNING_CONTRACT = Contract.state == ContractState.RUNNING
OPEN_TICKET = Ticket.state != TicketState.CLOSED

DERIVED: dict[Field, Callable[[Asking], Derived]] = {
    Field.CONTACT_CONSENT: _consent,
    Field.CONTACT_SCORE: _score,
    Field.CONTACT_LAST_EVENT_ON: _newest_event(ContactScore.contact_id, PERSON),
    Field.ACCOUNT_LAST_EVENT_ON: _newest_event(ContactScore.account_id, ACCOUNT),
    Field.DEPARTMENT_SCORE: _department_score,
    Field.ACCOUNT_ENGAGED_INFLUENCERS: _engaged_influencers,
    Field.DEAL_OPEN: _any_of(Deal, OPEN_DEAL),
    Field.CONTRACT_RUNNING: _any_of(Contract, RUNNING_CONTRACT),
    Field.TICKET_OPEN: _any_of(Ticket, OPEN_TICKET),
    Field.TICKET_COMPLAINT: _any_of(Ticket, OPEN_TICKET, Ticket.is_complaint.expression),
}
