"""`growth.click`: what an accepted and recorded click costs when there is ten times as much of everything."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.db import make_engine, migrate
from abm.engines import Addresses
from abm.queue import make_broker
from abm.tokens import Signer, Token, TokenKind
from abm.words import Language
from abm.work import Installation
from tests.bench import Context, Figure, benchmark, timed
from tests.conftest import new_database
from tests.tracking.world import BROWSER, send_mail
from tracking.desk import Desk, close_desk, open_desk, refresh, seal_all
from tracking.doors import follow_link
from tracking.intake import Asked
from tracking.loader import load_once
from tracking.record import record_batch
from tracking.verdict import RULES

# Mails at 1×, each with an open and two clicks that were judged as they would be now, and their links.
MAILS = 5_000
CLICKS = 500
ROUNDS = 7
FILL = (
    """
    insert into accounts (name, normalised_name)
    select 'firm ' || n, 'firm ' || n from generate_series(1, :mails / 20) n
    """,
    """
    insert into contacts (account_id, full_name, email)
    select a.id, '担当 ' || p, p || '@' || replace(a.name, ' ', '') || '.example'
    from accounts a, generate_series(1, 20) p where a.name like 'firm %'
    """,
    """
    insert into enrollments (sequence_version_id, account_id, contact_id, step, step_since, enrolled_at)
    select m.sequence_version_id, c.account_id, c.id, 'first', now(), now()
    from contacts c, mails m where c.full_name like '担当 %'
    """,
    """
    insert into messages (key, enrollment_id, step, contact_id, account_id, mail_id, email, state, message_id,
                          due_at, planned_at, sent_at)
    select substring(decode(md5(e.id::text), 'hex') for 8), e.id, 'first', c.id, c.account_id, m.id, c.email, 'sent',
           '<' || e.id || '@sender.example>', now(), now(), now() - interval '10 days'
    from enrollments e join contacts c on c.id = e.contact_id, mails m where c.full_name like '担当 %'
    """,
    """
    insert into links (key, kind, url, mail_id)
    select substring(decode(md5('link ' || n), 'hex') for 5), 'url', 'https://www.sender.example/' || n, m.id
    from generate_series(1, :mails / 10) n, mails m
    """,
    """
    insert into hits (id, kind, at, method, message_key, link_key, user_agent, verdict, reasons, rules, recorded_at)
    select uuidv7(interval '-9 days'), case when k = 1 then 'open' else 'click' end,
           now() - interval '9 days' + k * interval '5 minutes', 'GET', m.key,
           case when k > 1 then substring(decode(md5('link ' || 1 + k * 7 % (:mails / 10)), 'hex') for 5) end,
           :agent, case when k > 1 then 'likely' else 'unknown' end,
           case when k > 1 then array['browser'] else array['open_alone'] end, :rules, now()
    from messages m, generate_series(1, 3) k
    """,
    """
    insert into events (id, kind, happened_at, account_id, contact_id, message_id, hit_id, verdict, reasons,
                        folded_at)
    select h.id, h.kind, h.at, m.account_id, m.contact_id, m.id, h.id, h.verdict, h.reasons, now()
    from hits h join messages m on m.key = h.message_key
    """,
    """
    insert into timeline_items (account_id, contact_id, kind, happened_at, detail, subject_id)
    select account_id, contact_id, 'event', happened_at, '{"event": "click"}', id from events
    """,
)


@dataclass(frozen=True)
class Grown:
    """A database with so many mails, and the desk that takes clicks for it."""

    desk: Desk
    installation: Installation
    messages: list[bytes]
    links: list[bytes]


@benchmark("growth.click")
def measure_click(context: Context) -> Iterator[Figure]:
    """Both sizes in turn: accepted at the door, loaded and recorded; no click meets a message twice."""
    make_broker(context.addresses.redis_url)
    grown = [grow(context, f"{times}x", MAILS * times) for times in (1, 10)]
    random = Random(1)
    ways = [clicking(one, random) for one in grown]
    for way in ways:
        way()
    rounds = [tuple(timed(way) for way in ways) for _ in range(ROUNDS)]
    for one in grown:
        close_desk(one.desk)
        one.installation.engine.dispose()
    reference, ours = (statistics.median(column) / CLICKS for column in zip(*rounds, strict=True))
    yield Figure(
        name="growth.click",
        value=ours,
        unit="s",
        better="lower",
        reference="tenth_of_everything",
        reference_value=reference,
        rows=10 * MAILS,
        seconds=ours * CLICKS * ROUNDS,
    )


def grow(context: Context, name: str, mails: int) -> Grown:
    """A database of its own."""
    url = new_database(context.addresses, f"growth_{name}")
    migrate(url)
    engine, signer = make_engine(url), Signer([b"a key for benchmarks, long enough"])
    with Session(engine) as session:
        send_mail(session, signer)
        values = {"mails": mails, "agent": BROWSER, "rules": RULES}
        for statement in FILL:
            session.execute(text(statement), {key: one for key, one in values.items() if f":{key}" in statement})
        session.commit()
        messages = list(
            session.scalars(text("select key from messages where message_id like '<%' and sent_at < now()"))
        )
        links = list(
            session.scalars(text("select key from links where kind = 'url' and url like '%sender.example/_%'"))
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    settings = replace(context.settings, state_dir=context.folder / name)
    installation = Installation(settings, Addresses(url, context.addresses.redis_url), engine, signer)
    desk = open_desk(installation)
    refresh(desk)
    Random(2).shuffle(messages)
    return Grown(desk, installation, [bytes(key) for key in messages], [bytes(key) for key in links])


def clicking(grown: Grown, random: Random) -> Callable[[], None]:
    """One round of clicks: each on a mail of its own that was not clicked in this measurement."""
    fresh = iter(grown.messages)
    spool = grown.installation.settings.state_dir.absolute() / "spool"

    def click() -> None:
        for _ in range(CLICKS):
            token = Token(TokenKind.CLICK, Language.JAPANESE, next(fresh), random.choice(grown.links))
            answer = follow_link(grown.desk, Asked(grown.desk.signer.write(token), "GET", BROWSER, "192.0.2.7"))
            assert answer.status == "302 Found", answer.status
        seal_all(grown.desk)
        while load_once(grown.installation.engine, spool):
            pass
        with Session(grown.installation.engine) as session:
            while record_batch(session):
                session.commit()
            assert not session.scalar(text("select exists (select from hits where recorded_at is null)"))

    return click
