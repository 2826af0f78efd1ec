"""API tokens as settings: made with scopes, shown once, revoked behind a question, and for administrators only."""

import re
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from abm.api_tokens import find_api_token, list_api_tokens, make_api_token, revoke_api_token
from abm.models import ApiToken, AuditEntry
from abm.web.acts import settings
from abm.words import ApiScope, Role
from abm.work import unit_of_work
from campaigns.library import read_document
from campaigns.sequences import apply_sequence, end_sequence, publish_sequence
from tests.abm.web.conftest import LogIn

PAGE = "/settings/tokens"
SECRET = re.compile(r'id="f-secret" value="(abm_[\w-]{43})"')


def make(client: FlaskClient, name: str = "CRM", scopes: Sequence[str] = ("sequences:enroll",)) -> str:
    return client.post(PAGE, data={"name": name, "scopes": list(scopes)}).text


def secret_in(page: str) -> str:
    found = SECRET.search(page)
    assert found
    return found[1]


def tokens() -> list[ApiToken]:
    with unit_of_work() as work:
        return list_api_tokens(work.session)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SALES, Role.MARKETER])
def test_tokens_are_for_administrators(log_in: LogIn, role: Role) -> None:
    browser = log_in(role)

    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, data={"name": "CRM", "scopes": "sequences:enroll"}).status_code == 403
    assert tokens() == []


def test_a_secret_is_shown_once_with_the_request_it_is_good_for(log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN)

    shown = make(browser)

    secret = secret_in(shown)
    with unit_of_work() as work:
        found = find_api_token(work.session, secret)
        assert found is not None
        assert found.scopes == ["sequences:enroll"]
    assert f"Bearer {secret}" in shown
    assert "/api/sequences/NAME/enrollments" in shown
    assert secret not in browser.get(PAGE).text


def test_who_made_and_who_revoked_a_token_is_shown_and_noted(log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN, name="Aoki")
    make(browser)
    (token,) = tokens()
    before = browser.get(PAGE).text
    again = [browser.post(f"{PAGE}/{token.id}/revoke", follow_redirects=True).text for _ in range(2)]

    with unit_of_work() as work:
        mine = work.session.scalars(select(AuditEntry).where(AuditEntry.subject == "api_token").order_by(AuditEntry.id))
        acts = [(entry.act, entry.user_id is not None, entry.subject_id == token.id) for entry in mine]
    assert before.count("Aoki</div>") == 1
    assert "Never yet" in before
    assert "was revoked. Whoever sends it is refused" in again[0]
    assert again[0].count("Aoki</div>") == 2
    assert "This token was revoked already." in again[1]
    assert acts == [("api_token.made", True, True), ("api_token.revoked", True, True)]


def test_tokens_made_and_revoked_by_command_are_shown_too(log_in: LogIn) -> None:
    with unit_of_work() as work:
        for name in ("CRM", "shop"):
            token, _ = make_api_token(work.session, name, [ApiScope.ENROLL], work.at)
        revoke_api_token(work.session, token.id, work.at)

    page = log_in(Role.ADMIN).get(PAGE).text

    assert page.count("by command") == 3
    assert page.index("CRM</div>") < page.index("Revoked tokens") < page.index("shop</div>")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " ", "scopes": "sequences:enroll"}, "Say which system it is for"),
        ({"name": "あ" * 101, "scopes": "sequences:enroll"}, "Say which system it is for"),
        ({"name": "CRM"}, "Please choose at least one thing"),
        ({"name": "CRM", "scopes": "everything"}, "Please choose at least one thing"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_is_made(
    log_in: LogIn, given: dict[str, str], said: str
) -> None:
    refused = log_in(Role.ADMIN).post(PAGE, data=given)

    assert (refused.status_code, said in refused.text) == (422, True)
    assert f'value="{given["name"]}"' in refused.text
    assert tokens() == []


def test_an_empty_page_says_what_a_token_is_for(log_in: LogIn) -> None:
    page = log_in(Role.ADMIN).get(PAGE).text

    assert "No other system may ask yet" in page
    assert "No running sequence lets other systems take people on yet." in page
    assert "600 times a minute" in page


def test_the_example_names_a_running_sequence_that_may_be_begun(log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN)
    with unit_of_work() as work:
        for name, triggers in (("first_steps", [{"on": "api"}]), ("renewal", [{"on": "hand"}])):
            apply_sequence(work.session, {**read_document(name), "triggers": triggers}, work.at)
            publish_sequence(work.session, name, at=work.at, nobody_yet=True)
    running = browser.get(PAGE).text
    with unit_of_work() as work:
        end_sequence(work.session, "first_steps", work.at)

    with browser.application.app_context():
        assert f"{settings().public_url}/api/sequences/first_steps/enrollments" in running
    assert "<code>renewal</code>" not in running
    assert "/api/sequences/NAME/enrollments" in browser.get(PAGE).text


def test_the_page_speaks_japanese(log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN, language="ja")

    made = make(browser)

    assert "一度だけ表示されます" in made
    assert "シナリオへの担当者の登録" in browser.get(PAGE).text
