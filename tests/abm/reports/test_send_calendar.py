"""The send calendar: what lies on which day, what is expected, and where caps would bite."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.guard.policy import DEFAULT
from abm.models import Contact, Enrollment, Mail, Message, Sequence, SequenceVersion
from abm.reports.send_calendar import SendCalendar, leads_to_mail, send_calendar
from abm.words import EnrollmentState, MessageState
from tests.abm.web.counting import plans_of
from tests.worlds import make_account, make_contact

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = date(2026, 11, 16)
# Wednesday noon in Tokyo.
NOW = datetime(2026, 11, 18, 3, tzinfo=UTC)
DAY = timedelta(days=1)
STEPS: list[dict[str, Any]] = [
    {"key": "rest", "kind": "wait", "lasts": {"days": 3}, "next": "ask"},
    {"key": "ask", "kind": "branch", "when": {}, "if_yes": "a", "if_no": "pause"},
    {"key": "pause", "kind": "wait", "lasts": {"days": 9}, "next": "bye"},
    {"key": "a", "kind": "mail", "mail": "a", "next": "pause"},
    {"key": "bye", "kind": "exit"},
]


@pytest.fixture
def anna(session: Session) -> Contact:
    return make_contact(session, make_account(session))


@pytest.fixture
def mail(session: Session) -> Mail:
    sequence = Sequence(name="autumn", title={"ja": "秋"})
    session.add(sequence)
    session.flush()
    version = SequenceVersion(sequence_id=sequence.id, number=1, document={"steps": STEPS})
    session.add(version)
    session.flush()
    mail = Mail(sequence_version_id=version.id, name="a", language="ja", compiled={})
    session.add(mail)
    session.flush()
    return mail


def enrolled(session: Session, mail: Mail, contact: Contact, **over: Any) -> Enrollment:
    values = {"state": EnrollmentState.COMPLETED, "step": "bye", "step_since": NOW, "enrolled_at": NOW, **over}
    row = Enrollment(
        sequence_version_id=mail.sequence_version_id, account_id=contact.account_id, contact_id=contact.id, **values
    )
    session.add(row)
    session.flush()
    return row


def message(session: Session, mail: Mail, contact: Contact, number: int, **over: Any) -> None:
    row = Message(
        key=number.to_bytes(16),
        enrollment_id=enrolled(session, mail, contact, occurrence=number).id,
        step="a",
        contact_id=contact.id,
        account_id=contact.account_id,
        mail_id=mail.id,
        email="a@acme.example",
        message_id=f"<{number}@us.example>",
        planned_at=NOW,
        **{"due_at": NOW, **over},
    )
    session.add(row)
    session.flush()


def shown(session: Session, weeks: int = 2) -> SendCalendar:
    return send_calendar(session, date(2026, 11, 18), weeks, DEFAULT, zone=TOKYO, now=NOW)


def test_a_wait_leads_to_a_mail_unless_another_wait_lies_between() -> None:
    assert list(leads_to_mail({"steps": STEPS})) == ["rest"]


def test_each_mail_lies_on_its_day_in_the_installation_s_zone(session: Session, mail: Mail, anna: Contact) -> None:
    message(session, mail, anna, 1, state=MessageState.SENT, sent_at=datetime(2026, 11, 16, 15, 30, tzinfo=UTC))
    message(session, mail, anna, 2, state=MessageState.PLANNED, due_at=NOW + DAY)
    message(session, mail, anna, 3, state=MessageState.HELD, due_at=NOW - 2 * DAY)
    message(session, mail, anna, 4, state=MessageState.SKIPPED)
    message(session, mail, anna, 5, state=MessageState.SENT, sent_at=NOW - 9 * DAY)
    enrolled(session, mail, anna, state=EnrollmentState.ACTIVE, step="rest", due_at=NOW + 7 * DAY)
    enrolled(
        session,
        mail,
        make_contact(session, make_account(session, "乙"), "乙", email="b@otsu.example"),
        state=EnrollmentState.ACTIVE,
        step="pause",
        due_at=NOW + 7 * DAY,
    )

    calendar = shown(session)

    days = {
        day.on: (load.sent, load.planned, load.held, load.expected)
        for week in calendar.weeks
        for day in week
        for load in day.loads
    }
    assert [len(week) for week in calendar.weeks] == [7, 7]
    assert calendar.weeks[0][0].on == MONDAY
    # A held mail whose time has passed goes as soon as it may.
    assert days == {
        date(2026, 11, 17): (1, 0, 0, 0),
        date(2026, 11, 18): (0, 0, 1, 0),
        date(2026, 11, 19): (0, 1, 0, 0),
        date(2026, 11, 25): (0, 0, 0, 1),
    }


def test_more_than_a_cap_lets_through_is_told_of_person_and_week(session: Session, mail: Mail, anna: Contact) -> None:
    for number, ahead in enumerate((1, 1, 2), 1):
        message(session, mail, anna, number, state=MessageState.PLANNED, due_at=NOW + ahead * DAY)

    crowds = shown(session).crowds

    assert [(one.whose, one.span, one.day, one.mails, one.most) for one in crowds] == [
        ("person", "week", MONDAY, 3, 2),
        ("person", "day", date(2026, 11, 19), 2, 1),
    ]
    assert {one.contact_id for one in crowds} == {anna.id}


def test_an_account_has_caps_of_its_own(session: Session, mail: Mail, anna: Contact) -> None:
    account = make_account(session, "株式会社乙")
    for number in range(1, 7):
        person = make_contact(session, account, f"人{number}", email=f"p{number}@otsu.example")
        message(session, mail, person, number, state=MessageState.PLANNED, due_at=NOW + DAY)

    crowds = shown(session).crowds

    assert [(one.whose, one.span, one.contact_id, one.mails, one.most) for one in crowds] == [
        ("account", "day", None, 6, 5)
    ]


def test_what_is_over_is_no_conflict(session: Session, mail: Mail, anna: Contact) -> None:
    for number in (1, 2):
        message(session, mail, anna, number, state=MessageState.SENT, sent_at=NOW - DAY)

    assert shown(session).crowds == []


def test_the_mails_of_some_weeks_are_found_by_index(session: Session, mail: Mail, anna: Contact) -> None:
    message(session, mail, anna, 1, state=MessageState.SENT, sent_at=NOW - 1000 * DAY)
    session.execute(MANY_MAILS, {"at": NOW})
    session.execute(text("analyze messages"))

    of_running, of_crowds, of_days = plans_of(session, lambda: shown(session))

    for plan in (of_crowds, of_days):
        assert "Seq Scan on messages" not in plan
        assert all(f"{index} " in plan for index in ("ix_messages_sent", "ix_messages_due", "ix_messages_held"))
    assert "messages" not in of_running


# Most mails left long ago, few a day; some of those ahead are held.
MANY_MAILS = text(
    """
    insert into messages (key, enrollment_id, step, occurrence, contact_id, account_id, mail_id, email, message_id,
        planned_at, due_at, state, sent_at)
    select decode(lpad(to_hex(n), 32, '0'), 'hex'), enrollment_id, step, n, contact_id, account_id, mail_id, email,
        format('<%s@us.example>', n), at, at,
        case when at <= :at then 'sent' when n % 9 = 0 then 'held' else 'planned' end, case when at <= :at then at end
    from messages, generate_series(2, 20000) n, lateral (
        select cast(:at as timestamptz) - make_interval(hours => n) + interval '9 days' as at
    ) lies
    """
)
