"""Groups of companies: the tree from any of its members, and what its companies come to."""

from decimal import Decimal

from sqlalchemy.orm import Session

from abm.customers.names import core_name
from abm.models import Contract, Deal
from abm.reports.groups import group_of, members_of, possible_parents
from tests.worlds import NOON, make_account, make_contact


def test_the_group_is_the_same_from_every_member(session: Session) -> None:
    top = make_account(session, "A本社")
    middle = make_account(session, "B製作所", parent_id=top.id)
    low = make_account(session, "C部品", parent_id=middle.id)
    make_account(session, "D無関係")

    groups = [group_of(session, one.id) for one in (top, middle, low)]

    shown = [[(one.name, one.depth) for one in group.relatives] for group in groups]
    assert shown == [[("A本社", 0), ("B製作所", 1), ("C部品", 2)]] * 3
    assert groups[1].parent is not None
    assert groups[1].parent.name == "A本社"
    assert [one.name for one in groups[1].subsidiaries] == ["C部品"]


def test_an_account_alone_has_no_relatives(session: Session) -> None:
    assert not group_of(session, make_account(session).id).has_relatives


def test_archived_companies_are_not_of_the_group(session: Session) -> None:
    top = make_account(session)
    make_account(session, "閉鎖", parent_id=top.id, archived_at=NOON)

    assert not group_of(session, top.id).has_relatives


def test_a_circle_in_the_data_ends(session: Session) -> None:
    one = make_account(session, "一")
    two = make_account(session, "二", parent_id=one.id)
    one.parent_id = two.id
    session.flush()

    assert len(group_of(session, one.id).relatives) <= 2


def test_members_bring_people_open_deals_and_contracts(session: Session) -> None:
    top = make_account(session, "A本社")
    below = make_account(session, "B製作所", parent_id=top.id)
    make_contact(session, below)
    session.add_all(
        [
            Deal(account_id=below.id, name="open", stage="proposal", stage_since=NOON, amount=100),
            Deal(account_id=below.id, name="dollars", stage="quote", stage_since=NOON, amount=7, currency="USD"),
            Deal(account_id=below.id, name="lost", stage="lost", stage_since=NOON, amount=900),
            Contract(account_id=below.id, name="running"),
            Contract(account_id=below.id, name="over", state="ended"),
        ]
    )
    session.flush()

    head, member = members_of(session, group_of(session, top.id), NOON)

    assert (head.people, head.deals, head.amount, head.contracts) == (0, 0, Decimal(0), 0)
    assert (member.people, member.deals, member.amount, member.contracts) == (1, 2, Decimal(100), 1)


def test_a_parent_is_searched_by_any_spelling(session: Session) -> None:
    account = make_account(session, "株式会社みなと")
    name = "みなとホールディングス株式会社"
    make_account(session, name, normalised_name=core_name(name))

    for typed in ("みなとホール", "(株)みなとホールディングス", "　みなと　"):
        assert [row.name for row in possible_parents(session, account.id, typed)] == [name]
