"""Writing accounts and departments by page."""

import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.models import Account, AccountDomain, Consent, Contact, Department, Suggestion, TimelineItem, User
from abm.web.accounts_edit import NEW
from abm.words import ConsentBasis, HeardKind, ItemKind, Role, Tier
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_contact, make_department, make_user

TYPED = {"name": "株式会社ゼータ", "full_name": "善太 一郎", "email": "zenta@zeta.example", "memo": "展示会で名刺交換"}


@pytest.fixture
def acme(installation: Installation) -> Account:
    """An account that a list would recognise."""
    with unit_of_work() as work:
        account = make_account(work.session, normalised_name="アクメ")
        make_contact(work.session, account)
        work.session.add(AccountDomain(account_id=account.id, domain="acme.example"))
    return account


def everything(kind: type) -> list:  # type: ignore[type-arg]
    with unit_of_work() as work:
        return list(work.session.scalars(select(kind)))


def hidden(client: FlaskClient, url: str) -> str:
    page = client.get(url).text
    return page.split('name="version" value="')[1].split('"')[0]


def test_a_new_customer_takes_one_form(log_in: LogIn) -> None:
    answer = log_in(Role.MARKETER).post("/accounts/new", data={**TYPED, "basis": "business_card", "evidence": "fair"})

    account = everything(Account)[0]
    assert answer.location == f"/accounts/{account.id}"
    assert (account.name, everything(AccountDomain)[0].domain) == ("株式会社ゼータ", "zeta.example")
    assert everything(Contact)[0].family_name == "善太"
    assert everything(Consent)[0].basis == ConsentBasis.BUSINESS_CARD
    notes = [item.body for item in everything(TimelineItem) if item.kind == ItemKind.NOTE]
    assert notes == ["展示会で名刺交換"]


def test_what_the_first_memo_says_waits_to_be_confirmed(log_in: LogIn) -> None:
    log_in(Role.SALES).post("/accounts/new", data={**TYPED, "memo": "製品Xに関心。価格面で見送り。"})

    heard = {suggestion.kind for suggestion in everything(Suggestion)}
    assert heard == {HeardKind.INTEREST, HeardKind.LOST_REASON}


def test_a_rep_s_new_customer_is_the_rep_s(log_in: LogIn) -> None:
    log_in(Role.SALES).post("/accounts/new", data=TYPED)

    owner = next(user for user in everything(User) if user.email == mail_of(Role.SALES))
    assert everything(Account)[0].owner_id == owner.id


def test_whoever_does_not_sell_gives_the_new_customer_to_somebody_of_sales(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)
    with unit_of_work() as work:
        rep = make_user(work.session, name="佐藤 次郎")
        make_user(work.session, Role.VIEWER, name="閲覧 三郎")
    form = marketer.get("/accounts/new").text

    marketer.post("/accounts/new", data={**TYPED, "owner_id": str(rep.id)})

    assert "佐藤 次郎" in form
    assert "閲覧 三郎" not in form
    assert everything(Account)[0].owner_id == rep.id


def test_nobody_becomes_owner_who_is_no_user(log_in: LogIn) -> None:
    answer = log_in(Role.MARKETER).post("/accounts/new", data={**TYPED, "owner_id": str(uuid.uuid4())})

    assert (answer.status_code, everything(Account)) == (422, [])


def test_a_company_alone_is_enough(log_in: LogIn) -> None:
    assert log_in(Role.SALES).post("/accounts/new", data={"name": "ゼータ"}).status_code == 303


def test_a_known_company_is_shown_before_anything_is_saved(log_in: LogIn, acme: Account) -> None:
    typed = {"name": "アクメ株式会社", "full_name": "新田 三郎", "email": "nitta@acme.example"}

    page = log_in(Role.MARKETER).post("/accounts/new", data=typed)

    assert page.status_code == 200
    assert "Is it one of these?" in page.text
    assert "same domain and name" in page.text
    assert (len(everything(Account)), len(everything(Contact))) == (1, 1)


def test_the_person_joins_the_company_that_was_chosen(log_in: LogIn, acme: Account) -> None:
    typed = {"name": "アクメ", "full_name": "新田 三郎", "email": "nitta@acme.example", "choice": str(acme.id)}

    log_in(Role.MARKETER).post("/accounts/new", data=typed)

    assert {contact.account_id for contact in everything(Contact)} == {acme.id}
    assert len(everything(Contact)) == 2


def test_a_person_may_say_that_it_is_another_company(log_in: LogIn, acme: Account) -> None:
    log_in(Role.MARKETER).post("/accounts/new", data={"name": "アクメ", "choice": NEW})

    assert len(everything(Account)) == 2


