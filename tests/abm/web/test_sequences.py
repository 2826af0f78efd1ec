"""Sequences: the library, publishing to an import, live counts, pause and resume."""

import uuid
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.models import Contact, Enrollment, Mail, Message, Sequence
from abm.segments.segments import save_segment
from abm.words import ConsentBasis, EnrollmentState, GuardReason, MessageState, Role, SequenceState
from abm.work import Installation, unit_of_work
from campaigns.sequences import apply_sequence, publish_sequence
from tests.abm.web.conftest import LogIn

NAME = "first_steps"
LIST = "会社名,担当者名,メールアドレス\n株式会社アクメ,安奈 花子,anna@acme.example\n株式会社アクメ,ベルト 次郎,\n"


@pytest.fixture
def people(installation: Installation) -> uuid.UUID:
    """An import of two people, one of whom has no address."""
    return take_in(installation, "list.csv", LIST)


def take_in(installation: Installation, name: str, table: str) -> uuid.UUID:
    """Import a list of customers; answers the import's id."""
    with unit_of_work() as work:
        upload, request = Upload(name, BytesIO(table.encode())), Request(consent=ConsentBasis.BUSINESS_CARD)
        return import_now(work.session, upload, request, installation.settings, work.at).id


@pytest.fixture
def running(people: uuid.UUID) -> uuid.UUID:
    """The library's sequence, published to these people."""
    with unit_of_work() as work:
        apply_sequence(work.session, NAME, work.at)
        publish_sequence(work.session, NAME, at=work.at, import_id=people)
    return people


def state() -> str | None:
    with unit_of_work() as work:
        return work.session.scalar(select(Sequence.state).where(Sequence.name == NAME))


def publish(browser: FlaskClient, import_id: uuid.UUID | str) -> int:
    return browser.post(f"/sequences/{NAME}/publish", data={"import": str(import_id)}).status_code


def test_without_a_sequence_the_library_is_offered(log_in: LogIn) -> None:
    page = log_in(Role.MARKETER).get("/sequences").text

    assert "No sequence yet" in page
    assert f"/sequences/{NAME}/publish" in page


def test_publishing_needs_an_import_and_says_so(log_in: LogIn) -> None:
    assert "Import a customer list first" in log_in(Role.MARKETER).get(f"/sequences/{NAME}/publish").text


def test_before_publishing_people_are_counted_with_what_stands_against_a_mail(
    log_in: LogIn, people: uuid.UUID, installation: Installation
) -> None:
    take_in(installation, "other.csv", LIST.splitlines()[0] + "\n株式会社ベータ,千田 三郎,chida@beta.example\n")

    page = log_in(Role.MARKETER).get(f"/sequences/{NAME}/publish?import={people}").text

    assert "Publish to 2 people" in page
    assert "No mail address" in page
    assert [words in page for words in ("2 people)</option>", "1 person)</option>")] == [True, True]
    assert state() is None


def test_a_lot_that_is_not_drawn_yet_is_told_as_expected(log_in: LogIn, people: uuid.UUID) -> None:
    page = log_in(Role.MARKETER).get(f"/sequences/white_paper_nurture/publish?import={people}").text

    assert "about 10.0% of the companies get nothing" in page
    assert "Publish to about 2 people" in page


def test_who_is_left_out_before_publishing_is_told_by_why(log_in: LogIn, running: uuid.UUID) -> None:
    page = log_in(Role.MARKETER).get(f"/sequences/{NAME}/publish?import={running}").text

    assert "Is under way already 2" in page
    assert "Publish to 0 people" in page


def test_of_a_sequence_about_accounts_the_companies_are_counted(log_in: LogIn, installation: Installation) -> None:
    people = take_in(installation, "list.csv", LIST.replace("次郎,", "次郎,bert@acme.example"))

    page = log_in(Role.MARKETER).get(f"/sequences/executive_invitation/publish?import={people}").text

    assert "Publish to 1 company" in page
    assert "of 0 people there whom the first mail is for" in page


def test_publishing_takes_everybody_of_the_import_on(log_in: LogIn, people: uuid.UUID) -> None:
    assert publish(log_in(Role.MARKETER), people) == 303

    assert state() == SequenceState.PUBLISHED
    with unit_of_work() as work:
        assert len(work.session.scalars(select(Enrollment.id)).all()) == 2


