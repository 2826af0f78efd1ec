"""Channels: what may be entered, whose secret signs, and sending again what was missed."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from abm.channels.channels import (
    Entering,
    Wish,
    add_channel,
    change_channel,
    enable_channel,
    masked,
    remove_channel,
    rotate_secret,
    send_again,
    send_all_again,
)
from abm.channels.sealed import address_of
from abm.channels.told import KEEPS_SIGNING, read_target
from abm.clock import host_time
from abm.connectors.standard import is_signed
from abm.errors import Conflict, Invalid, NotFound
from abm.models import AuditEntry, Channel, Delivery
from abm.words import ChannelKind, DeliveryState, Language, TaskEvent
from abm.work import Installation, Work, unit_of_work
from tests.abm.channels.worlds import (
    FAILED,
    PLANNED,
    SEAL,
    SENT,
    deliveries,
    get_channel_now,
    let_hours_pass,
    listen,
    open_task,
    outlet_of,
    secrets_now,
    states,
    tell,
)
from tests.receiver import receiving
from tests.worlds import make_user


def wish(url: str, kind: ChannelKind = ChannelKind.WEBHOOK, **over: object) -> Wish:
    values = {"kind": kind, "title": "CRM", "url": url, "events": (), "language": Language.JAPANESE, **over}
    return Wish(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (wish("http://crm.example/hook"), "url"),
        (wish("https://user:password@crm.example/hook"), "url"),
        (wish("nonsense"), "url"),
        (wish("https://crm.example/hook", ChannelKind.SLACK), "url"),
        (wish("https://hooks.slack.com/services/T/B/X", ChannelKind.TEAMS), "url"),
        (wish("https://crm.example/hook", title=" "), "title"),
        (wish("https://crm.example/hook", title="x" * 81), "title"),
    ],
)
def test_what_cannot_work_is_refused_with_its_field(installation: Installation, wanted: Wish, field: str) -> None:
    with unit_of_work() as work, pytest.raises(Invalid) as refused:
        add_channel(work.session, wanted, Entering(uuid.uuid4(), work.at, SEAL))

    assert refused.value.field == field


def test_no_address_or_secret_stands_in_the_audit(installation: Installation) -> None:
    channel = listen("https://crm.example/hook/very-secret-part")

    with unit_of_work() as work:
        details = [str(entry.detail) for entry in work.session.scalars(select(AuditEntry))]
    assert secrets_now(channel)[0].startswith("whsec_")
    assert not any("very-secret-part" in said or "whsec_" in said for said in details)
    assert masked(address_of(channel, SEAL)) == "https://crm.example/…part"


def by(session: object) -> uuid.UUID:
    found: uuid.UUID = make_user(session).id  # type: ignore[arg-type]
    return found


def entering(work: Work) -> Entering:
    """Somebody enters something, now."""
    return Entering(by(work.session), work.at, SEAL)


def test_neither_address_nor_secret_lies_open_and_what_does_is_sealed_at_the_next_delivery(
    installation: Installation,
) -> None:
    with receiving() as receiver:
        channel = listen(receiver.url)
        lying = (channel.url, *channel.secrets)
        secret = secrets_now(channel)
        with unit_of_work() as work:
            older = work.session.get_one(Channel, channel.id)
            older.url, older.secrets = receiver.url, secret
        open_task(None)
        tell(outlet_of(installation))

    after = get_channel_now(channel)
    assert all(SEAL.is_newest(kept) for kept in (*lying, after.url, *after.secrets))
    assert not any(receiver.url in kept or "whsec_" in kept for kept in (*lying, after.url, *after.secrets))
    assert (address_of(after, SEAL), secrets_now(after)) == (receiver.url, secret)
    assert is_signed(*receiver.got[0], secret, host_time())


def test_a_replaced_secret_signs_for_one_more_day(installation: Installation) -> None:
    with receiving() as receiver:
        channel = listen(receiver.url)
        (old,) = secrets_now(channel)
        with unit_of_work() as work:
            new, _ = secrets_now(rotate_secret(work.session, channel.id, entering(work)))
        open_task(None)
        tell(outlet_of(installation))
        let_hours_pass(25)
        open_task(None)
        tell(outlet_of(installation))

    (first, second) = receiver.got
    assert [is_signed(*first, [secret], host_time()) for secret in (old, new)] == [True, True]
    assert [is_signed(*second, [secret], host_time()) for secret in (old, new)] == [False, True]


def test_a_secret_is_read_as_fresh_only_for_its_day(installation: Installation) -> None:
    channel = listen("https://crm.example/hook")
    with unit_of_work() as work:
        turned = rotate_secret(work.session, channel.id, entering(work))
        at = work.at

    assert len(read_target(turned, at, SEAL).secrets) == 2
    assert len(read_target(turned, at + KEEPS_SIGNING, SEAL).secrets) == 1


def test_an_empty_address_keeps_the_one_it_has(installation: Installation) -> None:
    channel = listen("https://crm.example/hook")

    with unit_of_work() as work:
        wanted = wish("", title="別の名前", events=(TaskEvent.ANSWERED,))
        change_channel(work.session, channel.id, wanted, entering(work))

    changed = get_channel_now(channel)
    assert (address_of(changed, SEAL), changed.title, changed.events) == (
        "https://crm.example/hook",
        "別の名前",
        ["answered"],
    )


def test_one_delivery_is_sent_again_under_its_id(installation: Installation) -> None:
    open_task(None)
    with receiving() as receiver:
        listen(receiver.url)
        tell(outlet_of(installation))
        (delivery,) = deliveries()
        with unit_of_work() as work:
            send_again(work.session, delivery.id, by=by(work.session), at=work.at)
        with unit_of_work() as work, pytest.raises(Conflict):
            send_again(work.session, delivery.id, by=by(work.session), at=work.at)
        tell(outlet_of(installation))

    assert receiver.ids == [str(delivery.id)] * 2
    assert states() == [SENT]


def test_everything_missed_since_a_moment_is_sent_again_once(installation: Installation) -> None:
    with receiving(410, 204) as receiver:
        channel = listen(receiver.url)
        open_task(None)
        tell(outlet_of(installation))
        open_task(None)
        tell(outlet_of(installation))
        assert states() == [FAILED]
        with unit_of_work() as work:
            since = work.at - timedelta(hours=1)
            enable_channel(work.session, channel.id, by=by(work.session), at=work.at)
            counts = [
                send_all_again(work.session, channel.id, since, also_sent=False, by=by(work.session), at=work.at)
                for _ in range(2)
            ]
        tell(outlet_of(installation))

    assert counts == [2, 0]
    assert states() == [SENT, SENT]
    assert len(receiver.got) == 3


def test_what_arrived_is_sent_again_only_when_asked_for(installation: Installation) -> None:
    open_task(None)
    with receiving() as receiver:
        channel = listen(receiver.url)
        tell(outlet_of(installation))
    with unit_of_work() as work:
        ask = {"by": by(work.session), "at": work.at}
        since = work.at - timedelta(hours=1)
        without = send_all_again(work.session, channel.id, since, also_sent=False, **ask)
        including = send_all_again(work.session, channel.id, since, also_sent=True, **ask)

    assert (without, including, states()) == (0, 1, [PLANNED])


def test_a_channel_that_is_off_sends_nothing_again(installation: Installation) -> None:
    channel = listen("https://crm.example/hook")
    with unit_of_work() as work:
        work.session.get_one(Channel, channel.id).disabled_at = work.at

    with unit_of_work() as work, pytest.raises(Conflict):
        send_all_again(work.session, channel.id, work.at, also_sent=True, by=by(work.session), at=work.at)


def test_a_removed_channel_keeps_its_history_but_neither_address_nor_secret(installation: Installation) -> None:
    open_task(None)
    with receiving() as receiver:
        channel = listen(receiver.url)
        tell(outlet_of(installation))
        with unit_of_work() as work:
            remove_channel(work.session, channel.id, by=by(work.session), at=work.at)
        open_task(None)
        tell(outlet_of(installation))

    left = get_channel_now(channel)
    assert (left.secrets, left.url) == ([], "")
    assert (len(receiver.got), states()) == (1, [SENT])
    with unit_of_work() as work, pytest.raises(NotFound):
        rotate_secret(work.session, channel.id, entering(work))


def test_a_mail_is_no_delivery_of_a_channel(installation: Installation) -> None:
    with unit_of_work() as work:
        rep = make_user(work.session)
    open_task(rep)
    tell(outlet_of(installation))
    with unit_of_work() as work:
        mail = work.session.scalars(select(Delivery)).one()
        mail.state = DeliveryState.FAILED

    with unit_of_work() as work, pytest.raises(NotFound):
        send_again(work.session, mail.id, by=rep.id, at=work.at)
