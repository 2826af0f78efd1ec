"""Custom fields: made by marketers, asked for by forms, shown in the history, archived with their values."""

import pytest
from sqlalchemy import select

from abm.models import Account, Contact, CustomField
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact

RANK = {"subject": "account", "title": "Rank", "kind": "choice", "choices": "A\nB\n\nA"}


@pytest.fixture
def acme(installation: Installation) -> Account:
    """A company."""
    with unit_of_work() as work:
        return make_account(work.session)  # type: ignore[no-any-return]


def the_field() -> CustomField:
    with unit_of_work() as work:
        return work.session.scalars(select(CustomField)).one()


def account(account_id: object) -> Account:
    with unit_of_work() as work:
        return work.session.get_one(Account, account_id)


def test_a_field_is_made_and_the_form_asks_for_it(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)

    assert marketer.post("/settings/fields", data=RANK).status_code == 303

    assert the_field().choices == ["A", "B"]
    assert 'name="custom_rank"' in marketer.get(f"/accounts/{acme.id}/edit").text
    assert "Rank" in marketer.get("/settings/fields").text


def test_a_value_is_saved_shown_and_told_in_the_history(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post("/settings/fields", data=RANK)

    marketer.post(f"/accounts/{acme.id}/edit", data={"name": "アクメ", "tier": "1:1", "custom_rank": "B"})

    assert account(acme.id).custom == {"rank": "B"}
    changes = marketer.get(f"/accounts/{acme.id}/changes").text
    assert "<dt>Rank</dt><dd>– → B</dd>" in changes


def test_what_a_field_cannot_hold_is_told_beside_it(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post("/settings/fields", data={**RANK, "kind": "number", "is_required": "1"})

    empty = marketer.post(f"/accounts/{acme.id}/edit", data={"name": "アクメ"})
    wrong = marketer.post(f"/accounts/{acme.id}/edit", data={"name": "アクメ", "custom_rank": "high"})

    assert (empty.status_code, wrong.status_code) == (422, 422)
    assert "Please fill this in." in empty.text
    assert "This is not a number." in wrong.text
    assert 'value="high"' in wrong.text


def test_a_person_has_custom_fields_too(log_in: LogIn, acme: Account) -> None:
    rep = log_in(Role.SALES)
    log_in(Role.MARKETER).post("/settings/fields", data={"subject": "contact", "title": "入社", "kind": "date"})

    rep.post(f"/accounts/{acme.id}/people/new", data={"full_name": "安奈", "custom_入社": "2020-04-01"})

    with unit_of_work() as work:
        assert work.session.scalars(select(Contact)).one().custom == {"入社": "2020-04-01"}


def test_an_archived_field_is_not_asked_for_and_keeps_its_values(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post("/settings/fields", data=RANK)
    marketer.post(f"/accounts/{acme.id}/edit", data={"name": "アクメ", "custom_rank": "B"})

    marketer.post(f"/settings/fields/{the_field().id}/archive")
    marketer.post(f"/accounts/{acme.id}/edit", data={"name": "アクメ株式会社"})

    assert "custom_rank" not in marketer.get(f"/accounts/{acme.id}/edit").text
    assert account(acme.id).custom == {"rank": "B"}
    assert "1 value kept" in marketer.get("/settings/fields").text
    marketer.post(f"/settings/fields/{the_field().id}/restore")
    assert the_field().archived_at is None


def test_a_field_is_renamed_and_moved(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post("/settings/fields", data=RANK)
    field_id = the_field().id
    marketer.post("/settings/fields", data={**RANK, "title": "Second", "kind": "text"})

    assert "account.custom.rank" in marketer.get(f"/settings/fields/{field_id}").text
    renamed = marketer.post(f"/settings/fields/{field_id}", data={"title": "Class", "choices": "A\nC"})
    moved = marketer.post(f"/settings/fields/{field_id}/move", data={"to": "down"})

    assert (renamed.status_code, moved.status_code) == (303, 303)
    page = marketer.get("/settings/fields").text
    assert page.index(">Second<") < page.index(">Class<")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({**RANK, "title": ""}, "Please fill this in."),
        ({**RANK, "choices": ""}, "Please give the choices, one in each line."),
        ({**RANK, "kind": "picture"}, "Please choose one of the list."),
        ({**RANK, "subject": "moon"}, "Please choose one of the list."),
    ],
)
def test_an_unusable_field_is_refused(log_in: LogIn, form: dict[str, str], told: str) -> None:
    answer = log_in(Role.MARKETER).post("/settings/fields", data=form)

    assert answer.status_code == 422
    assert told in answer.text


def test_sales_do_not_make_fields(log_in: LogIn) -> None:
    rep = log_in(Role.SALES)

    assert rep.get("/settings/fields").status_code == 403
    assert rep.post("/settings/fields", data=RANK).status_code == 403
    assert "Custom fields" not in rep.get("/settings").text


def test_an_unknown_field_is_not_found(log_in: LogIn, acme: Account) -> None:
    marketer = log_in(Role.MARKETER)

    assert marketer.get(f"/settings/fields/{acme.id}").status_code == 404
    assert marketer.post(f"/settings/fields/{acme.id}/archive").status_code == 404


def test_a_value_of_an_edited_person_survives_without_the_field(log_in: LogIn, acme: Account) -> None:
    with unit_of_work() as work:
        anna = make_contact(work.session, acme, custom={"old": "x"})

    log_in(Role.MARKETER).post(f"/contacts/{anna.id}/edit", data={"full_name": "安奈", "email": "a@acme.example"})

    with unit_of_work() as work:
        assert work.session.get_one(Contact, anna.id).custom == {"old": "x"}
