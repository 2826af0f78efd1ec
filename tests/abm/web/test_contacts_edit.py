"""Writing contacts by page, and what they said about mail."""

import pytest
from sqlalchemy import select

from abm.customers.suppression import suppress
from abm.models import Account, Consent, Contact, Department
from abm.words import Role, Seniority, SuppressionReason
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import NOON, make_account, make_contact, make_user


@pytest.fixture
def anna(installation: Installation) -> Contact:
    """Somebody at an account without an owner."""
    with unit_of_work() as work:
        return make_contact(work.session, make_account(work.session), consent=False)  # type: ignore[no-any-return]


def contact(installation: Installation, contact_id: object) -> Contact:
    with unit_of_work() as work:
        return work.session.get_one(Contact, contact_id)


def test_a_person_is_added_with_department_and_weight(log_in: LogIn, anna: Contact) -> None:
    form = {"full_name": "部田 長二", "department": "購買部", "title": "部長", "email": "hida@acme.example"}

    answer = log_in(Role.SALES).post(f"/accounts/{anna.account_id}/people/new", data=form)

    assert answer.status_code == 303
    with unit_of_work() as work:
        made = work.session.scalars(select(Contact).where(Contact.email == "hida@acme.example")).one()
        assert work.session.get_one(Department, made.department_id).name == "購買部"
        assert made.seniority == Seniority.DEPARTMENT_HEAD


def test_a_taken_address_is_told_by_its_field(log_in: LogIn, anna: Contact) -> None:
    form = {"full_name": "別人", "email": "ANNA@acme.example"}

    answer = log_in(Role.SALES).post(f"/accounts/{anna.account_id}/people/new", data=form)

    assert answer.status_code == 422
    assert "Another contact has this mail address already." in answer.text


def test_the_form_shows_the_record_and_saves_it(log_in: LogIn, installation: Installation, anna: Contact) -> None:
    rep = log_in(Role.SALES)
    assert 'value="安奈 花子"' in rep.get(f"/contacts/{anna.id}/edit").text

    form = {"full_name": "安奈 華子", "email": "anna@acme.example", "buying_role": "champion"}
    rep.post(f"/contacts/{anna.id}/edit", data=form)

    saved = contact(installation, anna.id)
    assert (saved.full_name, saved.buying_role) == ("安奈 華子", "champion")
    assert "安奈 花子 → 安奈 華子" in rep.get(f"/contacts/{anna.id}/changes").text


def test_an_unknown_choice_is_refused(log_in: LogIn, anna: Contact) -> None:
    form = {"full_name": "安奈 花子", "buying_role": "emperor"}

    assert log_in(Role.SALES).post(f"/contacts/{anna.id}/edit", data=form).status_code == 422


def test_another_rep_s_people_are_not_changed(log_in: LogIn, installation: Installation, anna: Contact) -> None:
    with unit_of_work() as work:
        work.session.get_one(Account, anna.account_id).owner_id = make_user(work.session).id
    rep = log_in(Role.SALES)

    assert rep.get(f"/contacts/{anna.id}/edit").status_code == 403
    assert rep.post(f"/contacts/{anna.id}/edit", data={"full_name": "x"}).status_code == 403
    assert rep.post(f"/contacts/{anna.id}/archive").status_code == 403
    assert "Edit the record" not in rep.get(f"/contacts/{anna.id}").text
    assert contact(installation, anna.id).full_name == "安奈 花子"


def test_a_viewer_is_offered_nothing_to_change(log_in: LogIn, anna: Contact) -> None:
    viewer = log_in(Role.VIEWER)

    page = viewer.get(f"/contacts/{anna.id}").text

    assert "Edit the record" not in page
    assert "Log work" not in page
    assert viewer.post(f"/contacts/{anna.id}/edit", data={"full_name": "x"}).status_code == 403


def test_an_archived_contact_can_be_brought_back(log_in: LogIn, anna: Contact) -> None:
    rep = log_in(Role.SALES)

    answer = rep.post(f"/contacts/{anna.id}/archive")
    assert "Restore the contact" in rep.get(answer.location).text

    rep.post(f"/contacts/{anna.id}/restore")
    assert rep.get(f"/contacts/{anna.id}").status_code == 200


def test_a_consent_with_its_evidence_enters_the_ledger(
    log_in: LogIn, installation: Installation, anna: Contact
) -> None:
    rep = log_in(Role.SALES)
    form = {"said": "granted", "purpose": "mail", "basis": "opt_in", "evidence": "by phone, 12 Nov"}

    rep.post(f"/contacts/{anna.id}/consents", data=form)

    with unit_of_work() as work:
        entry = work.session.scalars(select(Consent)).one()
        assert (entry.granted, entry.basis, entry.evidence) == (True, "opt_in", "by phone, 12 Nov")
        assert entry.by_user_id is not None
    assert "May be mailed" in rep.get(f"/contacts/{anna.id}").text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"said": "", "evidence": "x"}, "Please choose one of the list."),
        ({"said": "granted", "evidence": "x"}, "A consent needs a basis"),
        ({"said": "refused", "evidence": ""}, "Say how we know"),
    ],
)
def test_a_half_statement_is_refused(log_in: LogIn, anna: Contact, form: dict[str, str], told: str) -> None:
    answer = log_in(Role.SALES).post(f"/contacts/{anna.id}/consents", data=form)

    assert answer.status_code == 422
    assert told in answer.text


