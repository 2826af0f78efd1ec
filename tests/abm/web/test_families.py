"""Parents, groups of companies and domains by page."""

import uuid

import pytest
from sqlalchemy import select

from abm.models import Account, AccountDomain, Deal
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import NOON, make_account, make_user


@pytest.fixture
def family(installation: Installation) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """(holding, works, sales): a holding with one subsidiary, and a company that stands alone."""
    with unit_of_work() as work:
        holding = make_account(work.session, "みなとホールディングス株式会社")
        owner = make_user(work.session, name="担当 一")
        works = make_account(work.session, "みなと製作所株式会社", parent_id=holding.id, owner_id=owner.id)
        alone = make_account(work.session, "みなと販売株式会社")
        work.session.add(Deal(account_id=works.id, name="機械", stage_since=NOON, amount=1_200_000))
        return holding.id, works.id, alone.id


def parent_of(account_id: uuid.UUID) -> uuid.UUID | None:
    with unit_of_work() as work:
        return work.session.get_one(Account, account_id).parent_id


def domains_of(account_id: uuid.UUID) -> list[str]:
    with unit_of_work() as work:
        mine = select(AccountDomain.domain).where(AccountDomain.account_id == account_id)
        return sorted(work.session.scalars(mine))


def test_the_group_shows_every_company_and_its_sums(log_in: LogIn, family: tuple[uuid.UUID, ...]) -> None:
    page = log_in(Role.VIEWER).get(f"/accounts/{family[1]}/group").text

    assert page.index("みなとホールディングス") < page.index("みなと製作所")
    assert "みなと販売" not in page
    assert "Whole group: 2 companies" in page
    assert "担当 一" in page
    assert page.count("¥1,200,000") == 2


def test_a_parent_is_found_by_name_and_set(log_in: LogIn, family: tuple[uuid.UUID, ...]) -> None:
    holding, _, alone = family
    marketer = log_in(Role.MARKETER)
    found = marketer.get(f"/accounts/{alone}/parent?q=ホールディング").text
    assert str(holding) in found

    answer = marketer.post(f"/accounts/{alone}/parent", data={"parent_id": str(holding)})

    assert answer.status_code == 303
    assert parent_of(alone) == holding
    assert "みなとホールディングス株式会社" in marketer.get(f"/accounts/{alone}/changes").text
    marketer.post(f"/accounts/{alone}/parent")
    assert parent_of(alone) is None


def test_a_company_is_never_put_below_itself(log_in: LogIn, family: tuple[uuid.UUID, ...]) -> None:
    holding, works, alone = family
    marketer = log_in(Role.MARKETER)
    marketer.post(f"/accounts/{alone}/parent", data={"parent_id": str(works)})

    for below in (works, alone, holding):
        answer = marketer.post(f"/accounts/{holding}/parent", data={"parent_id": str(below)})
        assert answer.status_code == 422
        assert "stands below the account already" in answer.text
    assert parent_of(holding) is None


def test_an_unknown_parent_is_refused(log_in: LogIn, family: tuple[uuid.UUID, ...]) -> None:
    answer = log_in(Role.MARKETER).post(f"/accounts/{family[2]}/parent", data={"parent_id": str(uuid.uuid4())})

    assert answer.status_code == 422
    assert "not among the accounts any more" in answer.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("minato.co.jp", "minato.co.jp"),
        ("https://www.minato.co.jp/company", "minato.co.jp"),
        ("tanaka@sales.minato.co.jp", "minato.co.jp"),
        ("ＭＩＮＡＴＯ．co.jp", "minato.co.jp"),
    ],
)
def test_a_domain_is_read_however_it_is_typed(
    log_in: LogIn, family: tuple[uuid.UUID, ...], typed: str, kept: str
) -> None:
    log_in(Role.MARKETER).post(f"/accounts/{family[0]}/domains", data={"domain": typed})

    assert domains_of(family[0]) == [kept]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("gmail.com", "provider"),
        ("abc.ocn.ne.jp", "provider"),
        ("minato", "not a domain"),
        ("http://[", "not a domain"),
    ],
)
def test_a_shared_or_unreadable_domain_is_refused_with_the_reason(
    log_in: LogIn, family: tuple[uuid.UUID, ...], typed: str, told: str
) -> None:
    marketer = log_in(Role.MARKETER)

    marketer.post(f"/accounts/{family[0]}/domains", data={"domain": typed})

    assert domains_of(family[0]) == []
    assert told in marketer.get(f"/accounts/{family[0]}/edit").text


def test_a_domain_is_taken_away_again(log_in: LogIn, family: tuple[uuid.UUID, ...]) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post(f"/accounts/{family[0]}/domains", data={"domain": "minato.co.jp"})

    for _ in range(2):
        marketer.post(f"/accounts/{family[0]}/domains/remove", data={"domain": "minato.co.jp"})

    assert domains_of(family[0]) == []
    assert "minato.co.jp → –" in marketer.get(f"/accounts/{family[0]}/changes").text


def test_sales_see_the_group_and_change_nothing(log_in: LogIn, family: tuple[uuid.UUID, ...]) -> None:
    rep = log_in(Role.SALES)

    assert rep.get(f"/accounts/{family[0]}/group").status_code == 200
    for path in ("parent", "domains", "domains/remove"):
        assert rep.post(f"/accounts/{family[0]}/{path}").status_code == 403
