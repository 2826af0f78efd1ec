"""`abm inbound` says what came in and tries again what could not be read."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from abm.models import InboundPost
from abm.work import Installation
from tests.abm.cli.conftest import Command
from tracking.hit import new_hit_id


def test_the_sources_are_listed_with_what_came_of_them(abm: Command, installation: Installation) -> None:
    add_failed(installation)

    listed = abm("inbound", "list", "--json")

    found = {one["name"]: one for one in listed.json}
    assert set(found) == {"ses", "sendgrid", "postmark", "mailgun", "resend", "zoom", "generic"}
    assert (found["zoom"]["posts"], found["zoom"]["failed"], found["zoom"]["is_set"]) == (1, 1, False)


def test_what_failed_is_tried_again_once(abm: Command, installation: Installation) -> None:
    add_failed(installation)

    first, second = abm("inbound", "retry", "--json"), abm("inbound", "retry", "--source", "zoom", "--json")

    assert (first.json, second.json) == ({"posts": 1, "people": 0}, {"posts": 0, "people": 0})


def test_a_source_that_is_not_known_is_wrong_usage(abm: Command) -> None:
    assert abm("inbound", "retry", "--source", "nobody").code == 2


def add_failed(installation: Installation) -> None:
    with Session(installation.engine) as session:
        now = datetime.now(UTC)
        session.add(InboundPost(hit_id=new_hit_id(), source="zoom", received_at=now, body=b"odd", state="failed"))
        session.commit()
