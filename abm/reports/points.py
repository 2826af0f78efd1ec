"""What scores are worth at a moment, computed where they lie: no report loads a ledger to show a number."""

from datetime import datetime

from sqlalchemy import Double, Float, cast, extract, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from abm.models import ContactScore

DAY = 86400.0
# A product too small to hold is an error in PostgreSQL, not nothing; this far away no points are left.
SMALLEST_POWER = -600.0


def points_at(at: datetime) -> ColumnElement[float]:
    """The decayed sum over the contact scores of a group, at this moment."""
    days = extract("epoch", literal(at) - ContactScore.as_of) / DAY
    power = func.greatest(func.least(-cast(days, Double) / ContactScore.half_life_days, 0.0), SMALLEST_POWER)
    return func.coalesce(func.sum(ContactScore.points * func.power(cast(2.0, Double), power)), 0.0, type_=Float)


def account_points(account_id: InstrumentedAttribute[object], at: datetime) -> ColumnElement[float]:
    """The score of the account of each row, as a subquery."""
    return select(points_at(at)).where(ContactScore.account_id == account_id).scalar_subquery()


def contact_points(contact_id: InstrumentedAttribute[object], at: datetime) -> ColumnElement[float]:
    """The score of the person of each row, as a subquery."""
    return select(points_at(at)).where(ContactScore.contact_id == contact_id).scalar_subquery()