def test_nobody_joins_another_rep_s_account(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        other = make_user(work.session, name="佐藤 次郎")
        work.session.get_one(Account, acme.id).owner_id = other.id
    rep = log_in(Role.SALES)
    typed = {"name": "アクメ", "full_name": "新田 三郎", "email": "nitta@acme.example"}

    assert "佐藤 次郎" in rep.post("/accounts/new", data=typed).text
    assert rep.post("/accounts/new", data={**typed, "choice": str(acme.id)}).status_code == 403


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "=1+1"}, "A name is not a formula"),
        ({"email": "no address"}, "This is not a mail address"),
        ({"phone": "call me"}, "This phone number cannot be read"),
        ({"basis": "opt_in", "evidence": ""}, "Say how we know"),
    ],
)
def test_what_is_wrong_stands_by_its_field(log_in: LogIn, over: dict[str, str], told: str) -> None:
    answer = log_in(Role.SALES).post("/accounts/new", data={**TYPED, **over})

    assert answer.status_code == 422
    assert told in answer.text
    assert everything(Account) == []


def test_a_change_is_saved_and_told_in_the_history(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    form = {"name": "株式会社アクメ", "tier": "1:1", "closing_month": "3", "version": hidden(marketer, edit_of(acme))}

    assert marketer.post(edit_of(acme), data=form).status_code == 303

    history = marketer.get(f"/accounts/{acme.id}/changes").text
    assert everything(Account)[0].tier == Tier.ONE_TO_ONE
    assert "Account changed" in history
    assert "1:many → 1:1" in history


def test_an_older_form_is_told_so(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    old = hidden(marketer, edit_of(acme))
    marketer.post(edit_of(acme), data={"name": "アクメ商事", "version": old})

    answer = marketer.post(edit_of(acme), data={"name": "アクメ", "version": old})

    assert (answer.status_code, everything(Account)[0].name) == (409, "アクメ商事")
    assert "Somebody changed this record meanwhile" in answer.text


def test_an_archived_account_can_be_brought_back_from_where_one_lands(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)

    answer = marketer.post(f"/accounts/{acme.id}/archive")
    assert "Restore the account" in marketer.get(answer.location).text
    assert marketer.get(f"/accounts/{acme.id}").status_code == 404

    marketer.post(f"/accounts/{acme.id}/restore")
    assert "安奈 花子" in marketer.get(f"/accounts/{acme.id}").text


def test_a_department_gets_name_and_owner(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    with unit_of_work() as work:
        owner = make_user(work.session)
    url = f"/accounts/{acme.id}/departments"

    assert marketer.post(f"{url}/new", data={"name": "購買部"}).status_code == 303
    assert marketer.post(f"{url}/new", data={"name": "購買部"}).status_code == 422
    department = everything(Department)[0]
    marketer.post(f"{url}/{department.id}/edit", data={"name": "調達部", "owner_id": str(owner.id)})

    assert [(d.name, d.owner_id) for d in everything(Department)] == [("調達部", owner.id)]


def test_an_archived_department_is_shown_no_more(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        department = make_department(work.session, acme, "旧営業部")
    marketer = log_in(Role.MARKETER)

    marketer.post(f"/accounts/{acme.id}/departments/{department.id}/archive")

    assert "旧営業部" not in marketer.get(f"/accounts/{acme.id}").text


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_company_records_are_the_marketers(log_in: LogIn, acme: Account, role: Role) -> None:
    client = log_in(role)

    for path in ("edit", "archive", "restore", "departments/new"):
        assert client.post(f"/accounts/{acme.id}/{path}", data={"name": "x"}).status_code == 403


def edit_of(account: Account) -> str:
    return f"/accounts/{account.id}/edit"


def test_employees_and_revenue_are_read_as_they_are_written(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        acme = make_account(work.session)
    marketer = log_in(Role.MARKETER)

    form = {"name": "アクメ", "employees": "約1,200名", "revenue": "1,200万円"}
    marketer.post(f"/accounts/{acme.id}/edit", data=form)

    with unit_of_work() as work:
        saved = work.session.get_one(Account, acme.id)
        assert (saved.employees, saved.revenue) == (1200, 12_000_000)
    shown = marketer.get(f"/accounts/{acme.id}/edit").text
    assert 'value="¥12,000,000"' in shown
    assert "¥12,000,000" in marketer.get(f"/accounts/{acme.id}").text


def test_what_is_no_number_of_people_or_yen_is_told(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        acme = make_account(work.session)

    form = {"name": "アクメ", "employees": "many", "revenue": "-5"}
    answer = log_in(Role.MARKETER).post(f"/accounts/{acme.id}/edit", data=form)

    assert answer.status_code == 422
    assert "This is not a number of people." in answer.text
    assert "An amount is not below zero." in answer.text
