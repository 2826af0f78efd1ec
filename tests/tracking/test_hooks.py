"""What another system posts is kept as it came, or its sender is told to try again."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.models import Hit, InboundPost
from tests.tracking.conftest import Doors
from tests.tracking.test_doors import break_spool
from tracking.webhooks import LONGEST_POST, SOURCES, Challenge, Post, Refused

RAW = b'{"event": "bounced",\r\n\t"odd": "\xff\x00"}'


def checked(post: Post, settings: Settings) -> Refused | Challenge | None:
    """Genuine when it says the word."""
    if post.body == b"are you there?":
        return Challenge(b'{"here": true}')
    return None if post.headers.get("x-word") == "please" else Refused("signature")


@pytest.fixture(autouse=True)
def source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "test", checked)


def post(doors: Doors, body: bytes = RAW, word: str = "please", source: str = "test", **over: object):
    headers = {"X-Word": word, "Webhook-Id": "msg_1", "Authorization": "secret", "User-Agent": "Provider/1"}
    return doors.client.post(f"/hook/{source}", data=body, headers=headers, content_type="application/json", **over)


def posts(doors: Doors) -> list[InboundPost]:
    with Session(doors.installation.engine) as session:
        return list(session.scalars(select(InboundPost)))


def test_a_genuine_report_is_kept_byte_by_byte_beside_its_hit(doors: Doors):
    answer = post(doors)
    doors.load()

    [kept] = posts(doors)
    assert (answer.status_code, answer.headers["X-Hit"]) == (202, str(kept.hit_id))
    assert (kept.source, kept.body, kept.state, kept.attempts) == ("test", RAW, "waiting", 0)
    assert kept.headers == {"content-type": "application/json", "user-agent": "Provider/1", "webhook-id": "msg_1"}


def test_a_report_is_no_act_that_waits_to_become_an_event(doors: Doors):
    post(doors)
    doors.load()

    with Session(doors.installation.engine) as session:
        [hit] = session.scalars(select(Hit))
    assert (hit.kind, hit.message_key, hit.detail["source"]) == ("webhook", None, "test")
    assert hit.recorded_at is not None


def test_what_does_not_prove_to_be_genuine_is_refused_and_not_kept(doors: Doors):
    answer = post(doors, word="now")
    doors.load()

    assert (answer.status_code, "X-Hit" in answer.headers) == (401, False)
    assert posts(doors) == []


def test_a_challenge_is_answered_and_not_kept(doors: Doors):
    answer = post(doors, b"are you there?")
    doors.load()

    assert (answer.status_code, answer.json) == (200, {"here": True})
    assert posts(doors) == []


def test_a_machine_is_told_to_try_again_when_its_report_could_not_be_stored(doors: Doors):
    break_spool(doors)

    answer = post(doors)

    assert (answer.status_code, "X-Hit" in answer.headers) == (503, False)


@pytest.mark.parametrize(("size", "status"), [(LONGEST_POST, 202), (LONGEST_POST + 1, 413)])
def test_a_report_may_have_a_megabyte(doors: Doors, size: int, status: int):
    assert post(doors, b"x" * size).status_code == status


def test_a_source_we_do_not_know_is_not_there(doors: Doors):
    assert post(doors, source="elsewhere").status_code == 404
    assert doors.visit("/hook/test").status_code == 405
