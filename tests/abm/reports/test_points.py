"""Scores computed by the database are those of the ledger."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, Contact, ContactScore
from abm.reports.points import account_points
from tests.worlds import NOON, make_account, make_contact


def keep_points(session: Session, contact: Contact, points: float, half_life_days: float, **over: object) -> None:
    values = {"contact_id": contact.id, "account_id": contact.account_id, "as_of": NOON, **over}
    session.add(ContactScore(points=points, half_life_days=half_life_days, **values))
    session.flush()


def points_of(session: Session, account: Account, days_later: float) -> float:
    at = NOON + timedelta(days=days_later)
    return session.execute(select(account_points(Account.id, at)).where(Account.id == account.id)).scalar_one()


def test_points_halve_with_each_half_life(session: Session) -> None:
    acme = make_account(session)
    anna = make_contact(session, acme)
    keep_points(session, anna, 20, 7)
    keep_points(session, anna, 8, 14)

    assert points_of(session, acme, 14) == pytest.approx(5 + 4)


def test_points_of_long_ago_are_nothing_and_no_error(session: Session) -> None:
    acme = make_account(session)
    keep_points(session, make_contact(session, acme), 20, 7)

    assert points_of(session, acme, 30 * 365) == pytest.approx(0)


def test_an_account_without_events_has_no_points(session: Session) -> None:
    assert points_of(session, make_account(session), 0) == 0
