"""Whom publishing would take on, counted beforehand: what the page says is what then happens."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from abm.models import Contact, Enrollment, Holdout
from abm.reports.audience import Audience, count_audience
from abm.words import BuyingRole, StartAnswer
from campaigns.library import read_document
from campaigns.sequences import apply_sequence, publish_sequence
from tests.worlds import NOON, make_account, make_contact

DAY = timedelta(days=1)
NAME = "counted"
CALL = {"key": "call", "kind": "task", "title": {"ja": "電話", "en": "Call"}}
MAIL = {"key": "hello", "kind": "mail", "mail": "first_steps_guide", "next": "call"}


def keep(session: Session, **over: Any) -> None:
    """A draft that differs so."""
    document = {"name": NAME, "title": {"ja": "数", "en": "Counted"}, "steps": [CALL], **over}
    apply_sequence(session, document, NOON)


def people(session: Session, count: int) -> list[Contact]:
    """So many people, each at an account of their own."""
    return [make_contact(session, make_account(session, f"社{n}"), email=f"p{n}@x{n}.example") for n in range(count)]


def count(session: Session, whom: Sequence[Contact], at: Any = NOON, name: str = NAME) -> Audience:
    return count_audience(session, name, select(Contact.id).where(Contact.id.in_([who.id for who in whom])), at)


def publish(session: Session, whom: Sequence[Contact], at: Any = NOON) -> int:
    """Publish to them; answers how many began."""
    before = total(session)
    publish_sequence(session, NAME, at=at, contact_ids=[who.id for who in whom])
    return total(session) - before


def total(session: Session) -> int:
    return session.scalar(select(func.count(Enrollment.id))) or 0


def complete(session: Session, *whom: Contact, at: Any) -> None:
    ended = update(Enrollment).where(Enrollment.contact_id.in_([who.id for who in whom]))
    session.execute(ended.values(state="completed", due_at=None, ended_at=at))


def test_rules_for_coming_again_are_counted_by(session: Session) -> None:
    new, running, lately, long_ago, twice = everybody = people(session, 5)
    keep(session, reentry={"after": {"days": 10}, "most": 2})
    publish(session, [twice], NOON - 90 * DAY)
    complete(session, twice, at=NOON - 80 * DAY)
    publish(session, [twice, long_ago], NOON - 40 * DAY)
    complete(session, twice, long_ago, at=NOON - 30 * DAY)
    publish(session, [running, lately], NOON - 3 * DAY)
    complete(session, lately, at=NOON - 2 * DAY)

    audience = count(session, everybody)

    assert audience.answers == {
        StartAnswer.TAKEN_ON: 2,
        StartAnswer.RUNNING: 1,
        StartAnswer.TOO_SOON: 1,
        StartAnswer.BEEN_BEFORE: 1,
    }
    assert (audience.taken_on, audience.forecast.people) == (2, 2)
    assert publish(session, everybody) == audience.taken_on
    assert count(session, [new]).taken_on == 0


def test_the_lot_of_a_sequence_that_is_kept_is_known_before_it_is_drawn(session: Session) -> None:
    everybody = people(session, 40)
    keep(session, holdout={"percent": 50})

    audience = count(session, everybody)

    assert session.scalar(select(func.count()).select_from(Holdout)) == 0
    assert 8 < audience.answers[StartAnswer.HELD_OUT] < 32
    assert audience.forecast.people == audience.taken_on == publish(session, everybody)
    held = session.scalar(select(func.count()).select_from(Holdout))
    assert audience.others == {StartAnswer.HELD_OUT: held}


def test_who_was_held_out_once_stays_out_whatever_the_share_is_now(session: Session) -> None:
    everybody = people(session, 40)
    keep(session, holdout={"percent": 50})
    began = publish(session, everybody)
    keep(session)

    audience = count(session, everybody)

    assert audience.answers == Counter({StartAnswer.RUNNING: began, StartAnswer.HELD_OUT: 40 - began})
    assert publish(session, everybody) == audience.taken_on == 0


def test_of_a_sequence_nobody_keeps_yet_the_lot_is_told_as_expected(session: Session) -> None:
    everybody = people(session, 20)

    audience = count(session, everybody, name="white_paper_nurture")

    # Ten in a hundred of twenty; who they are goes by an id that is given when it is kept.
    assert (audience.lot, audience.taken_on, audience.others) == (10, 18, {StartAnswer.HELD_OUT: 2})


def test_where_accounts_are_the_subject_accounts_are_counted_and_whom_of_them_the_mail_is_for(
    session: Session,
) -> None:
    acme, beta, zeta = (make_account(session, name) for name in ("acme", "beta", "zeta"))
    asked = [make_contact(session, account, email=None) for account in (acme, acme, beta, zeta)]
    for n in range(2):
        make_contact(session, acme, email=f"i{n}@acme.example", buying_role=BuyingRole.INFLUENCER)
    make_contact(session, zeta, email="i@zeta.example", buying_role=BuyingRole.INFLUENCER)
    mail = {**MAIL, "to": {"roles": ["influencer"], "most": 1}}
    keep(session, subject="account", steps=[mail, CALL], assets=read_document("first_steps")["assets"])
    publish(session, asked[3:])

    audience = count(session, asked)

    assert audience.answers == {StartAnswer.TAKEN_ON: 2, StartAnswer.RUNNING: 1}
    # One at Acme, for the mail goes to one; at Beta there is nobody of that role.
    assert audience.forecast.people == 1
    assert publish(session, asked) == audience.taken_on
