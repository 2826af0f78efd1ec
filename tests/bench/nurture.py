"""nurture.advance: enrollments per second through guard and branch, beside the same claiming and writing without rules
and beside the ORM, one per commit."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from abm.db import Base, make_engine
from abm.models import (
    Consent,
    Contact,
    Enrollment,
    Event,
    Mail,
    Message,
    SequenceVersion,
    Suppression,
    Task,
    TimelineItem,
)
from abm.words import EnrollmentState, GuardAnswer, ItemKind, LeaveReason, MessageState
from abm.worker import spare_collector
from campaigns.advance import Sender, advance, claim_enrollments, load_standings, load_versions, write
from campaigns.moves import Move, Planned, Standing
from campaigns.sequences import apply_sequence, publish_sequence
from tests.bench import Context, Figure, benchmark, timed
from tests.worlds import make_account, make_contact

ROUNDS = 3
AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
SENDER = Sender("sender.example")

# Four people per account, as many as the guard lets mail go to on one day, every one with consent; a tenth suppressed,
# a tenth of the accounts with sales at work, a third have downloaded the white paper.
FILL = """
insert into accounts (id, name, normalised_name)
select uuidv7(), '株式会社' || n, 'n' || n from generate_series(1, :accounts) n;
insert into contacts (id, account_id, full_name, family_name, email)
select uuidv7(), a.id, '安奈 ' || n, '安奈',
    substr(a.normalised_name, 2)::integer * 4 + n || '@' || a.normalised_name || '.example'
from accounts a, generate_series(1, 4) n where a.normalised_name like 'n%';
insert into consents (contact_id, purpose, granted, basis, evidence, at)
select id, 'mail', true, 'business_card', 'fair', :at - interval '1 year' from contacts;
insert into suppressions (email, reason, at, evidence)
select email, 'unsubscribed', :at, 'stop page' from contacts where email like '%1@%';
insert into tasks (kind, state, account_id, why, created_at)
select 'hand_off', 'accepted', id, '[]', :at from accounts where normalised_name like '%7';
insert into enrollments (sequence_version_id, account_id, contact_id, step, step_since, trail, due_at, enrolled_at)
select :version_id, account_id, id, 'wait_after_costing', :at - interval '4 days',
    jsonb_build_object('mails', jsonb_build_object('costing', '2026-11-09T03:00:00Z')), :at, :at
from contacts where email like '%@n%';
insert into events (id, kind, happened_at, account_id, contact_id, verdict)
select uuidv7(), 'premium_download', :at - interval '2 days', account_id, id, 'likely'
from contacts where email like '%3@%' or email like '%6@%' or email like '%9@%';
analyze;
"""
RESET = """
truncate messages, timeline_items cascade;
update enrollments set state = 'active', step = 'wait_after_costing', due_at = :at, ended_at = null, reason = null,
    leased_until = null, attempts = 0, step_since = :at - interval '4 days',
    trail = jsonb_build_object('mails', jsonb_build_object('costing', '2026-11-09T03:00:00Z'));
