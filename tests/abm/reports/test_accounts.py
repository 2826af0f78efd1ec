"""The list of accounts finds, filters, sorts and pages."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from abm.models import Account, AccountDomain, ContactScore, MatchPair
from abm.reports.accounts import AccountFilter, AccountSort, list_accounts, possible_matches
from abm.words import MatchRule, MatchStrength, Stage, Verdict
from tests.worlds import NOON, make_account, make_contact, make_event


@pytest.fixture
def acme(session: Session) -> Account:
    account = make_account(session, kana="アクメ", normalised_name="アクメ", stage=Stage.MQA, is_mqa=True)
    session.add(AccountDomain(account_id=account.id, domain="acme.example"))
    session.flush()
    return account


@pytest.fixture
def zeta(session: Session) -> Account:
    name = "ゼータ100%株式会社"
    return make_account(session, name, kana="ゼータ", normalised_name="ゼータ100%", stage=Stage.KNOWN)


def score(session: Session, account: Account, points: float) -> None:
    anna = make_contact(session, account, email=None)
    values = {"contact_id": anna.id, "account_id": account.id, "half_life_days": 7, "as_of": NOON}
    session.add(ContactScore(points=points, **values))
    session.flush()


def names(session: Session, **wanted: object) -> list[str]:
    return [row.name for row in list_accounts(session, AccountFilter(**wanted), NOON).rows]  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["アクメ", "あくめ", "ｱｸﾒ", "㈱アクメ", "株式会社アクメ", "acme.ex", " ACME "])
def test_a_name_is_found_as_people_type_it(session: Session, acme: Account, zeta: Account, typed: str) -> None:
    assert names(session, search=typed) == [acme.name]


@pytest.mark.parametrize(("typed", "found"), [("100%", 1), ("_", 0), ("0%0", 0), ("\\", 0)])
def test_signs_that_mean_something_to_a_database_are_only_signs(
    session: Session, acme: Account, zeta: Account, typed: str, found: int
) -> None:
    assert len(names(session, search=typed)) == found


def test_stage_and_mqa_narrow_the_list(session: Session, acme: Account, zeta: Account) -> None:
    assert names(session, stage=Stage.KNOWN) == [zeta.name]
    assert names(session, mqa=True) == [acme.name]


def test_each_order_begins_with_what_it_is_about(session: Session, acme: Account, zeta: Account) -> None:
    score(session, zeta, 10)
    make_event(session, make_contact(session, zeta, email="z@zeta.example"))

    assert names(session, sort=AccountSort.NAME) == [acme.name, zeta.name]
    assert names(session, sort=AccountSort.STAGE) == [acme.name, zeta.name]
    assert names(session, sort=AccountSort.SCORE) == [zeta.name, acme.name]
    assert names(session, sort=AccountSort.LAST_EVENT) == [zeta.name, acme.name]


def test_the_score_is_that_of_the_moment_asked_for(session: Session, acme: Account) -> None:
    score(session, acme, 10)

    later = list_accounts(session, AccountFilter(), NOON + timedelta(days=7))

    assert later.rows[0].points == pytest.approx(5)


def test_what_a_machine_did_is_no_last_reaction(session: Session, acme: Account) -> None:
    make_event(session, make_contact(session, acme), verdict=Verdict.MACHINE)

    assert list_accounts(session, AccountFilter(), NOON).rows[0].last_event_at is None


def test_pages_hold_every_account_once_and_a_page_too_far_shows_the_last(session: Session) -> None:
    for number in range(5):
        make_account(session, f"会社{number}")

    pages = [list_accounts(session, AccountFilter(page=page), NOON, length=2) for page in (1, 2, 3, 99)]

    assert [len(page.rows) for page in pages] == [2, 2, 1, 1]
    assert len({row.id for page in pages[:3] for row in page.rows}) == 5
    assert (pages[3].number, pages[3].total) == (3, 5)


def test_archived_accounts_are_not_listed(session: Session, acme: Account) -> None:
    acme.archived_at = NOON
    session.flush()

    assert names(session) == []


def test_a_possible_match_is_shown_on_both_accounts(session: Session, acme: Account, zeta: Account) -> None:
    evidence = [{"rule": MatchRule.NAME_ONLY, "ours": "a", "theirs": "b"}]
    pair = {"account_id": acme.id, "other_account_id": zeta.id, "strength": MatchStrength.WEAK, "evidence": evidence}
    session.add(MatchPair(**pair))
    session.flush()

    assert [match.name for match in possible_matches(session, acme.id)] == [zeta.name]
    assert [match.name for match in possible_matches(session, zeta.id)] == [acme.name]
    assert possible_matches(session, acme.id)[0].rules == ("name_only",)
