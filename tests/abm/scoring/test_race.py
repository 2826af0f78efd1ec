"""Several workers at one backlog while records change under their hands: the ledger comes out as the rules say."""

import os
import random
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.customers.merges import merge_accounts, undo_merge
from abm.customers.refolds import ask_refold
from abm.errors import Conflict
from abm.models import AccountMerge, Contact, Event
from abm.scoring.strikes import strike_events
from abm.words import EventKind, Role, Seniority, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.processes import until
from tests.abm.scoring.replayed import check_all
from tests.worlds import make_account, make_contact, make_user

FIRMS, PEOPLE, EVENTS, CHANGES, WORKERS = 12, 4, 2_400, 60, 3
KINDS = (EventKind.CLICK, EventKind.DOWNLOAD, EventKind.REPLY, EventKind.UNSUBSCRIBE, EventKind.WEBINAR_ATTENDED)


@contextmanager
def workers(settings: Settings) -> Iterator[None]:
    """So many processes that fold; at the end they fold what is left and go."""
    values = {**os.environ, "ABM_STATE_DIR": str(settings.state_dir), "ABM_SECRET_KEY": settings.secret_key}
    where = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    command = [sys.executable, "-m", "tests.abm.scoring.folder"]
    running = [subprocess.Popen(command, env={**values, **where}, stdin=subprocess.PIPE) for _ in range(WORKERS)]
    try:
        yield
    finally:
        for one in running:
            one.communicate(timeout=120)
    assert [one.returncode for one in running] == [0] * WORKERS


@pytest.fixture
def people(installation: Installation) -> list[uuid.UUID]:
    """A few firms' people, each of whom did a lot in the last weeks."""
    chance = random.Random(5)
    with unit_of_work() as work:
        firms = [make_account(work.session, f"会社{n}") for n in range(FIRMS)]
        known = [
            make_contact(work.session, firm, f"人 {n}", f"{n}@{firm.id}.example", consent=False)
            for firm in firms
            for n in range(PEOPLE)
        ]
        work.session.execute(insert(Event), [act(chance, chance.choice(known), work.at) for _ in range(EVENTS)])
        return [one.id for one in known]


def act(chance: random.Random, who: Contact, at: datetime) -> dict[str, object]:
    return {
        "id": uuid.UUID(int=chance.getrandbits(128)),
        "kind": chance.choice(KINDS),
        "happened_at": at - timedelta(minutes=chance.randrange(60 * 24 * 20)),
        "account_id": who.account_id,
        "contact_id": who.id,
        "verdict": chance.choice(list(Verdict)),
        "minutes": chance.randrange(90),
    }


def test_workers_and_changes_at_once_come_to_what_the_rules_say(
    installation: Installation, people: list[uuid.UUID]
) -> None:
    chance = random.Random(7)
    with unit_of_work() as work:
        by = make_user(work.session, Role.MARKETER).id

    with workers(installation.settings):
        until(lambda: has_begun(installation), within=90)
        for _ in range(CHANGES):
            with suppress(Conflict), unit_of_work() as work:
                change(work.session, chance, people, by, work.at)

    with unit_of_work() as work:
        assert check_all(work.session, work.at) > EVENTS


def has_begun(installation: Installation) -> bool:
    with Session(installation.engine) as session:
        return session.scalar(select(Event.id).where(Event.folded_at.is_not(None)).limit(1)) is not None


def change(session: Session, chance: random.Random, people: list[uuid.UUID], by: uuid.UUID, at: datetime) -> None:
    """A promotion, a verdict, a strike, news, a merge or its undo: each an act of its own."""
    who = session.get_one(Contact, chance.choice(people))
    some = session.scalars(select(Event.id).where(Event.contact_id == who.id).order_by(Event.id).limit(3)).all()
    match chance.choice(("promote", "judge", "strike", "act", "act", "merge", "part")):
        case "promote":
            who.seniority = chance.choice(list(Seniority))
            ask_refold(session, [who.id])
        case "judge":
            session.execute(update(Event).where(Event.id == some[0]).values(verdict=chance.choice(list(Verdict))))
            ask_refold(session, [who.id])
        case "strike":
            strike_events(session, [chance.choice(some)], "自社のデモ", by=by, at=at)
        case "act":
            session.execute(insert(Event), [act(chance, who, at) for _ in range(20)])
        case "merge":
            other = session.get_one(Contact, chance.choice(people))
            if other.account_id != who.account_id:
                merge_accounts(session, who.account_id, other.account_id, by=by, at=at)
        case _:
            for merge in session.scalars(select(AccountMerge.id).where(AccountMerge.undone_at.is_(None)).limit(1)):
                undo_merge(session, merge, by=by, at=at)