@pytest.mark.parametrize("import_id", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_publishing_to_no_import_is_refused(log_in: LogIn, people: uuid.UUID, import_id: str) -> None:
    assert publish(log_in(Role.MARKETER), import_id) in (404, 422)

    assert state() is None


def test_a_name_that_is_a_path_opens_no_file(log_in: LogIn, installation: Installation) -> None:
    assert log_in(Role.MARKETER).get("/sequences/..%2f..%2fpyproject.toml/publish").status_code == 404


def test_the_page_draws_every_step_and_counts_who_is_where(log_in: LogIn, running: uuid.UUID) -> None:
    page = log_in(Role.VIEWER, language="ja").get(f"/sequences/{NAME}").text

    assert page.count("<rect") == 8
    assert "待機：3日" in page
    assert "安奈 花子" in page


def test_what_was_withheld_is_shown_by_reason(log_in: LogIn, running: uuid.UUID) -> None:
    with unit_of_work() as work:
        one = work.session.scalars(select(Enrollment).limit(1)).one()
        contact = work.session.get_one(Contact, one.contact_id)
        mail_id = work.session.scalar(select(Mail.id).limit(1))
        who = {"contact_id": contact.id, "account_id": contact.account_id, "email": "anna@acme.example"}
        what = {"enrollment_id": one.id, "step": "guide", "mail_id": mail_id, "key": b"k", "message_id": "<1@x>"}
        why = {"state": MessageState.HELD, "reason": GuardReason.SALES_ACTIVE}
        work.session.add(Message(**who, **what, **why, due_at=work.at, planned_at=work.at))

    page = log_in(Role.VIEWER).get(f"/sequences/{NAME}").text

    assert "Sales is working on it" in page


def test_pausing_and_resuming_are_one_button_each(log_in: LogIn, running: uuid.UUID) -> None:
    browser = log_in(Role.MARKETER)

    browser.post(f"/sequences/{NAME}/pause")
    paused = state()
    page = browser.get(f"/sequences/{NAME}").text
    browser.post(f"/sequences/{NAME}/resume")

    assert paused == SequenceState.PAUSED
    assert f"/sequences/{NAME}/resume" in page
    assert state() == SequenceState.PUBLISHED


def test_a_paused_sequence_takes_nobody_on(log_in: LogIn, running: uuid.UUID) -> None:
    browser = log_in(Role.MARKETER)
    browser.post(f"/sequences/{NAME}/pause")

    assert "Resume it before" in browser.get(f"/sequences/{NAME}/publish").text
    assert publish(browser, running) == 422


def test_people_who_left_are_counted_by_reason(log_in: LogIn, running: uuid.UUID) -> None:
    with unit_of_work() as work:
        for one in work.session.scalars(select(Enrollment)):
            one.state = EnrollmentState.COMPLETED

    assert "Completed" in log_in(Role.VIEWER).get(f"/sequences/{NAME}").text


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_only_marketers_publish_and_pause(log_in: LogIn, running: uuid.UUID, role: Role) -> None:
    browser = log_in(role)

    assert publish(browser, running) == 403
    assert browser.post(f"/sequences/{NAME}/pause").status_code == 403
    assert f"/sequences/{NAME}/pause" not in browser.get(f"/sequences/{NAME}").text


def test_an_unknown_sequence_is_not_found(log_in: LogIn) -> None:
    assert log_in(Role.VIEWER).get("/sequences/nothing").status_code == 404


def test_a_segment_is_counted_and_published_to(log_in: LogIn, people: uuid.UUID) -> None:
    with unit_of_work() as work:
        condition = read_condition({"field": "contact.has_address"})
        segment = save_segment(work.session, "with address", condition, Moment(work.at, ZoneInfo("Asia/Tokyo")))
    marketer = log_in(Role.MARKETER)

    page = marketer.get(f"/sequences/{NAME}/publish?segment={segment.id}").text
    answer = marketer.post(f"/sequences/{NAME}/publish", data={"segment": str(segment.id)})

    assert "Publish to 1 person" in page
    assert answer.status_code == 303
    assert state() == SequenceState.PUBLISHED
