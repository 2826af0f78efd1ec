"""How mails arrive, by day and domain; and what shares are too much."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from abm.models import Event, Message, ProviderReport, Sequence
from abm.reports.mail_health import FEWEST_SENT, Counted, mail_health
from abm.words import Level, SendReason, SequenceState
from abm.work import Installation, Work, unit_of_work
from campaigns.sequences import pause_sequence
from tests.campaigns.worlds import messages, planned

TOKYO = ZoneInfo("Asia/Tokyo")


def report(work: Work, message: Message, kind: str, **over: Any) -> None:
    event_id = f"{kind}-{message.id}"
    times = {"at": work.at, "received_at": work.at}
    values = {"source": "ses", "event_id": event_id, "hit_id": uuid.uuid4(), "message_id": message.message_id, **times}
    work.session.add(ProviderReport(kind=kind, **values, **over))


def settle(work: Work, message: Message, state: str, email: str, at: datetime, **over: Any) -> None:
    row = work.session.get_one(Message, message.id)
    row.state, row.email, row.due_at = state, email, at
    row.sent_at = at if state == "sent" else None
    for name, value in over.items():
        setattr(row, name, value)


def test_what_came_back_counts_for_the_day_and_domain_of_its_mail(installation: Installation) -> None:
    planned(count=6)
    bounced, complained, stopped, failed, unknown, waits = messages(installation.engine)
    with unit_of_work() as work:
        yesterday = work.at - timedelta(days=1)
        settle(work, bounced, "sent", "a@one.example", yesterday)
        settle(work, complained, "sent", "b@one.example", work.at)
        settle(work, stopped, "sent", "c@Two.example", work.at)
        settle(work, failed, "failed", "d@two.example", work.at)
        settle(work, unknown, "unknown", "e@two.example", work.at)
        settle(work, waits, "planned", "f@three.example", yesterday, reason=SendReason.SMTP_DEFERRED)
        report(work, bounced, "delivered")
        report(work, bounced, "bounced", hard=True)
        report(work, complained, "complained")
        stop = {"happened_at": work.at, "account_id": stopped.account_id, "contact_id": stopped.contact_id}
        work.session.add(Event(id=uuid.uuid4(), kind="unsubscribe", verdict="proven", message_id=stopped.id, **stop))
        work.session.flush()
        found = mail_health(work.session, work.at, TOKYO, 7)

    by_domain = {line.domain: line for line in found.domains}
    days = dict(found.days)
    assert by_domain["one.example"].counted == Counted(sent=2, delivered=1, hard=1, complaints=1)
    assert by_domain["two.example"].counted == Counted(sent=1, stops=1, failed=1, unknown=1)
    assert (by_domain["three.example"].waits.waiting, by_domain["three.example"].waits.deferred) == (1, 1)
    assert days[yesterday.astimezone(TOKYO).date()].hard == 1
    assert len(days) == 7
    assert found.total == Counted(sent=3, delivered=1, hard=1, complaints=1, stops=1, failed=1, unknown=1)
    assert found.waits.oldest_due_at == yesterday
    assert [one.id for one in found.unknown] == [unknown.id]


def test_a_sequence_that_was_paused_by_itself_is_told_and_one_that_somebody_paused_is_not(
    installation: Installation,
) -> None:
    planned()
    with unit_of_work() as work:
        name = work.session.query(Sequence).filter_by(state=SequenceState.PUBLISHED).one().name
        pause_sequence(work.session, name, work.at, why={"sent": 60, "bounced": 4, "complaints": 0})
        broken = mail_health(work.session, work.at, TOKYO, 7).broken

    assert [(one.name, one.detail["bounced"]) for one in broken] == [(name, 4)]


def test_shares_are_told_by_the_published_limits_and_never_of_a_few_mails() -> None:
    def complaints(count: int, of: int) -> Level:
        return Counted(sent=of, complaints=count).complained

    def bounces(count: int, of: int) -> Level:
        return Counted(sent=of, hard=count).bounces

    assert complaints(0, 1000) is Level.WELL
    assert (complaints(1, 1001), complaints(1, 1000), complaints(3, 1000)) == (Level.WELL, Level.WATCH, Level.BAD)
    assert (bounces(19, 1000), bounces(20, 1000), bounces(50, 1000)) == (Level.WELL, Level.WATCH, Level.BAD)
    assert bounces(FEWEST_SENT - 1, FEWEST_SENT - 1) is Level.WELL
