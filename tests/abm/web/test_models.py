"""The scoring model's pages: drafts by form and YAML, faults beside the fields, publishing by administrators only."""

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.models import ModelDraft, ScoreModel
from abm.scoring.document import read_yaml, write_yaml
from abm.scoring.live import default_document, get_version
from abm.web.model_form import read_number
from abm.words import Role
from abm.work import unit_of_work
from tests.abm.web.conftest import LogIn

INDEX = "/settings/model"


def the_draft() -> ModelDraft:
    with unit_of_work() as work:
        return work.session.scalars(select(ModelDraft).order_by(ModelDraft.changed_at.desc())).first()  # type: ignore[return-value]


def live_version() -> ScoreModel:
    with unit_of_work() as work:
        return get_version(work.session)


@pytest.fixture
def marketer(log_in: LogIn) -> FlaskClient:
    """A marketer's browser beside an open draft of the live model."""
    browser: FlaskClient = log_in(Role.MARKETER)
    assert browser.post(f"{INDEX}/drafts").status_code == 303
    return browser


def page_of_draft() -> str:
    return f"{INDEX}/drafts/{the_draft().id}"


def typed(page: str) -> dict[str, object]:
    """What a browser would send of the draft's form as it is shown."""
    form = page[page.index('name="seen_at"') :]
    fields: dict[str, object] = {}
    for name, value in re.findall(
        r'<input class="form-control abm-number[^"]*" name="([^"]+)".*?value="([^"]*)"', form
    ):
        fields[name] = value
    for name in re.findall(r'type="checkbox" name="(kinds[^"]+)" value="1"[^>]*checked', form):
        fields[name] = "1"
    fields["seen_at"] = re.search(r'name="seen_at" value="([^"]+)"', page)[1]  # type: ignore[index]
    return fields


def test_a_form_sent_back_as_it_was_changes_nothing(marketer: FlaskClient) -> None:
    page = marketer.get(page_of_draft()).text

    assert marketer.post(page_of_draft(), data=typed(page)).status_code == 303
    assert the_draft().document == default_document()


def test_a_changed_number_is_kept_and_marked_against_the_live_one(marketer: FlaskClient) -> None:
    fields = typed(marketer.get(page_of_draft()).text)

    answer = marketer.post(page_of_draft(), data={**fields, "kinds.click.base": "２.5", "note": "春から"})

    page = marketer.get(page_of_draft()).text
    assert answer.status_code == 303
    assert (the_draft().document["kinds"]["click"]["base"], the_draft().note) == (2.5, "春から")
    assert "live: 1" in page
    assert "<code>kinds.click.base</code>" in page
    assert live_version().version == 1


def test_rests_by_reason_and_lists_are_read(marketer: FlaskClient) -> None:
    fields = typed(marketer.get(page_of_draft()).text)
    fields |= {"mqa.cool_down_by_reason.false_signal": "7", "required_roles_asked": "1", "required_roles": "approver"}

    marketer.post(page_of_draft(), data=fields)

    document = the_draft().document
    assert document["mqa"]["cool_down_by_reason"] == {"false_signal": 7}
    assert document["required_roles"] == ["approver"]


def test_faults_stand_beside_their_fields_and_nothing_is_kept(marketer: FlaskClient) -> None:
    fields = typed(marketer.get(page_of_draft()).text)
    wrong = {"kinds.click.half_life_days": "0", "mqa.people": "two", "stages": "- {name: hot, when: always}\n"}

    answer = marketer.post(page_of_draft(), data={**fields, **wrong})

    assert answer.status_code == 422
    assert 'id="e-kinds.click.half_life_days">must be at least 0.01, not 0<' in answer.text
    assert 'id="e-mqa.people">must be a number, not two<' in answer.text
    assert "stages[0].name" in answer.text
    assert "- {name: hot, when: always}" in answer.text
    assert the_draft().document == default_document()


def test_a_comma_for_the_point_is_refused_and_never_taken_for_another_number(marketer: FlaskClient) -> None:
    fields = typed(marketer.get(page_of_draft()).text)

    answer = marketer.post(page_of_draft(), data={**fields, "kinds.click.base": "1,5", "cap": "１，５"})

    assert answer.status_code == 422
    for place in ("kinds.click.base", "cap"):
        assert f'id="e-{place}">must be written with a point, as 1.5, not 1,5<' in answer.text
    assert the_draft().document == default_document()


@pytest.mark.parametrize(
    ("text", "number"), [("1,500", 1500), ("12,000.5", 12000.5), ("1,5", "1,5"), ("1,50,0", "1,50,0"), ("", None)]
)
def test_a_comma_may_part_thousands(text: str, number: object) -> None:
    assert read_number(text) == number


def test_a_yaml_file_becomes_a_draft_and_is_given_back(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)
    text = write_yaml(default_document()).replace("cap: 5", "cap: 4")

    answer = marketer.post(f"{INDEX}/drafts", data={"file": (io.BytesIO(text.encode()), "model.yaml")})

    assert answer.status_code == 303
    back = marketer.get(f"{page_of_draft()}.yaml")
    assert read_yaml(back.data).document == {**default_document(), "cap": 4}
    assert "attachment" in back.headers["Content-Disposition"]
    assert read_yaml(marketer.get(f"{INDEX}/versions/1.yaml").data).document == default_document()


