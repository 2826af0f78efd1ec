"""Delivering: every change is told once, whatever dies, races, refuses or is away."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from sqlalchemy import text

from abm import users
from abm.channels.deliver import deliver_next_batch
from abm.channels.letters import message_id_of
from abm.channels.outbox import claim_deliveries, mark_leaving
from abm.clock import host_time
from abm.config import Settings
from abm.connectors.mail.mailbox import list_caught
from abm.connectors.standard import is_signed
from abm.handoff.changes import record_change
from abm.models import Channel, Delivery, Notice, Task, User
from abm.up import as_environment
from abm.words import ChannelKind, DeliveryReason, DeliveryState, NoticeKind, Role, TaskEvent, TaskState
from abm.work import Installation, unit_of_work
from tests.abm.channels.worlds import (
    FAILED,
    PLANNED,
    SENT,
    add_rep,
    deliveries,
    get_channel_now,
    let_hours_pass,
    listen,
    mailbox,
    open_task,
    outlet_of,
    plan,
    secrets_now,
    states,
    tell,
)
from tests.campaigns.worlds import let_leases_run_out
from tests.receiver import hang_up, receiving, say
from tests.smtp_server import HANG_UP, scripted

ROOT = Path(__file__).parents[3]


def caught() -> list[str]:
    """Subjects in the local mailbox."""
    with unit_of_work() as work:
        return [mail.subject for mail in list_caught(work.session)]


def test_an_owner_gets_one_mail_however_often_the_bell_rings(installation: Installation) -> None:
    open_task(add_rep(language="en"))

    with mailbox(installation) as outlet:
        tell(outlet)
        tell(outlet)

        assert caught() == ["Hand-off to sales: assigned – 株式会社アクメ <&>"]
    assert states() == [SENT]


def test_a_webhook_is_signed_and_says_what_happened(installation: Installation) -> None:
    task = open_task(None, TaskState.NEW)
    with receiving() as receiver:
        channel = listen(receiver.url)
        tell(outlet_of(installation))

    ((headers, body),) = receiver.got
    said = json.loads(body)
    assert is_signed(headers, body, secrets_now(channel), host_time())
    assert headers["webhook-id"] == str(deliveries()[0].id)
    assert (said["type"], said["data"]["task"]["id"]) == ("task.opened", str(task.id))
    assert said["data"]["task"]["why"][0] == "Score 48.2 (threshold 40), 2 engaged"
    assert said["data"]["change"]["new"] == TaskState.NEW


def test_a_receiver_that_fails_is_tried_again_under_the_same_id(installation: Installation) -> None:
    open_task(None)
    with receiving(500, hang_up, 204) as receiver:
        listen(receiver.url)
        outlet = outlet_of(installation)
        tell(outlet)
        assert [(one.state, one.reason) for one in deliveries()] == [(PLANNED, DeliveryReason.THEIR_FAULT)]
        for hours in (1, 2):
            let_hours_pass(hours)
            tell(outlet)

    (delivery,) = deliveries()
    assert (delivery.state, delivery.attempts, len(receiver.got)) == (SENT, 3, 3)
    assert set(receiver.ids) == {str(delivery.id)}
    assert [one["status"] for one in delivery.tries] == [500, None, 204]


def test_what_is_never_taken_is_given_up_after_a_day(installation: Installation) -> None:
    open_task(None)
    with receiving(500) as receiver:
        listen(receiver.url)
        for hours in (0, 5, 27):
            let_hours_pass(hours)
            tell(outlet_of(installation))

    assert states() == [FAILED]


def test_a_channel_that_takes_nothing_for_days_is_switched_off_and_administrators_are_told(
    installation: Installation,
) -> None:
    with unit_of_work() as work:
        admin = users.add_user(work.session, "admin@sender.example", Role.ADMIN, work.at)
    with receiving(500) as receiver:
        channel = listen(receiver.url)
        for day in (0, 3, 6):
            let_hours_pass(24 * day)
            open_task(None)
            tell(outlet_of(installation))

    found = get_channel_now(channel)
    assert (found.disabled_because, found.disabled_at is not None) == (DeliveryReason.THEIR_FAULT, True)
    with unit_of_work() as work:
        (notice,) = work.session.query(Notice).all()
    assert (notice.user_id, notice.kind, notice.detail["channel"]) == (admin.id, NoticeKind.CHANNEL_OFF, "CRM")
    assert PLANNED not in states()


def test_a_receiver_that_says_it_is_gone_is_not_asked_again(installation: Installation) -> None:
    open_task(None)
    with receiving(410) as receiver:
        channel = listen(receiver.url)
        tell(outlet_of(installation))
        open_task(None)
        tell(outlet_of(installation))

    assert len(receiver.got) == 1
    assert get_channel_now(channel).disabled_because == DeliveryReason.GONE


def test_an_address_of_our_own_network_is_not_posted_to(installation: Installation) -> None:
    open_task(None)
    with receiving() as receiver:
        channel = listen(receiver.url)
        with unit_of_work() as work:
            work.session.get_one(Channel, channel.id).url = receiver.url.replace("http:", "https:")
        tell(outlet_of(installation, allow_private_targets=False))

    assert receiver.got == []
    assert deliveries()[0].reason == DeliveryReason.PRIVATE_ADDRESS


def test_two_workers_plan_and_deliver_everything_once(installation: Installation) -> None:
    rep = add_rep()
    for _ in range(12):
        open_task(rep)
    with receiving() as receiver, mailbox(installation) as outlet:
        listen(receiver.url)
        with ThreadPoolExecutor(4) as workers:
            for done in [workers.submit(tell, outlet) for _ in range(8)]:
                done.result()
        tell(outlet)

        assert len(caught()) == 12
    assert len(receiver.ids) == len(set(receiver.ids)) == 12
    assert states() == [SENT] * 24


def test_a_sender_that_died_before_anything_left_loses_nothing(installation: Installation) -> None:
    open_task(add_rep())
    plan()
    with unit_of_work() as work:
        claim_deliveries(work.session, work.at)
    let_leases_run_out("deliveries")

    with mailbox(installation) as outlet:
        tell(outlet)

        assert len(caught()) == 1
    assert states() == [SENT]


def leave(*, is_local: bool = False) -> None:
    """As far as the mark that it is about to leave, and no further."""
    plan()
    with unit_of_work() as work:
        ((delivery_id, attempts),) = claim_deliveries(work.session, work.at).items()
        mark_leaving(work.session, delivery_id, attempts, work.at, is_local=is_local)
    let_leases_run_out("deliveries")


def test_a_mail_that_may_have_left_is_shown_as_unknown_and_not_sent_again(installation: Installation) -> None:
    open_task(add_rep())
    leave()

    with mailbox(installation) as outlet:
        tell(outlet)

        assert caught() == []
    assert [(one.state, one.reason) for one in deliveries()] == [(DeliveryState.UNKNOWN, DeliveryReason.BROKEN_OFF)]


def test_the_local_mailbox_knows_what_it_caught(installation: Installation) -> None:
    open_task(add_rep())
    leave(is_local=True)
    with mailbox(installation) as outlet:
        (delivery,) = deliveries()
        row = "insert into caught_mails (caught_at, mail_from, rcpt_to, subject, message_id, raw) values"
        with unit_of_work() as work:
            values = {"id": message_id_of(delivery.id, outlet.settings)}
            work.session.execute(text(f"{row} (now(), 'a', 'b', 'caught', :id, '')"), values)
        tell(outlet)

        assert caught() == ["caught"]
    assert states() == [SENT]


def test_a_mail_whose_server_hung_up_after_it_is_uncertain_too(installation: Installation) -> None:
    open_task(add_rep(email="rep@firm.co.jp"))
    with scripted(dot=HANG_UP) as server:
        outlet = outlet_of(installation, smtp_url=f"smtp://127.0.0.1:{server.port}")
        tell(outlet)
        tell(outlet)
        outlet.pool.close()

    assert len(server.taken) == 1
    assert states() == [DeliveryState.UNKNOWN]


def test_a_chat_message_is_not_repeated_when_nobody_knows_whether_it_arrived(installation: Installation) -> None:
    open_task(None)
    with receiving(hang_up) as receiver:
        listen(receiver.url, ChannelKind.SLACK)
        tell(outlet_of(installation))
        tell(outlet_of(installation))

    assert (len(receiver.got), states()) == (1, [DeliveryState.UNKNOWN])


def test_a_worker_killed_while_a_receiver_has_the_post_doubles_no_id_and_loses_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    for _ in range(5):
        open_task(None)
    workers: list[subprocess.Popen[bytes]] = []

    def kill(request: BaseHTTPRequestHandler) -> None:
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        hang_up(request)

    with receiving(204, 204, kill, 204) as receiver:
        listen(receiver.url)
        settings = replace(installation.settings, allow_private_targets=True, state_dir=tmp_path)
        workers.append(start_worker(settings))
        assert workers[0].wait(60) == -signal.SIGKILL
        let_leases_run_out("deliveries")
        tell(outlet_of(installation))

    # The one that was under way came twice, known by its id; every other once.
    assert len(receiver.ids) == 6
    assert set(receiver.ids) == {str(one.id) for one in deliveries()}
    assert states() == [SENT] * 5


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    """A process that does what a worker does at one bell."""
    lines = (
        "import abm.actors",
        "from abm.channels.actors import plan_deliveries",
        "from abm.config import load_settings",
        "from abm.work import open_installation",
        "open_installation(load_settings())",
        "plan_deliveries()",
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("ABM_", "DATABASE_"))}
    environ |= as_environment(settings) | {"ABM_SECRET_KEY": settings.secret_key}
    return subprocess.Popen([sys.executable, "-c", "\n".join(lines)], env=environ, cwd=ROOT)


def test_whoever_has_answered_meanwhile_needs_no_mail(installation: Installation) -> None:
    task = open_task(add_rep())
    plan()
    with unit_of_work() as work:
        work.session.get_one(Task, task.id).state = TaskState.REJECTED

    with mailbox(installation) as outlet:
        tell(outlet)

    assert [(one.state, one.reason) for one in deliveries()] == [(DeliveryState.SKIPPED, DeliveryReason.MOVED_ON)]


def test_whoever_cannot_log_in_any_more_gets_no_mail(installation: Installation) -> None:
    rep = add_rep()
    open_task(rep)
    with unit_of_work() as work:
        work.session.get_one(User, rep.id).disabled_at = work.at

    with mailbox(installation) as outlet:
        tell(outlet)

    assert deliveries()[0].reason == DeliveryReason.NOBODY


def test_whoever_wants_no_mails_about_tasks_gets_none_and_has_the_task(installation: Installation) -> None:
    rep = add_rep()
    open_task(rep)
    with unit_of_work() as work:
        users.set_task_mails(work.session, users.get_user(work.session, rep.id), work.at, wanted=False)

    with mailbox(installation) as outlet:
        tell(outlet)
        assert caught() == []
    (delivery,) = deliveries()
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, DeliveryReason.UNWANTED)


def test_a_manager_is_told_of_what_was_escalated_to_them(installation: Installation) -> None:
    rep, manager = add_rep(), add_rep(email="manager@firm.example")
    task = open_task(rep)
    plan()
    with unit_of_work() as work:
        task = work.session.get_one(Task, task.id)
        record_change(work.session, task, old=task.state, code="escalated", at=work.at)
        to = "update task_changes set to_user_id = :to where code = 'escalated'"
        work.session.execute(text(to), {"to": manager.id})
    plan()

    assert [(one.event, one.user_id) for one in deliveries()] == [
        (TaskEvent.ASSIGNED, rep.id),
        (TaskEvent.ESCALATED, manager.id),
    ]


def test_one_delivery_that_cannot_be_made_does_not_keep_the_others(installation: Installation) -> None:
    rep = add_rep()
    broken = open_task(rep)
    open_task(rep)
    with unit_of_work() as work:
        work.session.get_one(Task, broken.id).why = [{"code": "a line nobody knows"}]

    with mailbox(installation) as outlet:
        tell(outlet)

        assert len(caught()) == 1
    assert sorted((one.state, one.reason) for one in deliveries() if one.state == PLANNED) == [
        (PLANNED, DeliveryReason.NOT_MADE)
    ]


def test_a_silent_receiver_is_left_alone_for_the_rest_of_a_batch(installation: Installation) -> None:
    for _ in range(3):
        open_task(None)
    with receiving() as receiver:
        url = receiver.url
    listen(url)
    plan()
    deliver_next_batch(outlet_of(installation))

    assert sorted(one.attempts for one in deliveries()) == [0, 0, 1]


def test_a_pause_a_receiver_asks_for_is_kept(installation: Installation) -> None:
    open_task(None)
    with receiving(say(429, Retry_After="3600")) as receiver:
        listen(receiver.url)
        tell(outlet_of(installation))
        (delivery,) = deliveries()

    assert delivery.due_at - delivery.created_at >= timedelta(hours=1)


@pytest.mark.parametrize("kind", [ChannelKind.SLACK, ChannelKind.TEAMS])
def test_a_chat_hears_of_what_it_listens_to(installation: Installation, kind: ChannelKind) -> None:
    open_task(None)
    with receiving() as receiver:
        listen(receiver.url, kind, events=(TaskEvent.ANSWERED,))
        tell(outlet_of(installation))
        assert receiver.got == []
        listen(receiver.url, kind)
        open_task(None)
        tell(outlet_of(installation))

    assert "株式会社アクメ" in receiver.got[0][1].decode()


def test_a_worker_that_is_slower_than_its_lease_has_no_say_any_more(installation: Installation) -> None:
    open_task(None)

    def overtake(request: BaseHTTPRequestHandler) -> None:
        let_leases_run_out("deliveries")
        with unit_of_work() as work:
            row = work.session.query(Delivery).one()
            row.attempts += 1
        request.send_response(500)
        request.send_header("Content-Length", "0")
        request.end_headers()

    with receiving(overtake) as receiver:
        listen(receiver.url)
        plan()
        deliver_next_batch(outlet_of(installation))

    assert states() == [DeliveryState.SENDING]


def test_a_user_of_the_pages_is_not_mailed_about_a_task_they_took_themselves(installation: Installation) -> None:
    rep = add_rep()
    task = open_task(rep)
    with unit_of_work() as work:
        work.session.execute(text("update task_changes set told_at = at"))
        row = work.session.get_one(Task, task.id)
        record_change(work.session, row, old=row.state, code="reassigned", at=work.at, by=rep.id)
    plan()

    assert deliveries() == []
