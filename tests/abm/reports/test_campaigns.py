"""The campaign report: a small world counted by hand."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.models import (
    Account,
    Campaign,
    Contact,
    Deal,
    Enrollment,
    Mail,
    Message,
    Sequence,
    SequenceVersion,
    StageChange,
    Task,
    Webinar,
)
from abm.reports.campaigns import FOLLOWS, campaign_report, list_campaigns, parts_elsewhere
from abm.reports.sequence_health import list_health
from abm.words import DealStage, EventKind, MessageState, Stage, TaskKind, TaskState, Verdict
from tests.abm.web.counting import plans_of
from tests.worlds import make_account, make_contact, make_event

NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
numbers = count(1)


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return added(session, Campaign(name="秋の原価管理"))


@pytest.fixture
def mail(session: Session, campaign: Campaign) -> Mail:
    sequence = added(session, Sequence(name="autumn", title={"ja": "秋"}, campaign_id=campaign.id))
    version = added(session, SequenceVersion(sequence_id=sequence.id, number=1, document={"steps": []}))
    return added(session, Mail(sequence_version_id=version.id, name="a", language="ja", compiled={}))


def added(session: Session, row: object) -> object:
    session.add(row)
    session.flush()
    return row


def mailed(session: Session, campaign: Campaign, mail: Mail, contact: Contact, **over: object) -> Message:
    number = next(numbers)
    enrollment = Enrollment(
        sequence_version_id=mail.sequence_version_id,
        account_id=contact.account_id,
        contact_id=contact.id,
        state="completed",
        step="a",
        step_since=NOON,
        enrolled_at=NOON,
        occurrence=number,
    )
    added(session, enrollment)
    message = Message(
        key=number.to_bytes(16),
        enrollment_id=enrollment.id,
        step="a",
        contact_id=contact.id,
        account_id=contact.account_id,
        campaign_id=campaign.id,
        mail_id=mail.id,
        email=contact.email,
        message_id=f"<{number}@us.example>",
        due_at=NOON,
        planned_at=NOON,
        **{"state": MessageState.SENT, "sent_at": NOON, **over},
    )
    return added(session, message)


def person(session: Session, name: str) -> Contact:
    return make_contact(
        session, make_account(session, f"株式会社{name}"), name, email=f"p{next(numbers)}@{name}.example"
    )


def moves(session: Session, account_id: uuid.UUID, old: Stage, new: Stage, at: datetime) -> None:
    session.add(StageChange(account_id=account_id, old=old, new=new, at=at, reason="has_contact"))


def test_what_came_of_a_campaign(session: Session, campaign: Campaign, mail: Mail) -> None:
    ko, otsu, hei = (person(session, name) for name in ("kou", "otsu", "hei"))
    first, second, _ = (mailed(session, campaign, mail, one) for one in (ko, otsu, hei))
    make_event(session, ko, EventKind.CLICK, NOON + DAY, verdict=Verdict.LIKELY, message_id=first.id)
    make_event(session, otsu, EventKind.CLICK, NOON + DAY, verdict=Verdict.MACHINE, message_id=second.id)
    moves(session, ko.account_id, Stage.AWARE, Stage.ENGAGED, NOON + 2 * DAY)
    # Down, before the first mail, and long after the last one: none of the campaign's.
    moves(session, otsu.account_id, Stage.ENGAGED, Stage.AWARE, NOON + 2 * DAY)
    moves(session, hei.account_id, Stage.KNOWN, Stage.AWARE, NOON - DAY)
    moves(session, hei.account_id, Stage.KNOWN, Stage.AWARE, NOON + (FOLLOWS + 1) * DAY)
    task = {"kind": TaskKind.HAND_OFF, "why": [], "created_at": NOON + 3 * DAY}
    session.add(Task(account_id=ko.account_id, state=TaskState.ACCEPTED, accepted_at=NOON + 4 * DAY, **task))
    session.add(Task(account_id=otsu.account_id, state=TaskState.ASSIGNED, **task))
    deal = {"name": "導入", "stage": DealStage.WON, "stage_since": NOON + 30 * DAY}
    session.add(Deal(account_id=ko.account_id, amount=1_200_000, **deal))
    session.flush()

    report = campaign_report(session, campaign.id)

    funnel = report.funnel
    assert (funnel.reached, funnel.people, funnel.engaged, funnel.advanced) == (3, 3, 1, 1)
    assert (funnel.tasks, funnel.accepted, funnel.won, dict(funnel.amounts)) == (2, 1, 1, {"JPY": 1_200_000})
    assert [(one.kind, one.human, one.machine) for one in report.acts] == [(EventKind.CLICK, 1, 1)]
    assert [(one.id, one.acts) for one in report.accounts[:1]] == [(ko.account_id, 1)]
    assert report.mails == {"sent": 3}


def test_what_was_withheld_is_no_reach_and_is_counted_by_reason(
    session: Session, campaign: Campaign, mail: Mail
) -> None:
    ko = person(session, "kou")
    told = {"answer": "hold", "reasons": ["sales_active"]}
    mailed(session, campaign, mail, ko, state=MessageState.HELD, sent_at=None, guard=told)
    mailed(session, campaign, mail, ko, is_test=True)

    report = campaign_report(session, campaign.id)

    assert report.funnel.reached == 0
    assert (report.mails, report.withheld) == ({"held": 1}, {"sales_active": 1})


def test_who_came_to_the_campaign_s_webinar_is_engaged(session: Session, campaign: Campaign) -> None:
    webinar = added(session, Webinar(title="原価", held_at=NOON, campaign_id=campaign.id))
    make_event(
        session,
        person(session, "kou"),
        EventKind.WEBINAR_ATTENDED,
        NOON,
        verdict=Verdict.PROVEN,
        webinar_id=webinar.id,
        minutes=30,
    )

    report = campaign_report(session, campaign.id)

    assert report.funnel.engaged == 1
    assert [part.part for part in report.parts] == ["webinar"]
    assert parts_elsewhere(session, campaign.id) == []


def test_the_list_tells_what_was_sent(session: Session, campaign: Campaign, mail: Mail) -> None:
    mailed(session, campaign, mail, person(session, "kou"))
    added(session, Campaign(name="冬", closed_at=NOON))

    rows = list_campaigns(session)

    assert [(row.name, row.sequences, row.sent, row.accounts) for row in rows] == [
        ("秋の原価管理", 1, 1, 1),
        ("冬", 0, 0, 0),
    ]


def test_accounts_without_mail_are_not_among_the_reached(session: Session, campaign: Campaign) -> None:
    added(session, Account(name="株式会社丁", normalised_name="丁"))

    assert campaign_report(session, campaign.id).accounts == []


def test_the_mails_of_campaigns_are_counted_by_their_index(session: Session, campaign: Campaign, mail: Mail) -> None:
    mailed(session, campaign, mail, person(session, "kou"))
    session.execute(text(MAILS_OF_OTHERS))
    session.execute(text("analyze messages, campaigns"))

    (plan,) = plans_of(session, lambda: list_campaigns(session))

    assert "ix_messages_campaign " in plan
    assert "Seq Scan on messages" not in plan


# Each of another campaign.
MAILS_OF_OTHERS = """
    insert into messages (key, enrollment_id, step, occurrence, contact_id, account_id, campaign_id, mail_id, email,
        message_id, planned_at, due_at, state, sent_at)
    select uuid_send(gen_random_uuid()), enrollment_id, step, n, contact_id, account_id, gen_random_uuid(), mail_id,
        email, format('<other-%s@us.example>', n), planned_at, due_at, state, sent_at
    from messages, generate_series(2, 5000) n
