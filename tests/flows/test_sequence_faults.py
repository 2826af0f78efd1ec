"""A sequence goes on while whatever runs it is killed, cut off, put to sleep or renewed: everybody gets each mail once.

What happens is drawn by chance from a seed, which is printed; FAULT_SEED in the environment repeats one, and
FAULT_ROUNDS says how often each fault happens. The ledger of the mail server is the judge.
"""

import os
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from abm.db import make_engine
from abm.models import GuardPolicy
from abm.words import EnrollmentState, MessageState
from abm.work import set_clock_offset, unit_of_work
from campaigns.library import read_document
from campaigns.sequences import apply_sequence, publish_sequence
from tests.abm.processes import until
from tests.campaigns.test_sending_faults import ENDS
from tests.flows.crowd import FORM, HIT, STOP_RECEIVED, STOPPED
from tests.flows.outages import (
    CLOCK_AHEAD,
    FAULTS,
    HOST_AHEAD,
    SCHEDULERS,
    WORKERS,
    Fault,
    Scene,
    let_leases_run_out,
)
from tests.flows.sink import UNCERTAIN, Trouble, sink
from tests.flows.site import WITHIN, Site, own_engines
from tests.tracking.world import BROWSER
from tests.worlds import mail_freely, make_account, make_contact

SEED = int(os.environ.get("FAULT_SEED") or SystemRandom().randrange(1_000_000))
ROUNDS = int(os.environ.get("FAULT_ROUNDS") or 1)

NAME = "first_steps"
FIRST, LATER = 200 * ROUNDS, 30 * ROUNDS
FIRMS = 70
CHANCES = dict.fromkeys(Trouble, 0.02)
# Two people's addresses are not there, which is too few for the breaker to pause the sequence.
GONE = (f"p0@firm0-{FIRST}.co.jp", f"p1@firm1-{FIRST}.co.jp")
# Mails whose fates a sender may know and not have written yet, and those that stand at its door.
UNWRITTEN, AT_THE_DOOR = 130, 16
LINK = re.compile(r"/c/[\w.~-]+")


@pytest.fixture
def scene(broker: object) -> Iterator[Scene]:
    print(f"FAULT_SEED={SEED}")
    random = Random(SEED)
    with (
        TemporaryDirectory(prefix="abm-faults-") as folder,
        sink(Random(SEED)) as server,
        own_engines(
            Path(folder),
            smtp_url=f"smtp://127.0.0.1:{server.port}",
            sender_mail="news@sender.co.jp",
            sender_name="株式会社サンプル",
            sender_address="東京都千代田区1-1-1",
        ) as site,
    ):
        site.clocks.update(dict.fromkeys(HOST_AHEAD, CLOCK_AHEAD))
        engine = make_engine(site.settings.database_url, application="onlooker")
        yield Scene(site, server, engine, random)
        engine.dispose()
        # Shown when something failed.
        for name in site.running:
            print(f"--- {name}\n{site.log(name)[-3000:]}")


@pytest.mark.timeout(600 * ROUNDS)
def test_everybody_gets_each_mail_once_whatever_is_killed(scene: Scene) -> None:
    faults = list(FAULTS * ROUNDS)
    scene.random.shuffle(faults)
    scene.sink.unknown.update(GONE)
    first, later = make_people(scene, FIRST), make_people(scene, LATER)
    scene.site.start("front", "loader", *WORKERS, *SCHEDULERS)
    until(scene.site.answers, within=WITHIN)

    publish(scene, first, rest=3)
    spend_day(scene, 0, faults[0::4])
    spend_day(scene, 3, faults[1::4], stop_some, lambda scene: publish(scene, later, rest=1))
    spend_day(scene, 1, faults[2::4], click_some, stop_some)
    spend_day(scene, 4, faults[3::4], stop_some)

    messages = scene.site.ask("select id, enrollment_id, message_id, step, state, reason from messages")
    print(Counter((message.state, message.reason) for message in messages))
    check_ledger(scene, messages)
    check_unknown(scene, messages)
    check_stops(scene)
    check_courses(scene, messages)
    check_lines(scene)


