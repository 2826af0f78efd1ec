"""Worlds for what goes out: an installation with the library's sequence published to a few people."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.connectors.mail.mailbox import MailboxServer
from abm.connectors.mail.pool import SmtpPool
from abm.connectors.mail.smtp import Outcome
from abm.models import Consent, Contact, Deal, Enrollment, Message, Suppression, Task, TimelineItem
from abm.words import ConsentPurpose, DealStage, ItemKind, SuppressionReason, TaskKind, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.doors import Door
from campaigns.outbox import claim_messages
from campaigns.parcels import Parcel, Post, Skeletons, prepare
from campaigns.sending import Run, send_due, settle_stranded
from campaigns.sequences import apply_sequence, publish_sequence
from tests.smtp_server import ScriptedServer
from tests.worlds import make_account, make_contact

DAY = timedelta(days=1)


def make_people(session: Session, count: int = 1, **over: Any) -> list[Contact]:
    """An account with this many people who may be mailed."""
    account = make_account(session)
    return [make_contact(session, account, email=f"p{n}@acme.example", **over) for n in range(count)]


def publish(session: Session, people: list[Contact], at: datetime, source: Any = "first_steps") -> str:
    """The sequence with these people on it; answers its name."""
    apply_sequence(session, source, at)
    name = source if isinstance(source, str) else source["name"]
    publish_sequence(session, name, contact_ids=[who.id for who in people], at=at)
    return str(name)


def start(count: int = 1, **over: Any) -> list[uuid.UUID]:
    """Commit people and the library's sequence; answers the contacts' ids."""
    with unit_of_work() as work:
        people = make_people(work.session, count, **over)
        publish(work.session, people, work.at)
    return [who.id for who in people]


def pass_time(duration: timedelta) -> None:
    """Move business time on."""
    with unit_of_work() as work:
        shift = text("select coalesce((select clock_offset from business_clock), interval '0')")
        set_clock_offset(work.session, work.session.scalar(shift) + duration)


def let_leases_run_out(table: str) -> None:
    """As if the worker that holds them had been dead for long."""
    with unit_of_work() as work:
        work.session.execute(text(f"update {table} set leased_until = clock_timestamp() - interval '1 second'"))


@contextmanager
def mailbox(installation: Installation) -> Iterator[Post]:
    """The local mailbox running, and what sends to it."""
    with MailboxServer(installation.engine, 0) as server:
        settings = replace(installation.settings, mailbox_port=server.port)
        post = make_post(installation, settings)
        yield post
        post.pool.close()


def make_post(installation: Installation, settings: Any = None, timeout: float = 5) -> Post:
    """What sends in these settings, with connections of its own."""
    settings = settings or installation.settings
    return Post(
        settings,
        installation.engine,
        installation.signer,
        SmtpPool(timeout),
        Skeletons(settings),
        settings.mailbox_port,
    )


def send_all(post: Post) -> None:
    """Send until nothing is due, as the actor does."""
    settle_stranded(post)
    send_due(post)


def hand_over(post: Post, parcels: Sequence[Parcel]) -> None:
    """As a sender goes on from there."""
    with Run(post) as run:
        run.hand_over(parcels)
        while run.is_busy:
            run.step()


def leave(post: Post, parcel: Parcel) -> Outcome:
    """Let one mail go and hand it over; then the sender dies, and nobody writes what became of it."""
    with Door(post.engine) as door, door.let_go([parcel.leaving]) as allowed:
        assert allowed == {parcel.outgoing.id}
        return post.pool.send(parcel.route, parcel.envelope)


def hand_off(account_id: uuid.UUID, state: TaskState = TaskState.ACCEPTED) -> None:
    """Sales takes the account."""
    with unit_of_work() as work:
        work.session.add(Task(kind=TaskKind.HAND_OFF, state=state, account_id=account_id, why=[], created_at=work.at))


def negotiate(account_id: uuid.UUID) -> None:
    """The account has been made a proposal."""
    with unit_of_work() as work:
        stage = {"stage": DealStage.PROPOSAL, "stage_since": work.at}
        work.session.add(Deal(account_id=account_id, name="更改", **stage))


def rows(engine: Engine, model: Any) -> list[Any]:
    """Every row of a table, oldest first."""
    with Session(engine, expire_on_commit=False) as session:
        return list(session.query(model).order_by(model.id))


def messages(engine: Engine) -> list[Message]:
    """Every message."""
    return rows(engine, Message)


def enrollments(engine: Engine) -> list[Enrollment]:
    """Every enrollment."""
    return rows(engine, Enrollment)


def items(engine: Engine, kind: ItemKind) -> list[TimelineItem]:
    """Every line of one kind."""
    return [item for item in rows(engine, TimelineItem) if item.kind == kind]


def planned(count: int = 1, **over: object) -> None:
    """People whose first mail is due."""
    start(count, **over)
    advance_enrollments()


def real_people(count: int = 1) -> None:
    """People under a name that may be delivered to, with their first mail due."""
    start(count)
    with unit_of_work() as work:
        for n, contact in enumerate(work.session.query(Contact).order_by(Contact.id)):
            contact.email = f"p{n}@acme.co.jp"
    advance_enrollments()


def post_to(installation: Installation, server: ScriptedServer) -> Post:
    """What sends to this server, and does not wait long for it."""
    settings = replace(installation.settings, smtp_url=f"smtp://127.0.0.1:{server.port}")
    return make_post(installation, settings, timeout=0.4)


def prepare_claimed(post: Post) -> list[Parcel]:
    """As far as a sender gets before it hands its mails over."""
    with unit_of_work() as work:
        claims = claim_messages(work.session, work.at)
    return prepare(post, claims)


def withdraw_consent() -> None:
    """The only contact says no on the phone."""
    with unit_of_work() as work:
        contact = work.session.query(Contact).one()
        values = {"granted": False, "basis": None, "evidence": "phone", "at": work.at}
        work.session.add(Consent(contact_id=contact.id, purpose=ConsentPurpose.MAIL, **values))


def stop(email: str) -> None:
    """The stop page has been used."""
    with unit_of_work() as work:
        reason = SuppressionReason.UNSUBSCRIBED
        work.session.add(Suppression(email=email, reason=reason, at=work.at, evidence="stop page"))
