"""Campaign pages and the send calendar: kept by marketers, read by everybody."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from abm.models import Campaign, Sequence, Webinar
from abm.words import Role
from abm.work import unit_of_work
from campaigns.library import read_document
from campaigns.sequences import apply_sequence
from tests.abm.web.conftest import LogIn

AIM = {"name": "秋の原価管理", "goal": "相談 20件", "starts_on": "2026-10-01", "ends_on": "2026-12-31"}


@pytest.fixture
def marketer(log_in: LogIn) -> FlaskClient:
    return log_in(Role.MARKETER)


def only_campaign(database: Engine) -> Campaign:
    with Session(database, expire_on_commit=False) as session:
        return session.scalars(select(Campaign)).one()


def test_a_campaign_is_made_changed_closed_and_reopened(marketer: FlaskClient, database: Engine) -> None:
    made = marketer.post("/campaigns", data=AIM, follow_redirects=True)
    assert made.status_code == 200
    campaign = only_campaign(database)
    assert (campaign.goal, str(campaign.ends_on)) == ("相談 20件", "2026-12-31")

    marketer.post(f"/campaigns/{campaign.id}", data={**AIM, "goal": "相談 30件"})
    marketer.post(f"/campaigns/{campaign.id}/close")
    closed = only_campaign(database)
    assert (closed.goal, closed.closed_at is not None) == ("相談 30件", True)
    marketer.post(f"/campaigns/{campaign.id}/reopen")
    assert only_campaign(database).closed_at is None


def test_the_goal_of_a_document_is_told_in_the_readers_language_until_somebody_types_another(
    log_in: LogIn, database: Engine
) -> None:
    with unit_of_work() as work:
        apply_sequence(work.session, "first_steps", work.at)
    campaign = only_campaign(database)
    english, japanese = "Find companies interested in cost management", "原価管理に関心のある企業を見つけ"
    reader, marketer = log_in(Role.VIEWER, language="ja"), log_in(Role.MARKETER)
    form = f"/campaigns/{campaign.id}"

    def told(browser: FlaskClient) -> list[list[bool]]:
        pages = [browser.get(path).text for path in ("/campaigns", form)]
        return [[english in page, japanese in page] for page in pages]

    assert (told(marketer), told(reader)) == ([[True, False]] * 2, [[False, True]] * 2)
    shown = marketer.get(f"{form}/edit").text
    assert (english in shown, japanese in shown) == (True, False)
    # Saved as it was shown, it is still the document's.
    goal = read_document("first_steps")["goal"]["en"]
    marketer.post(form, data={"name": campaign.name, "goal": goal, "audience": "製造業"})
    assert (told(marketer), told(reader)) == ([[True, False]] * 2, [[False, True]] * 2)
    marketer.post(form, data={"name": campaign.name, "goal": "相談 20件"})
    assert (told(marketer), told(reader)) == ([[False, False]] * 2, [[False, False]] * 2)
    assert all("相談 20件" in browser.get("/campaigns").text for browser in (marketer, reader))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Please fill this in"),
        ({"ends_on": "2026-09-01"}, "before the beginning"),
        ({"starts_on": "soon"}, "cannot be read"),
        ({"segment_id": "00000000-0000-0000-0000-000000000001"}, "choose one of the list"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    marketer: FlaskClient, database: Engine, wrong: dict[str, str], said: str
) -> None:
    answer = marketer.post("/campaigns", data={**AIM, **wrong})

    assert answer.status_code == 422
    assert said in answer.text
    assert "相談 20件" in answer.text
    with Session(database) as session:
        assert session.scalars(select(Campaign)).all() == []


def test_a_webinar_is_put_in_and_taken_out(marketer: FlaskClient, database: Engine) -> None:
    marketer.post("/campaigns", data=AIM)
    campaign = only_campaign(database)
    with Session(database) as session:
        session.add(webinar := Webinar(title="原価を見る", held_at=datetime(2026, 11, 1, tzinfo=UTC)))
        session.commit()
        webinar_id = webinar.id

    marketer.post(f"/campaigns/{campaign.id}/parts", data={"part": f"webinar:{webinar_id}"})
    shown = marketer.get(f"/campaigns/{campaign.id}").text
    assert f"/parts/webinar/{webinar_id}/remove" in shown
    marketer.post(f"/campaigns/{campaign.id}/parts/webinar/{webinar_id}/remove")
    assert f"/parts/webinar/{webinar_id}/remove" not in marketer.get(f"/campaigns/{campaign.id}").text
    lost = marketer.post(f"/campaigns/{campaign.id}/parts", data={"part": "webinar:x"}, follow_redirects=True)
    assert "alert-danger" in lost.text


def test_viewers_read_and_change_nothing(log_in: LogIn, marketer: FlaskClient, database: Engine) -> None:
    marketer.post("/campaigns", data=AIM)
    campaign = only_campaign(database)
    viewer = log_in(Role.VIEWER)

    assert viewer.get("/campaigns").status_code == 200
    assert "秋の原価管理" in viewer.get(f"/campaigns/{campaign.id}").text
    assert viewer.get(f"/campaigns/{campaign.id}/report.csv").data.startswith("\ufeff".encode())
    assert viewer.post(f"/campaigns/{campaign.id}/close").status_code == 403
    assert viewer.get("/campaigns/00000000-0000-0000-0000-000000000001").status_code == 404


@pytest.mark.parametrize("asked", ["", "?from=2026-11-02", "?from=x", "?from=9999-12-31", "?from=0001-01-01"])
def test_the_calendar_shows_five_weeks_of_any_day(marketer: FlaskClient, asked: str) -> None:
    answer = marketer.get(f"/send-calendar{asked}")

    assert answer.status_code == 200
    assert answer.text.count('class="abm-week"') == 5
    assert answer.text.count("<time datetime=") >= timedelta(weeks=5).days


def test_a_sequence_s_own_campaign_is_called_as_the_sequence_until_somebody_names_it(
    log_in: LogIn, database: Engine
) -> None:
    with Session(database) as session:
        campaign = Campaign(name="autumn")
        session.add(campaign)
        session.flush()
        title = {"ja": "秋", "en": "Leaves fall"}
        session.add(Sequence(name="autumn", title=title, campaign_id=campaign.id))
        session.commit()
        id_, viewer = campaign.id, log_in(Role.VIEWER)

        assert "<strong>Leaves fall</strong>" in viewer.get("/campaigns").text
        campaign.name = "Harvest"
        session.commit()

    assert "<h1>Harvest</h1>" in viewer.get(f"/campaigns/{id_}").text


def test_the_results_of_a_sequence_say_how_to_get_any(log_in: LogIn, database: Engine) -> None:
    with Session(database) as session:
        session.add(Sequence(name="autumn", title={"ja": "秋", "en": "Autumn"}))
        session.commit()
    viewer = log_in(Role.VIEWER)

    shown = viewer.get("/sequences/autumn/results")

    assert shown.status_code == 200
    assert "control group" in shown.text
    assert viewer.get("/sequences/nothing/results").status_code == 404


def test_one_mail_goes_on_to_the_people_it_is_for(marketer: FlaskClient, database: Engine) -> None:
    marketer.post("/campaigns", data=AIM)
    campaign = only_campaign(database)
    assert "first_steps_talk" in marketer.get(f"/campaigns/mail?campaign={campaign.id}").text

    form = {"title": "冬の案内", "mail": "first_steps_talk", "on": "2026-12-01", "at": "10:30"}
    gone_on = marketer.post("/campaigns/mail", data={**form, "campaign_id": str(campaign.id)})

    assert gone_on.status_code == 303
    assert gone_on.location.startswith("/sequences/one_off_")
    assert marketer.get(gone_on.location).status_code == 200
    with Session(database) as session:
        assert session.scalars(select(Sequence.campaign_id)).all() == [campaign.id]
    wrong = marketer.post("/campaigns/mail", data={**form, "on": "soon", "at": "late", "mail": ""})
    assert wrong.status_code == 422
    assert wrong.text.count("invalid-feedback") == 2
    # A window that closes as it opens lets nothing through.
    for at in ("23:59", "24:00"):
        assert marketer.post("/campaigns/mail", data={**form, "at": at}).status_code == 422