def test_a_file_with_faults_is_refused_with_every_line(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)
    text = write_yaml(default_document()).replace("cap: 5", "cap: -5") + "colour: red\n"

    answer = marketer.post(f"{INDEX}/drafts", data={"text": text})

    assert answer.status_code == 422
    assert "Line 1: <code>cap</code>" in answer.text
    assert "<code>colour</code>" in answer.text
    assert "colour: red" in answer.text


def test_a_draft_can_be_replaced_by_yaml(marketer: FlaskClient) -> None:
    page = marketer.get(page_of_draft()).text
    text = write_yaml({**default_document(), "cap": 3})

    wrong = marketer.post(f"{page_of_draft()}/yaml", data={"text": "cap: [", "seen_at": typed(page)["seen_at"]})
    right = marketer.post(f"{page_of_draft()}/yaml", data={"text": text, "seen_at": typed(page)["seen_at"]})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert the_draft().document["cap"] == 3


def test_only_an_administrator_publishes(marketer: FlaskClient, log_in: LogIn) -> None:
    fields = typed(marketer.get(page_of_draft()).text)
    marketer.post(page_of_draft(), data={**fields, "mqa.cool_down_days": "20"})
    place = page_of_draft()

    refused = marketer.post(f"{place}/publish")
    published = log_in(Role.ADMIN).post(f"{place}/publish")

    assert (refused.status_code, published.status_code) == (403, 303)
    assert live_version().document["mqa"]["cool_down_days"] == 20
    assert "Version 2" in marketer.get(INDEX).text
    assert marketer.get(place).status_code == 404


def test_pressing_publish_twice_publishes_once_and_says_so(marketer: FlaskClient, log_in: LogIn) -> None:
    place, admin = page_of_draft(), log_in(Role.ADMIN)
    marketer.post(place, data={**typed(marketer.get(place).text), "mqa.cool_down_days": "20"})

    answers = [admin.post(f"{place}/publish") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert live_version().version == 2
    assert "not open any more" in admin.get(INDEX).text


def test_a_golden_account_that_fails_asks_why(marketer: FlaskClient, log_in: LogIn) -> None:
    fields = typed(marketer.get(page_of_draft()).text)
    marketer.post(page_of_draft(), data={**fields, "cap": "4"})
    admin = log_in(Role.ADMIN)

    stopped = admin.post(f"{page_of_draft()}/publish")
    published = admin.post(f"{page_of_draft()}/publish", data={"despite": "four are enough"})

    assert (stopped.status_code, published.status_code) == (422, 303)
    assert "Golden accounts come out otherwise" in stopped.text
    assert "four are enough" in admin.get(INDEX).text


def test_a_draft_of_an_older_version_is_renewed_first(marketer: FlaskClient, log_in: LogIn) -> None:
    admin = log_in(Role.ADMIN)
    old, fields = page_of_draft(), typed(marketer.get(page_of_draft()).text)
    marketer.post(old, data={**fields, "mqa.cool_down_days": "20"})
    admin.post(f"{INDEX}/drafts")
    other = page_of_draft()
    admin.post(other, data={**typed(admin.get(other).text), "mqa.cool_down_days": "10"})
    admin.post(f"{other}/publish")

    refused = admin.post(f"{old}/publish")
    marketer.post(f"{old}/renew")

    assert refused.status_code == 422
    assert admin.post(f"{old}/publish").status_code == 303
    assert live_version().version == 3


def test_two_people_do_not_overwrite_each_other(marketer: FlaskClient) -> None:
    fields = typed(marketer.get(page_of_draft()).text)
    marketer.post(page_of_draft(), data={**fields, "mqa.cool_down_days": "20"})

    answer = marketer.post(page_of_draft(), data={**fields, "mqa.cool_down_days": "10"})

    assert answer.status_code == 409
    assert the_draft().document["mqa"]["cool_down_days"] == 20


def test_viewers_see_and_change_nothing(marketer: FlaskClient, log_in: LogIn) -> None:
    viewer = log_in(Role.VIEWER)

    assert viewer.get(INDEX).status_code == 200
    assert viewer.get(f"{INDEX}/versions/1").status_code == 200
    assert "<textarea" not in viewer.get(page_of_draft()).text
    assert viewer.post(page_of_draft()).status_code == 403
    assert viewer.post(f"{INDEX}/drafts").status_code == 403
    assert viewer.get("/settings").text.count(f'href="{INDEX}"') == 1


def test_a_draft_is_thrown_away(marketer: FlaskClient) -> None:
    place = page_of_draft()

    marketer.post(f"{place}/drop")

    assert marketer.get(place).status_code == 404


def test_the_pages_speak_japanese(marketer: FlaskClient, log_in: LogIn) -> None:
    japanese = log_in(Role.MARKETER, language="ja")
    fields = typed(japanese.get(page_of_draft()).text)

    answer = japanese.post(page_of_draft(), data={**fields, "kinds.click.half_life_days": "0"})

    assert "スコアモデル" in japanese.get(INDEX).text
    assert "0.01以上にしてください" in answer.text