def make_people(scene: Scene, count: int) -> list[uuid.UUID]:
    """People of several firms who may be mailed, at any hour and as often as it takes."""
    with Session(scene.engine) as session:
        if session.query(GuardPolicy).first() is None:
            mail_freely(session)
        firms = [make_account(session, f"株式会社{count}-{n}") for n in range(FIRMS)]
        people = [
            make_contact(session, firms[n % FIRMS], email=f"p{n}@firm{n % FIRMS}-{count}.co.jp") for n in range(count)
        ]
        session.commit()
        return [who.id for who in people]


def publish(scene: Scene, people: Sequence[uuid.UUID], rest: int) -> None:
    """The next version with these people on it, by somebody who tries again when it fails."""

    def is_published() -> bool:
        with suppress(DBAPIError), unit_of_work(scene.engine) as work:
            apply_sequence(work.session, course(rest), work.at)
            publish_sequence(work.session, NAME, contact_ids=people, at=work.at)
            return True
        return False

    until(is_published, within=WITHIN)


def course(rest: int) -> dict[str, Any]:
    """The library's first steps, with other times: a mail, a rest, and a mail whose click is waited for."""
    document = deepcopy(dict(read_document(NAME)))
    steps = {step["key"]: step for step in document["steps"] if step["key"] != "has_read"}
    steps["wait_after_guide"]["lasts"] = {"days": rest}
    question = {"until": {"kinds": ["click"], "of": "costing"}, "next": "talk", "if_late": "summary"}
    steps["wait_after_costing"] |= question
    return {**document, "steps": list(steps.values())}


def spend_day(scene: Scene, later: int, faults: Sequence[Fault], *acts: Callable[[Scene], None]) -> None:
    """So many days later; what people do goes on beside the faults, and in the evening nothing is left over."""
    scene.morning = len(scene.sink.ledger)
    pass_time(scene, timedelta(days=later))
    scene.sink.chances = CHANCES
    with ThreadPoolExecutor() as people:
        acting = [people.submit(act, scene) for act in acts]
        scene.await_mails(2, within=10)
        for fault in faults:
            scene.await_mails(60)
            print(fault.__name__)
            fault(scene)
        for act in acting:
            act.result()
    for name in WORKERS:
        scene.kill_sender(name)
    let_leases_run_out(scene)
    scene.site.start(*WORKERS)
    until(lambda: is_quiet(scene.site), within=WITHIN)
    # Whatever a server was too busy for is tried again within hours.
    scene.sink.chances = {}
    pass_time(scene, timedelta(hours=2))
    until(lambda: is_quiet(scene.site), within=WITHIN)


def pass_time(scene: Scene, duration: timedelta) -> None:
    """Let business time be so much later."""
    with unit_of_work(scene.engine) as work:
        shift = text("select coalesce((select clock_offset from business_clock), interval '0')")
        set_clock_offset(work.session, work.session.scalar(shift) + duration)


def is_quiet(site: Site) -> bool:
    """Whether nothing is due, and all that people did had its effects; on a host that is ahead it was done later."""
    [waiting] = site.ask(
        "with clock as (select now() + coalesce((select clock_offset from business_clock), interval '0') as at)"
        " select (select count(*) from enrollments, clock where state = 'active' and due_at <= at) as enrollments,"
        " (select count(*) from messages, clock where state in ('planned', 'sending') and due_at <= at) as messages,"
        " (select count(*) from hits where recorded_at is null) as hits,"
        " (select count(*) from events, clock where folded_at is null and happened_at <= at) as events,"
        " (select count(*) from inbound_posts where state = 'waiting') as posts"
    )
    print("waiting:", waiting)
    return not list(site.spool.glob("*-*")) and not any(waiting)


