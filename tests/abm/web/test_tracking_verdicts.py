"""People and machines side by side, the visits behind the counts, and what a marketer says otherwise."""

import pytest
from sqlalchemy import func, select, update

from abm.models import AuditEntry, Hit, Message, VerdictOverrule
from abm.words import HitKind, Role, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.tracking.world import Sent, did, send_mail
from tests.worlds import NOON
from tracking import hit as hits
from tracking.copying import copy_hits
from tracking.record import record_batch


@pytest.fixture
def visits(installation: Installation) -> list[hits.Hit]:
    """Two clicks of a person, one of a machine."""
    with unit_of_work() as work:
        sent: Sent = send_mail(work.session, installation.signer)
        now = (work.at - NOON).total_seconds()
        arrived = [
            did(sent, HitKind.CLICK, now - 7200),
            did(sent, HitKind.DOWNLOAD, now - 3600),
            did(sent, HitKind.CLICK, now - 1800, method="HEAD"),
        ]
        copy_hits(work.session, arrived)
        record_batch(work.session)
    return arrived


def verdict(hit: hits.Hit) -> str:
    with unit_of_work() as work:
        return work.session.get_one(Hit, hit.id).verdict


def test_people_and_machines_stand_side_by_side_with_the_reason(log_in: LogIn, visits: list[hits.Hit]) -> None:
    page = log_in(Role.MARKETER).get("/tracking/verdicts").text

    assert "acme" in page
    assert page.count("Asked for the head only") == 2
    assert "33%" in page


def test_a_count_leads_to_its_visits(log_in: LogIn, visits: list[hits.Hit]) -> None:
    marketer = log_in(Role.MARKETER)

    machines = marketer.get("/tracking/verdicts/hits?side=machines").text
    people = marketer.get("/tracking/verdicts/hits?side=people").text

    assert (machines.count("/tracking/verdicts/hits/"), people.count("/tracking/verdicts/hits/")) == (1, 2)
    assert "/tracking/verdicts/hits/" not in marketer.get("/tracking/verdicts/hits?domain=zeta.example").text


def test_a_verdict_is_set_right_and_given_back(log_in: LogIn, visits: list[hits.Hit]) -> None:
    marketer, machine = log_in(Role.MARKETER), visits[2]
    address = f"/tracking/verdicts/hits/{machine.id}"
    assert "Asked for the head only" in marketer.get(address).text

    answer = marketer.post(address, data={"verdict": "likely", "scope": "hit", "reason": "She told me"})

    assert answer.status_code == 303
    assert verdict(machine) == Verdict.LIKELY
    assert "She told me" in marketer.get("/tracking/verdicts").text
    with unit_of_work() as work:
        said = work.session.scalars(select(VerdictOverrule.id)).one()
    marketer.post(f"/tracking/verdicts/overrules/{said}/withdraw")
    assert verdict(machine) == Verdict.MACHINE
    with unit_of_work() as work:
        acts = work.session.scalar(select(func.count()).where(AuditEntry.act.startswith("verdict.")))
    assert acts == 2


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "60 seconds"), (90, "90 minutes"), (5 * 60, "5 hours"), (27 * 24 * 60, "27 days")]
)
def test_how_long_after_delivery_is_said_in_a_unit_one_can_read(
    log_in: LogIn, installation: Installation, minutes: int, words: str
) -> None:
    with unit_of_work() as work:
        sent = send_mail(work.session, installation.signer)
        work.session.execute(update(Message).values(delivered_at=NOON))
        click = did(sent, HitKind.CLICK, minutes * 60)
        copy_hits(work.session, [click])
        record_batch(work.session)

    assert words in log_in(Role.MARKETER).get(f"/tracking/verdicts/hits/{click.id}").text


def test_without_a_reason_nothing_is_changed(log_in: LogIn, visits: list[hits.Hit]) -> None:
    answer = log_in(Role.MARKETER).post(
        f"/tracking/verdicts/hits/{visits[2].id}", data={"verdict": "likely", "reason": " "}
    )

    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    assert verdict(visits[2]) == Verdict.MACHINE


def test_an_empty_page_teaches_in_the_readers_language(log_in: LogIn, installation: Installation) -> None:
    assert "受信側のメールゲートウェイ" in log_in(Role.MARKETER, language="ja").get("/tracking/verdicts").text


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_only_marketers_judge(log_in: LogIn, visits: list[hits.Hit], role: Role) -> None:
    reader = log_in(role)

    assert reader.get("/tracking/verdicts").status_code == 403
    assert reader.post(f"/tracking/verdicts/hits/{visits[2].id}", data={}).status_code == 403
