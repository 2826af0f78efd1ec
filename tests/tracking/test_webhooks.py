"""Every source at its door: genuine posts come in and others do not, whichever layer stands in front."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import host_time
from abm.config import Settings
from abm.models import InboundPost
from tests.contracts.senders import Sender, senders
from tests.tracking.conftest import Doors
from tests.tracking.test_doors import break_spool
from tracking.webhooks import READERS

SENDERS = senders()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    secrets = {READERS[one.name].setting: one.secrets for one in SENDERS.values() if one.name != "resend"}
    return replace(settings, **secrets)


def post(doors: Doors, sender: Sender, sample: str = "", secret: str | None = None):
    headers, body = sender.post(sample or sender.samples[0], secret, host_time())
    named = {name.title(): value for name, value in headers.items() if name != "content-type"}
    return doors.client.post(f"/hook/{sender.name}", data=body, headers=named, content_type="application/json")


def kept(doors: Doors) -> list[InboundPost]:
    doors.load()
    with Session(doors.installation.engine) as session:
        return list(session.scalars(select(InboundPost)))


@pytest.mark.parametrize("name", [name for name in SENDERS if name != "resend"])
def test_a_genuine_post_is_kept_and_no_secret_with_it(doors: Doors, name: str) -> None:
    answer = post(doors, SENDERS[name])

    [row] = kept(doors)
    assert (answer.status_code, answer.headers["X-Hit"], row.source) == (202, str(row.hit_id), name)
    assert not {"authorization", "x-zm-signature", "webhook-signature"} & set(row.headers)


@pytest.mark.parametrize("name", SENDERS)
def test_a_post_with_a_wrong_secret_or_without_one_is_refused(doors: Doors, name: str) -> None:
    wrong = {"resend": SENDERS["resend"].secrets[0], "sendgrid": "another", "postmark": "no:body"}.get(name)
    secret = wrong or ("whsec_bm9ib2R5" if name == "generic" else "nobody")

    answer = post(doors, SENDERS[name], secret=secret)

    assert answer.status_code == 401
    assert kept(doors) == []


def test_a_sender_that_is_not_known_finds_nothing(doors: Doors) -> None:
    assert doors.client.post("/hook/nobody", data=b"{}").status_code == 404


def test_zoom_is_answered_at_once_and_nothing_is_kept(doors: Doors) -> None:
    answer = post(doors, SENDERS["zoom"], "question", "second-token")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert json.loads(answer.data)["plainToken"] == "qgg8vlvZRS6UYooatFL8Aw"
    assert kept(doors) == []


def test_while_nothing_can_be_stored_a_sender_is_told_to_try_again(doors: Doors) -> None:
    break_spool(doors)

    assert post(doors, SENDERS["zoom"], "joined").status_code == 503


def test_no_secret_stands_in_what_a_log_might_show(settings: Settings) -> None:
    shown = repr(settings)

    assert not [secret for sender in SENDERS.values() for secret in sender.secrets if secret in shown]
