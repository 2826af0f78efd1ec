"""Matching: each rule of the order, its strength, and what is done about it."""

import pytest

from abm.customers.match import Company, KnownAccount, KnownAccounts, branch_beyond, parent_first
from abm.words import MatchAction, MatchRule, MatchStrength

NUMBER, OTHER_NUMBER = "5835678256246", "7000012050002"
AOBA = KnownAccount(
    "aoba", "株式会社青葉精機", NUMBER, "980-0811", "宮城県", domains={"aoba-seiki.example"}, phones={"0221112222"}
)


def known(*accounts: KnownAccount) -> KnownAccounts:
    return KnownAccounts(accounts or [AOBA], [("kimura@aoba-seiki.example", "aoba")])


@pytest.mark.parametrize(
    ("ours", "rule", "strength"),
    [
        (Company("別の名前", email="kimura@aoba-seiki.example"), MatchRule.ADDRESS, MatchStrength.SURE),
        (Company("別の名前", corporate_number=NUMBER), MatchRule.CORPORATE_NUMBER, MatchStrength.SURE),
        (Company("(株)青葉精機", domain="aoba-seiki.example"), MatchRule.DOMAIN_AND_NAME, MatchStrength.STRONG),
        (Company("青葉精機仙台支店", domain="aoba-seiki.example"), MatchRule.DOMAIN_AND_NAME, MatchStrength.STRONG),
        (Company("青葉精機㈱", phone="0221112222"), MatchRule.NAME_AND_FIELD, MatchStrength.STRONG),
        (Company("青葉精機㈱", postcode="980-0811"), MatchRule.NAME_AND_FIELD, MatchStrength.STRONG),
        (Company("青葉精機㈱", prefecture="宮城県"), MatchRule.NAME_AND_FIELD, MatchStrength.STRONG),
    ],
)
def test_sure_and_strong_evidence_matches_by_itself(ours: Company, rule: MatchRule, strength: MatchStrength) -> None:
    match = known().match(ours)

    assert (match.match, match.action, match.strength) == ("aoba", MatchAction.AUTO, strength)
    assert match.evidence[0].rule == rule


@pytest.mark.parametrize(
    ("ours", "rule"),
    [
        (Company("東雲化学", domain="aoba-seiki.example"), MatchRule.DOMAIN_ONLY),
        (Company("青葉精機"), MatchRule.NAME_ONLY),
        (Company("青葉精器", phone="0221112222"), MatchRule.SIMILAR_NAME),
        (Company("青葉精器", prefecture="宮城県"), MatchRule.SIMILAR_NAME),
    ],
)
def test_weak_evidence_goes_to_the_queue(ours: Company, rule: MatchRule) -> None:
    match = known().match(ours)

    assert (match.match, match.action, match.strength) == (None, MatchAction.REVIEW, MatchStrength.WEAK)
    assert [(c.id, c.evidence.rule) for c in match.candidates] == [("aoba", rule)]


@pytest.mark.parametrize("ours", [Company("まったく別"), Company("青葉精器"), Company("", phone="0399998888")])
def test_a_stranger_is_new(ours: Company) -> None:
    match = known().match(ours)

    assert (match.match, match.action, match.strength) == (None, MatchAction.NEW, MatchStrength.NONE)


def test_several_strong_candidates_go_to_the_queue() -> None:
    twins = [KnownAccount(i, "株式会社アシスト", prefecture="東京都") for i in ("one", "two")]

    match = known(*twins).match(Company("アシスト", prefecture="東京都"))

    assert (match.match, match.action, match.strength) == (None, MatchAction.REVIEW, MatchStrength.STRONG)
    assert [c.id for c in match.candidates] == ["one", "two"]


def test_one_strong_candidate_wins_over_weak_ones() -> None:
    tokyo = KnownAccount("tokyo", "株式会社アシスト", domains={"assist-tokyo.example"})
    osaka = KnownAccount("osaka", "株式会社アシスト", domains={"assist-osaka.example"})

    match = known(tokyo, osaka).match(Company("株式会社アシスト", domain="assist-osaka.example"))

    assert (match.match, match.action) == ("osaka", MatchAction.AUTO)


