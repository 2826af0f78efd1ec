"""Other systems take people on: under a token, by the sequence's own terms, and once however often they ask."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import Client, TestResponse

from abm.api.app import create_api
from abm.api_tokens import list_api_tokens, make_api_token, revoke_api_token
from abm.front import web
from abm.models import Enrollment
from abm.words import ApiScope, EnrollmentState, TriggerKind
from abm.work import Installation, unit_of_work
from campaigns.library import read_document
from campaigns.sequences import apply_sequence, end_sequence, publish_sequence
from tests.campaigns.worlds import enrollments, make_people

Ask = Callable[..., TestResponse]
NAME = "first_steps"
PATH = f"/sequences/{NAME}/enrollments"
BY_API = {"triggers": [{"on": "api"}]}
AGAIN_AT_ONCE = {**BY_API, "reentry": {"after": {"days": 0}}}


@pytest.fixture
def secret(installation: Installation) -> str:
    with unit_of_work() as work:
        return make_api_token(work.session, "CRM", [ApiScope.ENROLL], work.at)[1]


@pytest.fixture
def ask(installation: Installation, secret: str) -> Ask:
    client = Client(create_api(installation.settings, installation.engine))

    def ask(body: Any, path: str = PATH, **headers: str) -> TestResponse:
        return client.post(path, json=body, headers={"Authorization": f"Bearer {secret}", **headers})

    return ask


def publish(**over: Any) -> uuid.UUID:
    """The sequence with nobody on it; answers the id of somebody who may be mailed."""
    with unit_of_work() as work:
        (who,) = make_people(work.session)
        apply_sequence(work.session, {**read_document(NAME), **over}, work.at)
        publish_sequence(work.session, NAME, at=work.at, nobody_yet=True)
        return who.id


def test_another_system_takes_a_person_on_once(installation: Installation, secret: str) -> None:
    who = publish(**BY_API)
    served = Client(web(installation))
    bearer = {"Authorization": f"Bearer {secret}"}

    first = served.post(f"/api{PATH}", json={"contact": "P0@acme.example"}, headers=bearer)
    second = served.post(f"/api{PATH}", json={"contact": str(who)}, headers=bearer)

    assert (first.status_code, first.json) == (201, {"sequence": NAME, "contact": str(who), "answer": "taken_on"})
    assert (second.status_code, second.json) == (200, {"sequence": NAME, "contact": str(who), "answer": "running"})
    assert [one.origin for one in enrollments(installation.engine)] == [TriggerKind.API]
    assert served.get("/api/openapi.json").json["paths"].keys() == {"/sequences/{name}/enrollments"}


def test_one_key_begins_once_also_after_the_end(installation: Installation, ask: Ask) -> None:
    who = {"contact": str(publish(**AGAIN_AT_ONCE))}
    answers = []
    for key in ("order 7", "order 7", "order 8"):
        answers.append(ask(who, **{"Idempotency-Key": key}).json["answer"])
        with unit_of_work() as work:
            done = {"state": EnrollmentState.COMPLETED, "ended_at": work.at, "due_at": None}
            work.session.execute(update(Enrollment).values(done))

    assert answers == ["taken_on", "been_before", "taken_on"]


@pytest.mark.parametrize(
    ("body", "path", "headers", "status", "code"),
    [
        ({"contact": "p0@acme.example"}, PATH, {"Authorization": "Bearer abm_guessed"}, 401, "no_token"),
        ({"contact": "p0@acme.example"}, PATH, {"Authorization": ""}, 401, "no_token"),
        ({"contact": "p0@acme.example"}, "/sequences/unknown/enrollments", {}, 404, "not_found"),
        ({"contact": "nobody@acme.example"}, PATH, {}, 404, "not_found"),
        ({"contact": ["p0@acme.example"]}, PATH, {}, 422, "missing"),
        ({"contact": "p0\0"}, PATH, {}, 422, "missing"),
        ([], PATH, {}, 422, "missing"),
        ({"contact": "p0@acme.example"}, PATH, {"Idempotency-Key": "x" * 201}, 422, "too_long"),
        ({"contact": "x" * 70_000}, PATH, {}, 413, "request_entity_too_large"),
        ({}, "/elsewhere", {}, 404, "not_found"),
    ],
)
def test_what_is_wrong_is_named(
    ask: Ask, body: Any, path: str, headers: dict[str, str], status: int, code: str, installation: Installation
) -> None:
    publish(**BY_API)

    answer = ask(body, path, **headers)

    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert enrollments(installation.engine) == []


def test_only_sequences_that_let_them_and_are_out_take_people_on(ask: Ask, installation: Installation) -> None:
    who = {"contact": str(publish())}

    silent = ask(who)
    with unit_of_work() as work:
        end_sequence(work.session, NAME, work.at)
    ended = ask(who)

    assert (silent.status_code, silent.json["error"]["code"]) == (422, "no_api")
    assert (ended.status_code, ended.json["error"]["code"]) == (409, "not_published")
    assert enrollments(installation.engine) == []


def test_a_token_is_good_for_its_scopes_until_it_is_revoked(ask: Ask) -> None:
    who = {"contact": str(publish(**BY_API))}
    with unit_of_work() as work:
        (token,) = list_api_tokens(work.session)
        token.scopes = []
    bare = ask(who)
    with unit_of_work() as work:
        revoke_api_token(work.session, token.id, work.at)

    assert (bare.status_code, bare.json["error"]["code"]) == (403, "not_allowed")
    assert ask(who).status_code == 401
