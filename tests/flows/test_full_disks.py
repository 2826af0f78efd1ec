"""No room, no right to write: recipients still get what they came for, and afterwards all is well by itself."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from sqlalchemy.orm import Session

from abm.db import make_engine
from abm.tokens import Token, TokenKind
from abm.words import Language
from tests.abm.processes import until
from tests.contracts.senders import SVIX
from tests.flows.crowd import HIT, Act, Crowd, Mail
from tests.flows.site import WITHIN, Site, own_engines
from tests.tracking.world import CONTENT, send_mail
from tests.worlds import make_account, make_contact

NO_FILE = (0, psutil.RLIM_INFINITY)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with (
        TemporaryDirectory(prefix="abm-disks-") as folder,
        own_engines(Path(folder), webhook_generic_secrets=(SVIX,)) as site,
    ):
        yield site
        # Shown when something failed.
        print(site.log("loader")[-3000:])


@pytest.fixture(scope="module")
def mail(site: Site) -> Mail:
    """A mail that Anna got, of which the front and the loader know."""
    mail = send_to(site, "anna")
    site.start("front", "loader")
    click = address(site, mail, "c", TokenKind.CLICK, mail.page)
    until(lambda: site.answers() and HIT in site.get(click).headers, within=WITHIN)
    return mail


def send_to(site: Site, name: str) -> Mail:
    engine = make_engine(site.settings.database_url)
    with Session(engine) as session:
        contact = make_contact(session, make_account(session, name), name, f"{name}@acme.example")
        sent = send_mail(session, site.signer, contact)
        mail = Mail(str(sent.contact.email), sent.message.key, sent.page.key, sent.file.key)
        session.commit()
    engine.dispose()
    return mail


def test_a_full_spool_turns_nobody_away(site: Site, mail: Mail) -> None:
    with full(serving(site)):
        check_people_without_hits(site, mail)

    check_all_is_well(site, mail)


def test_a_spool_that_may_only_be_read_turns_nobody_away(site: Site, mail: Mail) -> None:
    with read_only(site.spool):
        # What was open before can still be written; it is accepted, and must be found afterwards.
        accepted = until_none_is_accepted(site, mail)
        check_people_without_hits(site, mail)

    check_all_is_well(site, mail)
    until(lambda: are_stored(site, accepted), within=WITHIN)


def test_a_stop_that_nothing_took_says_so(site: Site, mail: Mail) -> None:
    """Neither the spool nor the database: only then is a person told that it did not work."""
    with full(serving(site)):
        site.postgres.end(signal.SIGQUIT)
        answer = stop(site, mail)
        site.postgres.start()

    assert answer.status == 503
    assert f"mailto:{site.settings.sender_mail}" in answer.body.decode()
    until(lambda: stop(site, mail).status == 200, within=WITHIN)


def test_a_database_without_room_leaves_hits_in_the_spool(site: Site, mail: Mail) -> None:
    """Nothing can be written any more, its log of changes included, so that it may give up altogether."""
    told, bert = len(troubles(site)), send_to(site, "bert")
    with full(site.postgres.tree):
        accepted = [str(answer.headers[HIT]) for answer in people(site, mail)]
        until(lambda: len(troubles(site)) > told, within=WITHIN)
        stopped = stop(site, bert)
        accepted += [str(answer.headers[HIT]) for answer in people(site, mail)]
        # Told when it begins, not at every attempt; the database may give up after it ran full.
        since = troubles(site)[told:]
        assert len(set(since)) == len(since)
    if site.postgres.process.poll() is not None:
        site.postgres.start()

    assert stopped.status == 202
    until(lambda: are_stored(site, [*accepted, str(stopped.headers[HIT])]), within=WITHIN)
    check_all_is_well(site, mail)


def check_people_without_hits(site: Site, mail: Mail) -> None:
    """Page, file and picture as ever, uncounted but for how many there were; machines are to try again."""
    before = site.metric("tracking_unstored_total")

    answers = people(site, mail)

    assert not any(HIT in answer.headers for answer in answers)
    assert stop(site, mail).status == 200
    assert report(site, mail) == 503
    assert site.metric("tracking_unstored_total") == before + len(answers) + 2


def until_none_is_accepted(site: Site, mail: Mail) -> list[str]:
    """Ask until the answer carries no hit; those it carried before."""
    accepted: list[str] = []
    click = address(site, mail, "c", TokenKind.CLICK, mail.page)
    until(lambda: (hit := site.get(click).headers.get(HIT)) is None or accepted.append(hit), within=WITHIN)
    return accepted


def check_all_is_well(site: Site, mail: Mail) -> None:
    answers = people(site, mail)
    accepted = [str(answer.headers[HIT]) for answer in answers]
    until(lambda: are_stored(site, accepted), within=WITHIN)
    assert report(site, mail) == 202


def people(site: Site, mail: Mail) -> list:
    """What recipients get: it is right whatever is wrong."""
    paths = [
        address(site, mail, "o", TokenKind.OPEN) + ".gif",
        address(site, mail, "c", TokenKind.CLICK, mail.page),
        address(site, mail, "d", TokenKind.DOWNLOAD, mail.file),
    ]
    answers = [site.get(path) for path in paths]
    assert [answer.status for answer in answers] == [200, 302, 200]
    assert answers[2].body == CONTENT
    return answers


def stop(site: Site, mail: Mail):
    return site.get(address(site, mail, "u", TokenKind.STOP), "POST")


def report(site: Site, mail: Mail) -> int:
    """What another system is answered."""
    crowd = Crowd(site.settings.host, site.settings.port, site.signer, [mail], SVIX, "")
    act: Act = crowd._tell(Random(), mail)
    return site.get(act.path, act.method, act.body.encode(), act.headers).status


def address(site: Site, mail: Mail, door: str, kind: TokenKind, link: bytes | None = None) -> str:
    return f"/{door}/{site.signer.write(Token(kind, Language.JAPANESE, mail.key, link))}"


def are_stored(site: Site, ids: list[str]) -> bool:
    with suppress(psycopg.Error):
        found = site.ask("select id from hits where id = any(cast(%(ids)s as uuid[]))", ids=ids)
        return len(found) == len(set(ids))
    return False


def troubles(site: Site) -> list[str]:
    """What the loader told of what kept it from loading."""
    lines = [json.loads(line) for line in site.log("loader").splitlines() if line.startswith("{")]
    names = ("database_away", "database_disk_full", "hits_not_loaded")
    return [line["event"] for line in lines if line["event"] in names]


def serving(site: Site) -> list[psutil.Process]:
    """The process that answers."""
    return site.running["front"].children()


@contextmanager
def full(processes: list[psutil.Process]) -> Iterator[None]:
    """As if the disk had no room for what these write; they may be gone afterwards."""
    for process in processes:
        limit(process, NO_FILE)
    try:
        yield
    finally:
        for process in processes:
            # What was started meanwhile has the same limit.
            for one in [process, *children(process)]:
                limit(one, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))


def limit(process: psutil.Process, size: tuple[int, int]) -> None:
    """How large its files may be; a helper that has just ended writes none."""
    with suppress(psutil.NoSuchProcess):
        process.rlimit(psutil.RLIMIT_FSIZE, size)


def children(process: psutil.Process) -> list[psutil.Process]:
    """Whom it started; nobody when it is gone."""
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder nobody can write to: mounted so where that is allowed, else a file stands in its place."""
    mounted = _run("mount", "--bind", folder, folder) and _run("mount", "-o", "remount,bind,ro", folder)
    aside = folder.with_name("aside")
    if not mounted:
        folder.rename(aside)
        folder.touch()
    try:
        yield
    finally:
        if mounted:
            _run("umount", folder)
        else:
            folder.unlink()
            aside.rename(folder)


def _run(*words: object) -> bool:
    return subprocess.run([str(word) for word in words], capture_output=True, check=False).returncode == 0
