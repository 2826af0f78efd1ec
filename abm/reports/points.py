"""What scores are worth at a moment, computed where they lie: no report loads a ledger to show a number."""

from datetime import datetime

from sqlalchemy import Float, func, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from abm.models import Contact, ContactScore


def points_at(at: datetime) -> ColumnElement[float]:
    """The decayed sum over the contact scores of a group, at this moment."""
    left = func.points_left(ContactScore.points, ContactScore.as_of, ContactScore.half_life_days, at)
    return func.coalesce(func.sum(left), 0.0, type_=Float)


def account_points(account_id: InstrumentedAttribute[object], at: datetime) -> ColumnElement[float]:
    """The score of the account of each row, as a subquery."""
    return select(points_at(at)).where(ContactScore.account_id == account_id).scalar_subquery()


def contact_points(contact_id: InstrumentedAttribute[object], at: datetime) -> ColumnElement[float]:
    """The score of the person of each row, as a subquery."""
    return select(points_at(at)).where(ContactScore.contact_id == contact_id).scalar_subquery()


def department_points(department_id: InstrumentedAttribute[object], at: datetime) -> ColumnElement[float]:
    """The score of the department of each row, as a subquery: of whoever belongs to it now."""
    theirs = select(points_at(at)).join(Contact, Contact.id == ContactScore.contact_id)
    return theirs.where(Contact.department_id == department_id).scalar_subquery()