def test_the_ledger_says_that_the_suppression_list_stands_above_it(log_in: LogIn, anna: Contact) -> None:
    with unit_of_work() as work:
        suppress(work.session, "anna@acme.example", SuppressionReason.COMPLAINED, NOON, "report")

    assert "does not take it off" in log_in(Role.VIEWER).get(f"/contacts/{anna.id}/consents").text


def test_a_record_is_confirmed_in_one_tap(log_in: LogIn, installation: Installation, anna: Contact) -> None:
    rep = log_in(Role.SALES)
    assert "Nobody has confirmed it yet." in rep.get(f"/contacts/{anna.id}").text

    rep.post(f"/contacts/{anna.id}/confirm")

    assert contact(installation, anna.id).confirmed_at is not None
    assert "Last confirmed:" in rep.get(f"/contacts/{anna.id}").text


def test_who_left_the_company_is_put_away_and_can_come_back(
    log_in: LogIn, installation: Installation, anna: Contact
) -> None:
    rep = log_in(Role.SALES)

    answer = rep.post(f"/contacts/{anna.id}/stale", data={"reason": "left_company"})

    assert answer.location.endswith(f"/contacts/{anna.id}/changes")
    assert contact(installation, anna.id).archived_at is not None
    assert "Contact no longer trusted" in rep.get(answer.location).text
    rep.post(f"/contacts/{anna.id}/restore")
    assert contact(installation, anna.id).archived_at is None


def test_who_moved_gets_a_new_department_and_is_fresh_again(
    log_in: LogIn, installation: Installation, anna: Contact
) -> None:
    rep = log_in(Role.SALES)

    answer = rep.post(f"/contacts/{anna.id}/stale", data={"reason": "moved"})

    assert answer.location.endswith(f"/contacts/{anna.id}/edit")
    assert "To be checked" in rep.get(f"/contacts/{anna.id}").text
    form = {"full_name": "安奈 花子", "email": "anna@acme.example", "department": "生産部", "stale_reason": "moved"}
    rep.post(answer.location, data=form)
    saved = contact(installation, anna.id)
    assert (saved.stale_reason, saved.job_function) == (None, "production")


def test_an_unknown_reason_is_refused(log_in: LogIn, installation: Installation, anna: Contact) -> None:
    assert log_in(Role.SALES).post(f"/contacts/{anna.id}/stale", data={"reason": "bored"}).status_code == 422
    assert contact(installation, anna.id).stale_reason is None


def test_another_rep_s_people_are_neither_confirmed_nor_called_stale(
    log_in: LogIn, installation: Installation, anna: Contact
) -> None:
    with unit_of_work() as work:
        work.session.get_one(Account, anna.account_id).owner_id = make_user(work.session).id
    rep = log_in(Role.SALES)

    assert rep.post(f"/contacts/{anna.id}/confirm").status_code == 403
    assert rep.post(f"/contacts/{anna.id}/stale", data={"reason": "left_company"}).status_code == 403
    assert log_in(Role.VIEWER).post(f"/contacts/{anna.id}/confirm").status_code == 403
    assert contact(installation, anna.id).confirmed_at is None


def test_the_wider_form_is_read_and_shown(log_in: LogIn, installation: Installation, anna: Contact) -> None:
    rep = log_in(Role.SALES)
    form = {
        "full_name": "安奈 花子",
        "email": "anna@acme.example",
        "job_function": "quality",
        "postcode": "５３０－０００１",
        "address": "大阪市北区梅田1-1",
        "time_zone": "asia/seoul",
    }

    rep.post(f"/contacts/{anna.id}/edit", data=form)

    saved = contact(installation, anna.id)
    assert (saved.job_function, saved.postcode, saved.time_zone) == ("quality", "530-0001", "Asia/Seoul")
    page = rep.get(f"/contacts/{anna.id}").text
    assert "大阪市北区梅田1-1" in page
    assert "Asia/Seoul" in page


def test_a_time_zone_that_does_not_exist_is_told(log_in: LogIn, anna: Contact) -> None:
    answer = log_in(Role.SALES).post(f"/contacts/{anna.id}/edit", data={"full_name": "x", "time_zone": "Mars/Base"})

    assert answer.status_code == 422
    assert "This time zone is not known." in answer.text


def test_a_missing_role_comes_prefilled(log_in: LogIn, anna: Contact) -> None:
    page = log_in(Role.SALES).get(f"/accounts/{anna.account_id}/people/new?buying_role=champion").text

    assert '<option value="champion" selected>' in page


def test_do_not_phone_is_noted_and_taken_back(log_in: LogIn, installation: Installation, anna: Contact) -> None:
    rep, page = log_in(Role.SALES), f"/contacts/{anna.id}"

    rep.post(f"{page}/no-phone", data={"wanted": "1"})
    noted, shown = contact(installation, anna.id).no_phone_at, rep.get(page).text
    rep.post(f"{page}/no-phone", data={"wanted": "0"})

    assert noted
    assert "Do not phone</dt>" in shown
    assert contact(installation, anna.id).no_phone_at is None
    assert log_in(Role.VIEWER).post(f"{page}/no-phone").status_code == 403
