"""The limits of sending: kept, audited, refused where they make no sense, and heeded by whoever sends."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from abm.errors import Invalid
from abm.models import AuditEntry
from abm.words import LimitSort, MessageState, SendReason
from abm.work import Installation, unit_of_work
from campaigns import sending
from campaigns.limits import limits_of_dialogue, read_limits, save_limits
from campaigns.pace import ALL_BY_DEFAULT, OTHERS_BY_DEFAULT, Limit, SendingLimits
from campaigns.sending import Run
from tests.campaigns.worlds import messages, pass_time, post_to, real_people, send_all
from tests.smtp_server import scripted

GROUP = Limit("google", LimitSort.GROUP, 2, 100, ("gmail.com",))
SLOW = SendingLimits(others=replace(OTHERS_BY_DEFAULT, per_minute=2))


def save(limits: SendingLimits) -> None:
    with unit_of_work() as work:
        save_limits(work.session, limits, by=None, at=work.at)


def test_limits_are_kept_audited_and_counted_from_then_on(installation: Installation) -> None:
    limits = SendingLimits(replace(ALL_BY_DEFAULT, at_once=5), replace(OTHERS_BY_DEFAULT, per_minute=30), (GROUP,))
    save(SLOW)
    save(limits)

    with unit_of_work() as work:
        found = read_limits(work.session)
        told = work.session.scalars(
            select(AuditEntry).where(AuditEntry.act == "sending.limits_changed").order_by(AuditEntry.at)
        ).all()
    dialogue = limits_of_dialogue(found)

    assert found == limits
    assert (dialogue.connections, dialogue.at_once("gmail.com"), dialogue.at_once("google")) == (5, 4, 2)
    assert [entry.detail["after"][1]["per_minute"] for entry in told] == [2, 30]


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (SendingLimits(replace(ALL_BY_DEFAULT, at_once=0)), "at_once.*"),
        (SendingLimits(replace(ALL_BY_DEFAULT, at_once=65)), "at_once.*"),
        (SendingLimits(others=replace(OTHERS_BY_DEFAULT, per_minute=0)), "per_minute.-"),
        (SendingLimits(groups=(replace(GROUP, domains=()),)), "domains.google"),
        (SendingLimits(groups=(replace(GROUP, domains=("a b",)),)), "domains.google"),
        (SendingLimits(groups=(GROUP, replace(GROUP, name="other"))), "domains.other"),
        (SendingLimits(groups=(replace(GROUP, name="*"),)), "name.*"),
    ],
)
def test_what_makes_no_sense_is_refused_by_place(installation: Installation, limits: SendingLimits, field: str) -> None:
    with unit_of_work() as work, pytest.raises(Invalid) as refused:
        save_limits(work.session, limits, by=None, at=work.at)

    assert refused.value.field == field


def test_what_is_beyond_a_minutes_limit_waits_and_leaves_in_its_time_or_when_the_limit_goes(
    installation: Installation,
) -> None:
    save(SLOW)
    real_people(count=5)
    with scripted() as server:
        post = post_to(installation, server)
        send_all(post)
        first = messages(installation.engine)
        pass_time(timedelta(seconds=31))
        send_all(post)
        second = messages(installation.engine)
        save(SendingLimits())
        send_all(post)

    def sent(found: list) -> int:
        return sum(one.state == MessageState.SENT for one in found)

    waiting = sorted(one.due_at for one in first if one.state == MessageState.PLANNED)
    assert (sent(first), sent(second), sent(messages(installation.engine))) == (1, 2, 5)
    assert {one.reason for one in first if one.state == MessageState.PLANNED} == {SendReason.DOMAIN_PACED}
    assert {later - sooner for sooner, later in itertools.pairwise(waiting)} == {timedelta(seconds=30)}


def test_a_sender_at_work_takes_up_what_is_changed_and_keeps_what_it_knows_while_the_database_is_away(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LIMITS_AGAIN_SECONDS", 0.0)
    with scripted() as server, Run(post_to(installation, server)) as run:
        run.step(within=0)
        first = run.limits
        save(SendingLimits(replace(ALL_BY_DEFAULT, at_once=3), groups=(GROUP,)))
        run.step(within=0)
        second = run.limits
        monkeypatch.setattr(sending, "unit_of_work", away)
        run.step(within=0)

    assert (first.connections, second.connections, second.at_once("google")) == (ALL_BY_DEFAULT.at_once, 3, 2)
    assert run.limits == second


def away(_engine: object) -> None:
    raise OperationalError("", None, Exception("away"))