"""


@benchmark("nurture.advance")
def nurture_advance(context: Context) -> Iterator[Figure]:
    """Everybody stands before a branch: waited, judged by what they did, guarded, mailed and out."""
    # Every way runs as in a worker.
    spare_collector()
    engine = make_engine(context.addresses.database_url)
    rows = _fill(engine, context.rows(10_000, 200_000))
    few = context.rows(300, 1_000)
    ours, bare, plain = [], [], []
    for _ in range(ROUNDS):
        for times, way in ((ours, _advance_all), (bare, _write_all)):
            _run(engine, RESET)
            times.append(timed(lambda way=way: way(engine)))
        _run(engine, RESET)
        plain.append(timed(lambda: _orm_each(engine, few)))
    engine.dispose()
    seconds = statistics.median(ours)
    for reference, value in (
        ("claim_decide_write", rows / statistics.median(bare)),
        ("orm_each", few / statistics.median(plain)),
    ):
        yield Figure("nurture.advance", rows / seconds, "enrollments/s", "higher", reference, value, rows, seconds)


def _fill(engine: Engine, people: int) -> int:
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    _run(engine, f"truncate {tables} cascade")
    with Session(engine) as session:
        first = make_contact(session, make_account(session))
        apply_sequence(session, "first_steps", AT)
        version = publish_sequence(session, "first_steps", contact_ids=[first.id], at=AT - timedelta(days=9))
        version_id = version.id
        session.execute(text("delete from enrollments"))
        session.commit()
    _run(engine, FILL, accounts=people // 4, version_id=version_id)
    return people


def _run(engine: Engine, statements: str, **values: object) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in filter(str.strip, statements.split(";")):
            used = {name: value for name, value in {**values, "at": AT}.items() if f":{name}" in statement}
            connection.execute(text(statement), used)


def _advance_all(engine: Engine) -> None:
    """As the actor does it."""
    while ids := _claim(engine):
        with Session(engine) as session:
            advance(session, ids, SENDER, AT)
            session.commit()


def _write_all(engine: Engine) -> None:
    """The same claiming, reading and writing, with a decision that asks nobody."""
    while ids := _claim(engine):
        with Session(engine) as session:
            standings = load_standings(session, ids, AT)
            versions = load_versions(session, {standing.version_id for standing in standings})
            write(session, [_fixed(standing) for standing in standings], versions, SENDER, AT)
            session.commit()


def _claim(engine: Engine) -> list:
    with Session(engine) as session:
        ids = claim_enrollments(session, AT)
        session.commit()
    return ids


def _fixed(standing: Standing) -> Move:
    mail = Planned("summary", "first_steps_summary", MessageState.PLANNED, (), GuardAnswer.SEND, AT, False)
    ended = {"state": EnrollmentState.EXITED, "reason": LeaveReason.EXIT_STEP}
    return Move(standing, "end", AT, None, standing.trail, planned=(mail,), **ended)


def _orm_each(engine: Engine, count: int) -> None:
    """Objects, one enrollment per commit: load, ask each table, change, add, commit."""
    with Session(engine) as session:
        ids = session.scalars(select(Enrollment.id).where(Enrollment.due_at <= AT).limit(count)).all()
        for number, enrollment_id in enumerate(ids):
            _one_by_orm(session, enrollment_id, number)
            session.commit()


def _one_by_orm(session: Session, enrollment_id: object, number: int) -> None:
    enrollment = session.get_one(Enrollment, enrollment_id, with_for_update=True)
    version = session.get_one(SequenceVersion, enrollment.sequence_version_id)
    contact = session.get_one(Contact, enrollment.contact_id)
    consents = session.scalars(select(Consent).where(Consent.contact_id == contact.id)).all()
    suppressed = session.get(Suppression, contact.email)
    tasks = session.scalars(select(Task).where(Task.account_id == contact.account_id)).all()
    events = session.scalars(select(Event).where(Event.contact_id == contact.id)).all()
    step = "talk" if any(event.kind == "premium_download" for event in events) else "summary"
    name = next(one["mail"] for one in version.document["steps"] if one["key"] == step)
    mail = session.scalars(select(Mail).where(Mail.name == name, Mail.language == contact.language)).first()
    assert mail is not None
    free = any(consent.granted for consent in consents) and not suppressed
    held = free and any(task.state == "accepted" for task in tasks)
    message = Message(
        key=number.to_bytes(8, "big"),
        enrollment_id=enrollment.id,
        step=step,
        contact_id=contact.id,
        account_id=contact.account_id,
        mail_id=mail.id,
        email=contact.email,
        state=MessageState.HELD if held else MessageState.PLANNED if free else MessageState.SKIPPED,
        message_id=f"<{number}@sender.example>",
        due_at=AT,
        planned_at=AT,
    )
    item = TimelineItem(
        account_id=contact.account_id, contact_id=contact.id, kind=ItemKind.ENROLLMENT_CHANGED, happened_at=AT
    )
    session.add_all([message, item])
    enrollment.state, enrollment.step, enrollment.due_at = EnrollmentState.EXITED, "end", None
