"""mail.send: mails per second from the outbox into Postfix's smtp-sink with all work of the database, beside four
reused connections that hand over the same bytes without any."""

import os
import smtplib
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.smtp import Envelope
from abm.db import make_engine
from abm.models import Message
from abm.tokens import Signer
from campaigns.outbox import claim_messages
from campaigns.parcels import Post, Skeletons, prepare
from campaigns.sending import send_due
from campaigns.sequences import apply_sequence, publish_sequence
from tests.bench import Context, Figure, benchmark, require, timed
from tests.worlds import mail_freely, make_account, make_contact

CONNECTIONS = 4
# As many as a worker process has to spare beside the rest of its work.
SENDERS = 2
ROUNDS = 3
AT = datetime(2026, 11, 13, 3, tzinfo=UTC)

# Under a name that may be delivered to; the only server there is, is the sink on this host.
FILL = """
insert into accounts (id, name, normalised_name)
select uuidv7(), '株式会社' || n, 'n' || n from generate_series(1, :accounts) n;
insert into contacts (id, account_id, full_name, family_name, given_name, title, email)
select uuidv7(), a.id, '安奈 花子' || n, '安奈', '花子' || n, '課長', n || '@' || a.normalised_name || '.co.jp'
from accounts a, generate_series(1, 100) n where a.normalised_name like 'n%';
insert into consents (contact_id, purpose, granted, basis, evidence, at)
select id, 'mail', true, 'business_card', 'fair', :at - interval '1 year' from contacts where email like '%.co.jp';
insert into enrollments (sequence_version_id, account_id, contact_id, state, step, step_since, enrolled_at)
select :version_id, account_id, id, 'completed', 'guide', :at, :at from contacts where email like '%.co.jp';
insert into messages (key, enrollment_id, step, contact_id, account_id, mail_id, email, message_id, due_at, planned_at)
select substring(uuid_send(gen_random_uuid()) for 8), e.id, 'guide', c.id, c.account_id,
    (select id from mails where name = 'first_steps_guide' and language = 'ja'), c.email,
    '<' || e.id || '@sender.example>', :at, :at
from enrollments e join contacts c on c.id = e.contact_id where c.email like '%.co.jp';
analyze;
"""
RESET = """
truncate timeline_items;
update messages set state = 'planned', hash = null, sent_at = null, delivered_at = null, leased_until = null,
    attempts = 0, guard = '{}';
vacuum analyze messages;
"""


@benchmark("mail.send")
def mail_send(context: Context) -> Iterator[Figure]:
    """Claimed, guarded, rendered, marked, handed over, settled and told, by threads of one process."""
    require("smtp-sink")
    engine = make_engine(context.addresses.database_url, pool_size=2 * CONNECTIONS)
    with _sink() as port:
        settings = replace(
            context.settings,
            smtp_url=f"smtp://127.0.0.1:{port}",
            sender_name="株式会社サンプル",
            sender_address="東京都千代田区1-1-1",
        )
        post = Post(settings, engine, Signer([b"for benchmarks only"]), SmtpPool(), Skeletons(settings), 0)
        rows = _fill(engine, context.rows(2_000, 50_000))
        envelopes = _envelopes(post)
        ours, bare = [], []
        for _ in range(ROUNDS):
            _run(engine, RESET)
            ours.append(timed(lambda: _send_outbox(post)))
            _check(engine, rows)
            bare.append(timed(lambda: _smtp_loop(port, envelopes)))
        post.pool.close()
    engine.dispose()
    seconds = statistics.median(ours)
    reference = rows / statistics.median(bare)
    yield Figure("mail.send", rows / seconds, "mails/s", "higher", "smtp_loop", reference, rows, seconds)


@contextmanager
def _sink() -> Iterator[int]:
    """Postfix's sink on a free port: takes every mail and forgets it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # It refuses to serve as root.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "128"], stderr=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        sink.terminate()
        sink.wait(10)


def _await(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("smtp-sink does not answer")


def _fill(engine: Engine, people: int) -> int:
    with Session(engine) as session:
        mail_freely(session)
        first = make_contact(session, make_account(session))
        apply_sequence(session, "first_steps", AT)
        version_id = publish_sequence(session, "first_steps", contact_ids=[first.id], at=AT).id
        session.execute(text("delete from enrollments"))
        session.commit()
    _run(engine, FILL, accounts=people // 100, version_id=version_id)
    return people


def _run(engine: Engine, statements: str, **values: object) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in filter(str.strip, statements.split(";")):
            used = {name: value for name, value in {**values, "at": AT}.items() if f":{name}" in statement}
            connection.execute(text(statement), used)


def _envelopes(post: Post) -> Sequence[Envelope]:
    """Every mail as ours renders it, ready to be handed over."""
    with Session(post.engine) as session:
        claims = claim_messages(session, AT, limit=1_000_000)
        session.commit()
    return [parcel.envelope for parcel in prepare(post, claims)]


def _send_outbox(post: Post) -> None:
    """As the actors of one worker process do it."""

    with ThreadPoolExecutor(SENDERS) as senders:
        for sending in [senders.submit(send_due, post) for _ in range(SENDERS)]:
            sending.result()


def _check(engine: Engine, rows: int) -> None:
    with Session(engine) as session:
        sent = session.query(Message).filter(Message.state == "sent").count()
    if sent != rows:
        raise RuntimeError(f"{sent} of {rows} mails were sent")


def _smtp_loop(port: int, envelopes: Sequence[Envelope]) -> None:
    """The same bytes over as many connections, each kept for all its mails."""

    def send(share: Sequence[Envelope]) -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.ehlo()
            for envelope in share:
                smtp.sendmail(envelope.mail_from, envelope.rcpt_to, envelope.raw)

    with ThreadPoolExecutor(CONNECTIONS) as senders:
        shares = [envelopes[n::CONNECTIONS] for n in range(CONNECTIONS)]
        for sending in [senders.submit(send, share) for share in shares]:
            sending.result()
