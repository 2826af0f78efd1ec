"""A token may ask so often a minute, wherever it asks; without Valkey everybody is answered all the same."""

from dataclasses import replace

import pytest
from werkzeug.test import Client, TestResponse

from abm.api.app import create_api
from abm.api_tokens import make_api_token
from abm.words import ApiScope
from abm.work import Installation, unit_of_work

PATH = "/sequences/unknown/enrollments"
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def twice(installation: Installation) -> Installation:
    """An installation where a token may ask twice a minute."""
    return replace(installation, settings=replace(installation.settings, api_requests=2))


def process(installation: Installation) -> Client:
    """What one web process answers."""
    return Client(create_api(installation.settings, installation.engine))


def make_token(*scopes: ApiScope) -> str:
    with unit_of_work() as work:
        token, secret = make_api_token(work.session, "CRM", [ApiScope.ENROLL], work.at)
        token.scopes = list(scopes)
        return secret


def ask(client: Client, secret: str) -> TestResponse:
    return client.post(PATH, json={"contact": "p0@acme.example"}, headers={"Authorization": f"Bearer {secret}"})


def test_who_asks_too_often_is_told_when_to_come_again(twice: Installation) -> None:
    api, secret = process(twice), make_token(ApiScope.ENROLL)

    answers = [ask(api, secret) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2].json["error"]["code"] == "too_often"
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert ["Retry-After" in answer.headers for answer in answers] == [False, False, True]


def test_all_processes_count_together_and_each_token_for_itself(twice: Installation) -> None:
    busy, other, one, two = make_token(ApiScope.ENROLL), make_token(ApiScope.ENROLL), process(twice), process(twice)

    answers = [ask(api, busy).status_code for api in (one, two, one, two)]

    assert answers == [404, 404, 429, 429]
    assert ask(two, other).status_code == 404


def test_what_a_token_may_not_do_counts_and_what_is_open_does_not(twice: Installation) -> None:
    api, secret = process(twice), make_token()

    answers = [ask(api, secret).status_code for _ in range(3)]
    described = [api.get("/openapi.json").status_code for _ in range(3)]

    assert (answers, described) == ([403, 403, 429], [200, 200, 200])


def test_without_valkey_a_request_is_answered_and_each_process_counts_alone(twice: Installation) -> None:
    settings = replace(twice.settings, redis_url=NOBODY_LISTENS)
    alone, secret = replace(twice, settings=settings), make_token(ApiScope.ENROLL)

    answers = [[ask(api, secret).status_code for _ in range(3)] for api in (process(alone), process(alone))]

    assert answers == [[404, 404, 429]] * 2
