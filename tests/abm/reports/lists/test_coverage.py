"""Which roles of a purchase are engaged, known only, or missing."""

import pytest
from sqlalchemy.orm import Session

from abm.models import Account
from abm.reports.lists.coverage import CoverageLine, coverage
from abm.reports.lists.reading import Wanted
from abm.words import BuyingRole, ExcludedReason, TaskKind, TaskState, Tier
from tests.abm.reports.engagement.world import fold, person, replied
from tests.abm.reports.lists.world import NOW, lines, make_hand_off, names
from tests.worlds import make_account

DECIDES, DRIVES, WORKS = BuyingRole.DECISION_MAKER, BuyingRole.CHAMPION, BuyingRole.PRACTITIONER


def listed(session: Session, **choices: str) -> list[str]:
    return names(session, coverage(session, Wanted(choices=choices), NOW), CoverageLine)


def line(session: Session, **choices: str) -> CoverageLine:
    (found,) = lines(session, coverage(session, Wanted(choices=choices), NOW), CoverageLine)
    assert isinstance(found, CoverageLine)
    return found


@pytest.fixture
def acme(session: Session) -> Account:
    """The decision maker answered; the practitioner is known by name; a gatekeeper and a person without a role."""
    acme = make_account(session, tier=Tier.ONE_TO_ONE, counted_depth=10)
    replied(session, person(session, acme, buying_role=DECIDES))
    for name, role in (("坊 太郎", WORKS), ("門 番", BuyingRole.GATEKEEPER), ("無 役", None)):
        person(session, acme, name, buying_role=role)
    fold(session)
    # One person alone makes no account hot; here the group is the subject.
    session.refresh(acme)
    acme.counted_depth = 10
    session.flush()
    return acme


def test_each_required_role_is_engaged_known_or_missing(session: Session, acme: Account) -> None:
    found = line(session)

    assert (found.engaged, found.filled, found.missing) == ([DECIDES], [WORKS], [DRIVES])
    assert found.coverage == pytest.approx(1 / 3)
    assert found.without_role == 1


def test_who_left_fills_no_role(session: Session, acme: Account) -> None:
    person(session, acme, "去 郎", buying_role=DRIVES, archived_at=NOW.at)

    assert line(session).missing == [DRIVES]


def test_an_account_without_anybody_lacks_everybody_in_the_order_of_the_model(session: Session) -> None:
    make_account(session, counted_depth=30)

    assert line(session).missing == [DECIDES, DRIVES, WORKS]


def test_unasked_only_hot_accounts_with_a_missing_role_are_listed(session: Session, acme: Account) -> None:
    full = make_account(session, "全員", counted_depth=30)
    for number, role in enumerate((DECIDES, DRIVES, WORKS)):
        person(session, full, f"人 {number}", buying_role=role)
    make_account(session, "冷", tier=Tier.ONE_TO_FEW)
    make_account(session, "競合", counted_depth=30, excluded_reason=ExcludedReason.COMPETITOR)

    assert listed(session) == [acme.name]
    assert listed(session, show="silent") == ["全員", acme.name]
    assert sorted(listed(session, accounts="named")) == sorted([acme.name, "冷"])
    assert sorted(listed(session, accounts="all", show="all")) == sorted([acme.name, "全員", "冷"])


def test_one_may_ask_for_a_role(session: Session, acme: Account) -> None:
    assert listed(session, role=DRIVES) == [acme.name]
    assert listed(session, role=DECIDES) == []


def test_the_open_coverage_task_stands_in_the_row(session: Session, acme: Account) -> None:
    make_hand_off(session, acme, TaskState.DONE, kind=TaskKind.COVERAGE)
    assert line(session).task_id is None

    task = make_hand_off(session, acme, TaskState.OPEN, kind=TaskKind.COVERAGE)
    assert line(session).task_id == task.id
