"""Every part of a running installation is killed again and again while recipients act: nothing is lost or doubled.

What happens is drawn by chance from a seed, which is printed; FAULT_SEED in the environment repeats one.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
import redis
from sqlalchemy.orm import Session

from abm.db import make_engine
from abm.due import LEASE
from abm.words import FormKind
from tests.abm.processes import until
from tests.contracts.senders import SVIX
from tests.flows.crowd import Crowd, Mail
from tests.flows.site import WITHIN, Site, own_engines
from tests.tracking.test_forms import make_form
from tests.tracking.world import send_mail
from tests.worlds import make_account, make_contact

ACCOUNTS, PEOPLE = 8, 6
FORM = "asked"
SEED = int(os.environ.get("FAULT_SEED") or SystemRandom().randrange(1_000_000))


def kill_server(site: Site, crowd: Crowd, random: Random) -> None:
    """The process that answers; the one that watches it starts another, or gives up and is started again itself."""
    watcher = site.running["front"]
    with suppress(psutil.NoSuchProcess, IndexError):
        server = watcher.children()[0]
        server.kill()
        until(lambda: not server.is_running(), within=WITHIN)
    await_front(site)


def kill_front(site: Site, crowd: Crowd, random: Random) -> None:
    """The process that watches the server; what it had started ends in good order."""
    site.kill("front")
    await_front(site)


def kill_all_of_front(site: Site, crowd: Crowd, random: Random) -> None:
    """Both at once, in the middle of whatever they do."""
    site.end_group("front", signal.SIGKILL)
    await_front(site)


def kill_loader(site: Site, crowd: Crowd, random: Random) -> None:
    site.kill("loader")
    crowd.await_answers(random.randrange(30))
    site.start("loader")


def kill_worker(site: Site, crowd: Crowd, random: Random) -> None:
    site.kill("worker")
    crowd.await_answers(random.randrange(30))
    site.start("worker")


def crash_postgres(site: Site, crowd: Crowd, random: Random) -> None:
    """As an immediate stop does it: no checkpoint, every connection cut; the next start recovers."""
    site.postgres.end(signal.SIGQUIT)
    crowd.await_answers(random.randrange(40))
    site.postgres.start()


def stop_postgres(site: Site, crowd: Crowd, random: Random) -> None:
    site.postgres.end(signal.SIGINT)
    crowd.await_answers(random.randrange(40))
    site.postgres.start()


def freeze_postgres(site: Site, crowd: Crowd, random: Random) -> None:
    """It keeps its connections and answers nobody."""
    frozen = site.postgres.tree
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for process in frozen:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        crowd.await_answers(random.randrange(10, 40))


def kill_valkey(site: Site, crowd: Crowd, random: Random) -> None:
    site.valkey.end(signal.SIGKILL)
    crowd.await_answers(random.randrange(40))
    site.valkey.start()


def flush_valkey(site: Site, crowd: Crowd, random: Random) -> None:
    """It forgets every bell."""

    def flushed() -> bool:
        # Killed a moment ago, it may still be reading its file.
        with suppress(redis.RedisError), redis.Redis.from_url(site.settings.redis_url) as client:
            return bool(client.flushall())
        return False

    until(flushed, within=WITHIN)


def kill_loader_and_postgres(site: Site, crowd: Crowd, random: Random) -> None:
    """A loader that starts finds nobody to load into."""
    site.kill("loader")
    site.postgres.end(signal.SIGQUIT)
    site.start("loader")
    crowd.await_answers(random.randrange(40))
    site.postgres.start()


Fault = Callable[[Site, Crowd, Random], None]
ROUNDS: dict[Fault, int] = {
    kill_server: 6,
    kill_front: 4,
    kill_all_of_front: 4,
    kill_loader: 12,
    kill_worker: 8,
    crash_postgres: 4,
    stop_postgres: 2,
    freeze_postgres: 2,
    kill_valkey: 4,
    flush_valkey: 3,
    kill_loader_and_postgres: 3,
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with (
        TemporaryDirectory(prefix="abm-faults-") as folder,
        own_engines(Path(folder), webhook_generic_secrets=(SVIX,)) as site,
    ):
        yield site
        # Shown when something failed.
        for name in site.running:
            print(f"--- {name}\n{site.log(name)[-3000:]}")


@pytest.mark.timeout(600)
def test_nothing_accepted_is_lost_or_doubled_whatever_is_killed(site: Site) -> None:
    print(f"FAULT_SEED={SEED}")
    random, mails = Random(SEED), send_mails(site)
    crowd = Crowd(site.settings.host, site.settings.port, site.signer, mails, SVIX, FORM)
    site.start("front", "loader", "worker", "scheduler")
    until(lambda: knows_links(site), within=WITHIN)
    faults = [fault for fault, times in ROUNDS.items() for _ in range(times)]
    random.shuffle(faults)

    down = []
    with crowd.acting(SEED):
        for fault in faults:
            crowd.await_answers(random.randrange(20))
            began = time.monotonic()
            fault(site, crowd, random)
            down.append((began, time.monotonic()))
            until(lambda: arrived(site, dict(crowd.accepted)), within=WITHIN)
    # What a killed worker was reading waits for the end of its lease, which is minutes; whoever reads it next may have
    # been cut off as well.
    site.ask("update inbound_posts set not_before = null where state = 'waiting' returning hit_id")
    until(lambda: is_quiet(site), within=WITHIN + LEASE.total_seconds())

    check_answers(crowd, [times for times, fault in zip(down, faults, strict=True) if "front" in site_of(fault)])
    check_hits(site, crowd)
    check_events(site)
    check_stops(site, crowd)
    check_reports(site, crowd)


def send_mails(site: Site) -> list[Mail]:
    """A mail to everybody, and a form."""
    engine = make_engine(site.settings.database_url)
    with Session(engine) as session:
        mails = []
        for number in range(ACCOUNTS):
            account = make_account(session, f"株式会社アクメ{number}")
            for person in range(PEOPLE):
                contact = make_contact(session, account, f"安奈 {person}", f"p{person}@acme{number}.example")
                sent = send_mail(session, site.signer, contact)
                mails.append(Mail(str(contact.email), sent.message.key, sent.page.key, sent.file.key))
        make_form(session, FORM, FormKind.INQUIRY)
        session.commit()
    engine.dispose()
    return mails


def knows_links(site: Site) -> bool:
    """Whether the front has learnt of forms, the last thing it reads."""
    return site.answers() and site.get(f"/f/{FORM}").status == 200


def await_front(site: Site) -> None:
    def is_back() -> bool:
        site.look_after()
        return site.answers()

    until(is_back, within=WITHIN)


def site_of(fault: Fault) -> str:
    """Which part a fault takes down; only while the front is down may a recipient wait in vain."""
    return "front" if fault in (kill_server, kill_front, kill_all_of_front) else "behind"


def arrived(site: Site, accepted: dict[str, str]) -> bool:
    """Whether all of these lie in the database."""
    with suppress(psycopg.Error):
        return not missing(site, accepted)
    return False


def missing(site: Site, accepted: dict[str, str]) -> set[str]:
    stored = site.ask("select id::text from hits where id = any(cast(%(ids)s as uuid[]))", ids=list(accepted))
    return set(accepted) - {row.id for row in stored}


def is_quiet(site: Site) -> bool:
    """Whether all that was stored had its effects."""
    [waiting] = site.ask(
        "select (select count(*) from hits where recorded_at is null) as hits,"
        " (select count(*) from events where folded_at is null) as events,"
        " (select count(*) from inbound_posts where state = 'waiting') as posts"
    )
    print("waiting:", waiting)
    return not list(site.spool.glob("*-*")) and not any(waiting)


def check_answers(crowd: Crowd, down: list[tuple[float, float]]) -> None:
    """Nobody got an error, and only those who came while the front itself was killed got no answer."""
    assert crowd.wrong == Counter()
    in_vain = [asked for asked in crowd.unanswered if not any(asked[0] <= end and asked[1] >= at for at, end in down)]
    assert in_vain == []


def check_hits(site: Site, crowd: Crowd) -> None:
    assert missing(site, crowd.accepted) == set()
    stored = {row.id for row in site.ask("select id::text from hits")}
    # A hit may have been stored although its answer was cut off, and no other.
    assert len(stored - set(crowd.accepted)) <= len(crowd.unanswered)
    assert not (site.spool / "corrupt").exists()


def check_events(site: Site) -> None:
    """One event and one line of the timeline for each hit, one entry for each event that counts."""
    told = ("click", "download", "open")
    lacking = "select h.id from hits h left join events e on e.id = h.id where h.kind = any(%(told)s) and e.id is null"
    assert site.ask(lacking, told=list(told)) == []
    doubled = "select subject_id from timeline_items where kind = 'event' group by 1 having count(*) > 1"
    assert site.ask(doubled) == []
    assert site.ask("select event_id from score_entries group by 1 having count(*) > 1") == []
    assert site.ask("select hit_id from events where kind = 'inquiry' group by 1 having count(*) > 1") == []


def check_stops(site: Site, crowd: Crowd) -> None:
    """Whoever was told that it is done, or that it will be, is never mailed again; each asked once."""
    kept = [row.email for row in site.ask("select email::text from suppressions where reason = 'unsubscribed'")]
    assert set(crowd.stopped) <= set(kept)
    assert len(kept) == len(set(kept))
    told = site.ask("select message_id from events where kind = 'unsubscribe' group by 1 having count(*) > 1")
    assert told == []


def check_reports(site: Site, crowd: Crowd) -> None:
    """What another system told, also twice, was kept once and counted once."""
    kept = [row.event_id for row in site.ask("select event_id from provider_reports")]
    assert set(crowd.told) <= set(kept)
    assert len(kept) == len(set(kept))
    events = site.ask("select count(*) from events where kind = 'reply'")[0][0]
    assert events == len(kept)
