"""Name matching: two accounts side by side, the three decisions, and merges taken back."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.models import Account, AccountDomain, AccountMerge, MatchPair
from abm.words import Language, MatchRule, MatchStrength, PairState, Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact, make_event

NEW, KNOWN = "アクメ販売株式会社", "株式会社アクメ"


@pytest.fixture
def pair(installation: Installation) -> MatchPair:
    """A firm that came by an import, and the one it may be."""
    with unit_of_work() as work:
        new, known = make_account(work.session, NEW, phone="03-1111-1111"), make_account(work.session, KNOWN)
        work.session.add(AccountDomain(account_id=known.id, domain="acme.example"))
        make_event(work.session, make_contact(work.session, new))
        evidence = [{"rule": MatchRule.NAME_ONLY.value, "ours": NEW, "theirs": KNOWN}]
        pair = MatchPair(account_id=new.id, other_account_id=known.id, strength=MatchStrength.WEAK, evidence=evidence)
        work.session.add(pair)
    return pair


@pytest.fixture
def marketer(log_in: LogIn, pair: MatchPair) -> FlaskClient:
    """Somebody who may decide."""
    return log_in(Role.MARKETER)


def decide(browser: FlaskClient, pair: MatchPair, decision: str, main: object = "") -> str:
    return browser.post(
        f"/matches/{pair.id}", data={"decision": decision, "main": str(main)}, follow_redirects=True
    ).text


def state_of(pair: MatchPair) -> str:
    with unit_of_work() as work:
        return work.session.get_one(MatchPair, pair.id).state


@pytest.mark.parametrize(
    ("language", "rule"), [(Language.ENGLISH, "same name only"), (Language.JAPANESE, "社名のみ一致")]
)
def test_both_records_stand_side_by_side_with_the_evidence_in_words(
    log_in: LogIn, pair: MatchPair, language: Language, rule: str
) -> None:
    page = log_in(Role.MARKETER, language=language).get("/matches").text

    assert all(text in page for text in (NEW, KNOWN, "03-1111-1111", "acme.example", "安奈 花子"))
    assert rule in page


def test_the_navigation_counts_what_waits(marketer: FlaskClient, pair: MatchPair) -> None:
    assert 'Name matching <span class="badge bg-yellow-lt">1</span>' in marketer.get("/").text

    decide(marketer, pair, "different")

    assert "Name matching <span" not in marketer.get("/").text


def test_the_main_one_stays(marketer: FlaskClient, pair: MatchPair) -> None:
    page = decide(marketer, pair, "merged", pair.other_account_id)

    assert f"Merged into {KNOWN}" in page
    assert "Nothing to decide" in page
    old = marketer.get(f"/accounts/{pair.account_id}")
    assert old.location == f"/accounts/{pair.other_account_id}"
    assert "安奈 花子" in marketer.get(old.location).text


def test_a_merge_is_undone_from_its_list(marketer: FlaskClient, pair: MatchPair) -> None:
    decide(marketer, pair, "merged", pair.other_account_id)
    with unit_of_work() as work:
        merge = work.session.scalars(select(AccountMerge)).one()

    listed = marketer.get("/matches/merges").text
    page = marketer.post(f"/matches/merges/{merge.id}/undo", follow_redirects=True).text

    assert "Undo the merge" in listed
    assert f"{NEW} is an account of its own again" in page
    assert "安奈 花子" in page
    assert state_of(pair) == PairState.OPEN
    assert "Undone on" in marketer.get("/matches/merges").text


def test_parent_and_subsidiary_stay_two(marketer: FlaskClient, pair: MatchPair) -> None:
    decide(marketer, pair, "related", pair.other_account_id)

    with unit_of_work() as work:
        assert work.session.get_one(Account, pair.account_id).parent_id == pair.other_account_id
    assert state_of(pair) == PairState.RELATED


def test_not_the_same_is_remembered_and_can_be_thought_over(marketer: FlaskClient, pair: MatchPair) -> None:
    decide(marketer, pair, "different")

    assert NEW not in marketer.get("/matches").text
    assert NEW in marketer.get("/matches?state=different").text
    marketer.post(f"/matches/{pair.id}/reopen")
    assert state_of(pair) == PairState.OPEN


def test_without_a_main_one_nothing_is_merged(marketer: FlaskClient, pair: MatchPair) -> None:
    page = decide(marketer, pair, "merged")

    assert "choose which of the two is the main one" in page
    assert state_of(pair) == PairState.OPEN


def test_a_pair_decided_meanwhile_is_not_decided_again(marketer: FlaskClient, pair: MatchPair) -> None:
    decide(marketer, pair, "different")

    second = marketer.post(f"/matches/{pair.id}", data={"decision": "merged", "main": str(pair.account_id)})

    assert second.status_code == 409


def test_the_account_page_leads_to_its_pairs(marketer: FlaskClient, pair: MatchPair) -> None:
    page = marketer.get(f"/accounts/{pair.account_id}").text

    assert f"/matches?account={pair.account_id}" in page
    assert KNOWN in marketer.get(f"/matches?account={pair.account_id}").text


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_only_marketers_decide(log_in: LogIn, pair: MatchPair, role: Role) -> None:
    browser = log_in(role)

    assert browser.get("/matches").status_code == 403
    assert browser.post(f"/matches/{pair.id}", data={"decision": "different"}).status_code == 403
    assert "Name matching" not in browser.get("/").text