"""


def test_the_list_of_sequences_counts_people_s_clicks_once_and_all_mails_together(
    session: Session, campaign: Campaign, mail: Mail
) -> None:
    ko, otsu = (person(session, name) for name in ("kou", "otsu"))
    first, second = (mailed(session, campaign, mail, one) for one in (ko, otsu))
    for verdict in (Verdict.LIKELY, Verdict.PROVEN, Verdict.MACHINE):
        make_event(session, ko, EventKind.CLICK, NOON + DAY, verdict=verdict, message_id=first.id)
    make_event(session, otsu, EventKind.CLICK, NOON + DAY, verdict=Verdict.MACHINE, message_id=second.id)
    session.flush()

    plans = plans_of(session, lambda: list_health(session, NOON))

    (autumn,) = list_health(session, NOON)
    assert (autumn.sent, autumn.clicked) == (2, 1)
    # Nothing is asked for each message.
    assert all("SubPlan" not in plan for plan in plans)


def test_the_list_of_sequences_counts_the_mails_of_30_days_and_what_stands_still(
    session: Session, campaign: Campaign, mail: Mail
) -> None:
    states = (MessageState.SENT, MessageState.SKIPPED, MessageState.HELD, MessageState.UNKNOWN)
    for number, state in enumerate(states):
        message = mailed(session, campaign, mail, person(session, f"p{number}"))
        message.state, message.planned_at, message.sent_at = state, NOON, NOON if state is MessageState.SENT else None
    session.flush()

    (now,), (later,) = list_health(session, NOON), list_health(session, NOON + 31 * DAY)
    assert now.mails == dict.fromkeys(states, 1)
    # What stands still is seen however old it is.
    assert later.mails == {MessageState.HELD: 1, MessageState.UNKNOWN: 1}
