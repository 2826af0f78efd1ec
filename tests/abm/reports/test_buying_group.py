"""The buying group: engaged, filled or missing; and who of us knows whom."""

from datetime import timedelta

from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.reports.acquaintance import who_knows
from abm.reports.buying_group import buying_group
from abm.reports.people import people_of
from abm.scoring.fold import fold_next_batch
from abm.words import BuyingRole, EventKind, ItemKind, Verdict
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_contact, make_event, make_user

REQUIRED = (BuyingRole.DECISION_MAKER, BuyingRole.CHAMPION)


def test_required_roles_are_engaged_filled_or_missing(session: Session) -> None:
    account = make_account(session)
    boss = make_contact(session, account, "社長 一", "boss@acme.example", buying_role="decision_maker")
    make_contact(session, account, "窓口 二", "desk@acme.example", buying_role="gatekeeper")
    make_contact(session, account, "不明 三", "who@acme.example")
    make_event(session, boss, EventKind.REPLY, NOON, verdict=Verdict.PROVEN)
    while fold_next_batch(session, NOON, TOKYO):
        pass

    group = buying_group(people_of(session, account.id, NOON), REQUIRED, 10)

    found = [(row.role, row.is_required, row.is_engaged, row.is_missing) for row in group.rows]
    assert found == [
        ("decision_maker", True, True, False),
        ("champion", True, False, True),
        ("gatekeeper", False, False, False),
    ]
    assert (group.engaged, group.required, group.without_role) == (1, 2, 1)


def test_who_worked_with_a_person_last_stands_first(session: Session) -> None:
    account = make_account(session)
    anna = make_contact(session, account)
    early, late = make_user(session, name="前 任"), make_user(session, name="現 任")
    work = [(early, 10), (early, 8), (late, 1)]
    add_items(
        session,
        [
            Item(ItemKind.CALL, account.id, NOON - timedelta(days=days), contact_id=anna.id, by_user_id=user.id)
            for user, days in work
        ],
    )

    known = who_knows(session, account.id)[anna.id]

    assert [(one.user, one.times, one.last_at) for one in known] == [
        ("現 任", 1, NOON - timedelta(days=1)),
        ("前 任", 2, NOON - timedelta(days=8)),
    ]


def test_what_machines_did_makes_nobody_known(session: Session) -> None:
    account = make_account(session)
    anna = make_contact(session, account)
    add_items(session, [Item(ItemKind.MAIL_SENT, account.id, NOON, contact_id=anna.id)])

    assert who_knows(session, account.id) == {}


def test_a_single_click_engages_nobody(session: Session) -> None:
    account = make_account(session)
    boss = make_contact(session, account, "社長 一", "boss@acme.example", buying_role="decision_maker")
    make_event(session, boss, EventKind.CLICK, NOON)
    while fold_next_batch(session, NOON, TOKYO):
        pass

    group = buying_group(people_of(session, account.id, NOON), REQUIRED, 10)

    assert (group.engaged, group.has_gaps) == (0, True)