def stop_some(scene: Scene) -> None:
    """Some of those who were mailed want no more, while the next mail may be on its way to them."""
    known = [one for one in scene.sink.ledger[: scene.morning] if one.email not in scene.stops]
    links = {one.email: str(one.taken["List-Unsubscribe"]).strip("<>") for one in known if one.taken}
    for email, link in scene.random.sample(sorted(links.items()), len(links) // 8):
        scene.await_mails(4, within=0.1)
        answer = scene.site.get(
            urlsplit(link).path, "POST", b"List-Unsubscribe=One-Click", {"User-Agent": BROWSER, **FORM}
        )
        assert answer.status in (STOPPED, STOP_RECEIVED)
        scene.stops[email] = (answer.status, scene.sink.catch_up())


def click_some(scene: Scene) -> None:
    """Some follow a link of their second mail, which came yesterday."""
    mails = defaultdict(list)
    for one in scene.sink.ledger[: scene.morning]:
        if one.taken and one.email.endswith(f"-{FIRST}.co.jp"):
            mails[one.email].append(one.taken)
    second = [got[1] for _, got in sorted(mails.items()) if len(got) == 2]
    for mail in scene.random.sample(second, len(second) // 4):
        scene.await_mails(4, within=0.1)
        body = mail.get_body(("plain",))
        assert body is not None
        link = LINK.search(body.get_content())
        assert link is not None
        answer = scene.site.get(link[0], headers={"User-Agent": BROWSER})
        assert (answer.status, bool(answer.headers[HIT])) == (302, True)
        scene.clicks.append(mail["Message-ID"])


def check_ledger(scene: Scene, messages: Sequence[Any]) -> None:
    """Every mail has one end, and the server holds none twice and none that has not left."""
    held = scene.sink.held()
    assert [message_id for message_id, times in held.items() if times > 1] == []
    assert {message.state for message in messages} <= ENDS
    sent = {message.message_id for message in messages if message.state == MessageState.SENT}
    unknown = {message.message_id for message in messages if message.state == MessageState.UNKNOWN}
    assert sent <= set(held) <= sent | unknown
    assert len(sent) > len(unknown)


def check_unknown(scene: Scene, messages: Sequence[Any]) -> None:
    """Uncertain is what was cut off behind its dot, and what was about to leave, or had just left, a killed sender."""
    places = {begun.message_id: place for place, begun in enumerate(scene.sink.ledger)}
    never_seen = 0
    for message in messages:
        if message.state == MessageState.UNKNOWN:
            place = places.get(message.message_id)
            if place is None:
                never_seen += 1
            elif scene.sink.ledger[place].met not in UNCERTAIN:
                assert any(place < kill <= place + UNWRITTEN for kill in scene.kills)
    assert never_seen <= AT_THE_DOOR * len(scene.kills)


def check_stops(scene: Scene) -> None:
    """No mail began after somebody was told that there will be none, and the others' stops came in as well."""
    for email, (status, begun) in scene.stops.items():
        if status == STOPPED:
            assert email not in {one.email for one in scene.sink.ledger[begun:]}
    kept = {row.email for row in scene.site.ask("select lower(email::text) as email from suppressions")}
    assert kept == {*scene.stops, *scene.sink.unknown}


def check_courses(scene: Scene, messages: Sequence[Any]) -> None:
    """Everybody has come to the end by the way that follows from what they did, with one mail of each step on it."""
    enrollments = scene.site.ask("select id, state, sequence_version_id from enrollments")
    assert Counter(one.state for one in enrollments) == {EnrollmentState.EXITED: FIRST + LATER}
    # Whoever was on the way when the next version came has kept the first.
    assert sorted(Counter(one.sequence_version_id for one in enrollments).values()) == [LATER, FIRST]
    believed = "select message_id from events where kind = 'click' and verdict in ('likely', 'proven')"
    clicked = {row.message_id for row in scene.site.ask(believed)}
    steps = defaultdict(list)
    for message in messages:
        steps[message.enrollment_id].append(message)
    for one in enrollments:
        costing = [message for message in steps[one.id] if message.step == "costing"]
        last = "talk" if costing[0].id in clicked else "summary"
        assert sorted(message.step for message in steps[one.id]) == sorted(["guide", "costing", last])
    assert clicked


def check_lines(scene: Scene) -> None:
    """Every mail is told once on the timeline, and every act counted once."""
    told = "from timeline_items where kind <> 'mail_withheld' and subject_id is not null"
    assert scene.site.ask(f"select kind, detail {told} group by kind, detail, subject_id having count(*) > 1") == []
    [clicks] = scene.site.ask("select count(*) as held from hits where kind = 'click'")
    assert clicks.held == len(scene.clicks)
