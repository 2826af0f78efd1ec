"""Freshness: counts, stale contacts, and whom a letter would reach."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.models import Suppression
from abm.reports.lists.stale import StaleLine, address_labels, count_freshness, stale
from abm.words import StaleReason, SuppressionReason
from tests.abm.reports.lists.world import EVERYBODY, NOW, lines, noon_ago
from tests.worlds import make_account, make_contact, make_department


def person(session: Session, account: Any, name: str, **over: Any) -> Any:
    return make_contact(session, account, name, None, consent=False, **{"created_at": noon_ago(900), **over})


def test_a_contact_confirmed_a_year_ago_is_fresh_and_a_day_earlier_stale(session: Session) -> None:
    acme = make_account(session)
    person(session, acme, "新 一", confirmed_at=noon_ago(365))
    person(session, acme, "古 二", confirmed_at=noon_ago(366))
    person(session, acme, "無 三")
    person(session, acme, "今 四", created_at=noon_ago(3))

    assert {line.contact for line in lines(session, stale(EVERYBODY, NOW), StaleLine)} == {"古 二", "無 三"}


def test_a_marked_contact_is_stale_however_lately_it_was_confirmed(session: Session) -> None:
    acme = make_account(session)
    person(session, acme, "戻 一", confirmed_at=noon_ago(1), stale_reason=StaleReason.POST_RETURNED)

    [line] = lines(session, stale(EVERYBODY, NOW), StaleLine)

    assert (line.contact, line.reason) == ("戻 一", "post_returned")


def test_contacts_are_counted_by_the_age_of_their_confirmation(session: Session) -> None:
    acme = make_account(session)
    for days in (0, 90, 91, 180, 181, 365, 366, 800):
        person(session, acme, f"{days}", confirmed_at=noon_ago(days))
    person(session, acme, "無", stale_reason=StaleReason.BOUNCED)
    person(session, acme, "保管", confirmed_at=noon_ago(1), archived_at=noon_ago(1))

    found = count_freshness(session, NOW)

    assert found.within == ((90, 2), (180, 2), (365, 2))
    assert (found.older, found.never, found.total) == (2, 1, 9)
    assert dict(found.reasons) == {None: 2, "bounced": 1}
    assert found.stale == 3


def test_a_label_carries_department_title_and_the_nearest_address(session: Session) -> None:
    acme = make_account(session, postcode="100-0001", address="東京都千代田区1-1")
    buying = make_department(session, acme)
    person(session, acme, "本社 一", confirmed_at=noon_ago(1), department_id=buying.id, title="部長")
    person(session, acme, "支店 二", confirmed_at=noon_ago(1), address="大阪市北区2-2")

    found = {label.name: label for label in address_labels(session, EVERYBODY, NOW)}

    first, second = found["本社 一"], found["支店 二"]
    assert (first.postcode, first.address, first.department, first.title) == (
        "100-0001",
        "東京都千代田区1-1",
        "購買部",
        "部長",
    )
    assert (second.postcode, second.address) == (None, "大阪市北区2-2")


def test_stale_people_and_people_without_an_address_get_no_label(session: Session) -> None:
    acme, zeta = make_account(session, address="東京都千代田区1-1"), make_account(session, "ゼータ")
    person(session, acme, "古 一", confirmed_at=noon_ago(400))
    person(session, acme, "戻 二", confirmed_at=noon_ago(1), stale_reason=StaleReason.MOVED)
    person(session, zeta, "無 三", confirmed_at=noon_ago(1))

    assert list(address_labels(session, EVERYBODY, NOW)) == []


def test_whoever_asked_to_be_left_alone_gets_no_letter_even_without_a_mail_address(session: Session) -> None:
    acme = make_account(session, address="東京都千代田区1-1")
    person(session, acme, "断 一", confirmed_at=noon_ago(1), refused_at=noon_ago(2))

    assert list(address_labels(session, EVERYBODY, NOW)) == []


@pytest.mark.parametrize(
    ("reason", "reached"), [(SuppressionReason.DO_NOT_CONTACT, False), (SuppressionReason.UNSUBSCRIBED, True)]
)
def test_whoever_wants_no_contact_gets_no_letter_either(
    session: Session, reason: SuppressionReason, reached: bool
) -> None:
    acme = make_account(session, address="東京都千代田区1-1")
    make_contact(session, acme, confirmed_at=noon_ago(1))
    session.add(Suppression(email="anna@acme.example", reason=reason, at=noon_ago(1), evidence="said so"))
    session.flush()

    assert bool(list(address_labels(session, EVERYBODY, NOW))) is reached


def test_a_company_without_people_gets_a_letter_to_itself(session: Session) -> None:
    make_account(session, "無人商事", postcode="530-0001", address="大阪市北区1-1")

    [label] = address_labels(session, EVERYBODY, NOW)

    assert (label.account, label.name, label.postcode) == ("無人商事", None, "530-0001")