def test_a_contradicting_corporate_number_is_never_matched_by_itself() -> None:
    match = known().match(Company("青葉精機", domain="aoba-seiki.example", corporate_number=OTHER_NUMBER))

    assert (match.match, match.action) == (None, MatchAction.REVIEW)


def test_rows_of_one_list_are_one_firm_only_without_domain_and_contradiction() -> None:
    accounts = KnownAccounts()
    accounts.add(KnownAccount("typed", "有限会社つばさ設計", NUMBER), "有限会社つばさ設計")

    assert accounts.match(Company("有限会社つばさ設計"), "有限会社つばさ設計").match == "typed"
    assert accounts.match(Company("有限会社つばさ設計")).action == MatchAction.REVIEW
    assert accounts.match(Company("(有)つばさ設計"), "(有)つばさ設計").action == MatchAction.REVIEW
    own_domain = Company("有限会社つばさ設計", domain="tsubasa.example")
    assert accounts.match(own_domain, "有限会社つばさ設計").action == MatchAction.REVIEW
    contradicting = Company("有限会社つばさ設計", corporate_number=OTHER_NUMBER)
    assert accounts.match(contradicting, "有限会社つばさ設計").action == MatchAction.REVIEW


def test_the_address_decides_before_the_corporate_number() -> None:
    other = KnownAccount("other", "別会社", OTHER_NUMBER)

    match = known(AOBA, other).match(
        Company("別会社", email="kimura@aoba-seiki.example", corporate_number=OTHER_NUMBER)
    )

    assert match.match == "aoba"


@pytest.mark.parametrize(
    ("typed", "branch"),
    [("青葉精機仙台支店", "仙台支店"), ("(株)青葉精機 仙台支店", "仙台支店"), ("青葉精機", ""), ("青葉精機販売", "")],
)
def test_the_branch_beyond_a_known_firm_is_found(typed: str, branch: str) -> None:
    assert branch_beyond(typed, "株式会社青葉精機") == branch


def test_the_holding_is_proposed_as_the_parent() -> None:
    chemistry, holding = KnownAccount("c", "東雲化学株式会社"), KnownAccount("h", "東雲ホールディングス株式会社")

    assert parent_first(chemistry, holding) == (holding, chemistry)
    assert parent_first(holding, chemistry) == (holding, chemistry)


@pytest.mark.parametrize(
    "typed",
    [
        "青葉精機九州",
        "青葉精機販売仙台支店",
        "関西青葉精機",
        "青葉精機ラボ",
        "青葉精機エフサス仙台支店",
        "青葉",
        "青葉精機設計",
    ],
)
def test_a_firm_of_the_same_house_is_no_branch_of_it(typed: str) -> None:
    match = known().match(Company(typed, domain="aoba-seiki.example"))

    assert (match.match, match.action) == (None, MatchAction.REVIEW)
    assert match.evidence[0].rule == MatchRule.DOMAIN_ONLY


@pytest.mark.parametrize("typed", ["青葉精機工業", "青葉精機 東北サービスセンター", "青葉精機仙台支店"])
def test_what_people_add_or_leave_away_makes_no_other_firm(typed: str) -> None:
    assert known().match(Company(typed, domain="aoba-seiki.example")).match == "aoba"


@pytest.mark.parametrize(
    "ours",
    [
        Company("株式会社青葉精機", domain="aoba-other.example", prefecture="宮城県"),
        Company("有限会社青葉精機", prefecture="宮城県"),
    ],
    ids=["own domain", "legal form"],
)
def test_a_prefecture_alone_proves_little_against_a_contradiction(ours: Company) -> None:
    match = known().match(ours)

    assert (match.match, match.strength) == (None, MatchStrength.WEAK)


def test_a_phone_outweighs_another_domain() -> None:
    ours = Company("青葉精機", domain="aoba-other.example", prefecture="宮城県", phone="0221112222")

    assert known().match(ours).match == "aoba"
