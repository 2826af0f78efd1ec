"""Simulation: the engine on recorded history, counted by hand, repeatable, and without a trace."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.db import Base
from abm.errors import Invalid
from abm.models import StageChange, Task, TaskChange
from abm.words import EventKind, StageReason, TaskKind, TaskState, Verdict
from campaigns.library import read_document
from campaigns.simulate import Plan, simulate
from campaigns.simulate_lines import read_history
from campaigns.simulate_rows import Simulated, as_json, difference
from tests.campaigns.worlds import make_people
from tests.worlds import make_account, make_contact, make_event, send_at_any_hour

MONDAY = datetime(2026, 11, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TOKYO = ZoneInfo("Asia/Tokyo")
END = MONDAY + 30 * DAY
FIRST_STEPS = read_document("first_steps")


def run(session: Session, document: Any = FIRST_STEPS, history: Any = None, until: datetime = END) -> Simulated:
    """The document over a month, from Monday on."""
    return simulate(session.connection(), Plan(document, MONDAY, until, TOKYO), history=history)


def told(found: Simulated, *outcomes: str) -> list[tuple[str, str, str, str | None]]:
    """Day, step, outcome and reason of each row that matters here."""
    rows = [row for row in found.rows if not outcomes or row.outcome in outcomes]
    return [(row.at.strftime("%m-%d %H"), row.step, str(row.outcome), row.reason) for row in rows]


def after(document: Any, **over: Any) -> Any:
    """The document with other values in its head."""
    return {**document, **over}


def test_everybody_is_taken_on_by_hand_and_mails_leave_when_they_are_due(session: Session) -> None:
    send_at_any_hour(session)
    reader, other = make_people(session, 2)
    make_event(session, reader, EventKind.DOWNLOAD, MONDAY + 5 * DAY)
    session.flush()

    found = run(session)

    # Both get the guide at once and the paper after three days; after four more only one has downloaded anything.
    assert _mails(found, reader) == ["guide", "costing", "talk"]
    assert _mails(found, other) == ["guide", "costing", "summary"]
    assert found.totals() == {
        **dict.fromkeys(found.totals(), 0),
        "enrolled": 2,
        "sent": 6,
        "exited": 2,
    }
    assert (found.accounts, found.people) == (1, 2)


def test_what_is_withheld_says_why_and_until_when(session: Session) -> None:
    send_at_any_hour(session)
    (anna,) = make_people(session)
    zeta = make_account(session, "ゼータ")
    bert = make_contact(session, zeta, "辺 留", "bert@zeta.example", consent=False, created_at=MONDAY - DAY)
    task = Task(
        kind=TaskKind.HAND_OFF, state=TaskState.REJECTED, account_id=anna.account_id, why=[], created_at=MONDAY - DAY
    )
    session.add(task)
    session.flush()
    for old, new, at in (
        (None, "assigned", MONDAY - DAY),
        ("assigned", "accepted", MONDAY + DAY),
        ("accepted", "rejected", MONDAY + 3 * DAY + timedelta(hours=2, minutes=30)),
    ):
        session.add(TaskChange(task_id=task.id, at=at, old=old, new=new, code="assigned"))
    session.flush()

    found = run(session)

    assert told(found, "held", "skipped") == [
        ("11-09 01", "guide", "skipped", "consent_missing"),
        # Sales has the hand-off in hand from Tuesday to Thursday 12:30; the guard is asked again each hour.
        ("11-12 01", "costing", "held", "sales_active"),
        ("11-12 01", "costing", "skipped", "consent_missing"),
        # A branch about a mail that never left counts its four days from its own moment.
        ("11-20 01", "summary", "skipped", "consent_missing"),
    ]
    sent = [row for row in found.rows if row.outcome == "sent" and row.step == "costing"]
    assert [row.at for row in sent] == [MONDAY + 3 * DAY + timedelta(hours=3)]
    assert {row.contact_id for row in sent} == {str(anna.id)} != {str(bert.id)}


def test_two_runs_are_equal_and_nothing_is_written(session: Session) -> None:
    anna, _ = make_people(session, 2)
    make_event(session, anna, EventKind.REPLY, MONDAY + 4 * DAY, verdict=Verdict.PROVEN)
    session.flush()
    before = _counts(session)
    document = _with_a_split()

    first, second = run(session, document), run(session, document)

    assert as_json(first) == as_json(second)
    assert _counts(session) == before
    assert "bells" not in session.info


def test_events_begin_and_replies_end_it_when_they_were_recorded(session: Session) -> None:
    send_at_any_hour(session)
    anna, bo = make_people(session, 2)
    make_event(session, anna, EventKind.DOWNLOAD, MONDAY + DAY, topics=["原価管理"])
    make_event(session, bo, EventKind.DOWNLOAD, MONDAY + 2 * DAY, topics=["会計"])
    make_event(session, bo, EventKind.REPLY, MONDAY + 4 * DAY, verdict=Verdict.PROVEN)
    session.flush()

    found = run(session, read_document("white_paper_nurture") | {"holdout": None})

    # Anna's download is on the topic; the paper goes two days later, and the reply of a colleague ends it.
    assert told(found) == [
        ("11-10 01", "pause", "enrolled", None),
        ("11-12 01", "more", "sent", None),
        ("11-13 01", "has_read", "exited", "reply"),
    ]


def test_an_account_is_in_the_stage_of_the_day(session: Session) -> None:
    send_at_any_hour(session)
    (anna,) = make_people(session)
    for old, new, at in (("engaged", "dormant", MONDAY + 2 * DAY), ("dormant", "aware", MONDAY + 20 * DAY)):
        change = {"old": old, "new": new, "at": at, "reason": StageReason.LONG_SILENCE}
        session.add(StageChange(account_id=anna.account_id, **change))
    session.flush()

    found = run(session, read_document("dormant_revival"))

    assert told(found, "enrolled", "sent") == [
        ("11-11 01", "news", "enrolled", None),
        ("11-11 01", "news", "sent", None),
        ("11-25 01", "choice", "sent", None),
    ]


def test_a_history_file_tells_its_own_people(session: Session) -> None:
    send_at_any_hour(session)
    make_people(session, 3)
    lines = [
        {"at": "2026-11-09T10:00:00+09:00", "kind": "contact", "contact": "anna", "account": "Acme", "name": "安奈"},
        {"at": "2026-11-10T10:00:00+09:00", "kind": "enroll", "contact": "anna"},
        {"at": "2026-11-14T10:00:00+09:00", "kind": "premium_download", "contact": "anna", "account": "Acme"},
        {"at": "2026-11-11T10:00:00+09:00", "kind": "call", "account": "Zeta", "contact": "zoe"},
        {"at": "2026-11-12T10:00:00+09:00", "kind": "enroll", "contact": "zoe", "account": "Zeta"},
    ]

    found = run(session, history=read_history([json.dumps(line) for line in lines], TOKYO))

    assert [(row.contact_id, *rest) for row, rest in zip(found.rows, told(found), strict=True)] == [
        ("anna", "11-10 01", "guide", "enrolled", None),
        ("anna", "11-10 01", "guide", "sent", None),
        # Sales called on the 11th: two weeks of peace.
        ("zoe", "11-12 01", "guide", "enrolled", None),
        ("zoe", "11-12 01", "guide", "held", "contacted_lately"),
        ("anna", "11-13 01", "costing", "sent", None),
        ("anna", "11-17 01", "talk", "sent", None),
        ("anna", "11-17 01", "end", "exited", "exit_step"),
        ("zoe", "11-25 01", "guide", "sent", None),
        ("zoe", "11-28 01", "costing", "sent", None),
        ("zoe", "12-02 01", "summary", "sent", None),
        ("zoe", "12-02 01", "end", "exited", "exit_step"),
    ]
    held = next(row for row in found.rows if row.outcome == "held")
    assert held.until == datetime(2026, 11, 25, 1, tzinfo=UTC)
    assert found.people == 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 2: is no JSON"),
        ('{"at": "soon", "kind": "click", "contact": "a"}', "line 2: at must be a time"),
        ('{"at": "2026-11-09", "kind": "wink", "contact": "a"}', "line 2: kind must be one of"),
        ('{"at": "2026-11-09", "kind": "deal", "account": "A", "stage": "maybe"}', "line 2: stage must be one of"),
        ('{"at": "2026-11-09", "kind": "click"}', "line 2: contact is missing"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, problem: str) -> None:
    good = '{"at": "2026-11-09", "kind": "click", "contact": "a"}'

    with pytest.raises(Invalid) as error:
        read_history([good, line], TOKYO)

    assert str(error.value).startswith(problem)


def test_the_difference_names_who_gets_a_mail_more_or_less(session: Session) -> None:
    send_at_any_hour(session)
    make_people(session)
    session.flush()
    shorter = {**FIRST_STEPS, "steps": [*FIRST_STEPS["steps"][:2], {**FIRST_STEPS["steps"][2], "next": None}]}

    found = difference(run(session), run(session, shorter))

    assert [row["step"] for row in found["gained"]] == ["summary"]
    assert found["lost"] == found["moved"] == []
    assert found["totals"]["draft"]["sent"] - found["totals"]["live"]["sent"] == 1


def test_a_split_that_names_a_winner_draws_lots(session: Session) -> None:
    send_at_any_hour(session)
    make_people(session, 2)
    session.flush()
    ways = [{"key": "a", "percent": 50, "next": "guide"}, {"key": "b", "percent": 50, "next": "costing"}]
    split = {"key": "lot", "kind": "split", "ways": ways, "winner": {"by": "click", "after": {"days": 1}}}

    found = run(session, {**FIRST_STEPS, "steps": [split, *FIRST_STEPS["steps"]]})

    assert {step for _, step, _, _ in told(found, "sent")[:2]} <= {"guide", "costing"}
    assert session.scalar(text("select count(*) from split_tests")) == 0


def test_a_span_without_time_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match="the end must lie behind"):
        run(session, until=MONDAY)


def _mails(found: Simulated, who: Any) -> list[str]:
    return [row.step for row in found.rows if row.contact_id == str(who.id) and row.outcome == "sent"]


def _with_a_split() -> Any:
    ways = [{"key": "a", "percent": 50, "next": "guide"}, {"key": "b", "percent": 50, "next": "wait_after_guide"}]
    steps = [{"key": "half", "kind": "split", "ways": ways}, *FIRST_STEPS["steps"]]
    return {**FIRST_STEPS, "name": "halves", "steps": steps, "holdout": {"percent": 40}}


def _counts(session: Session) -> dict[str, Any]:
    counted = {name: session.scalar(text(f"select count(*) from public.{name}")) for name in Base.metadata.tables}
    counters = session.execute(text("select sequencename, last_value from pg_sequences where schemaname = 'public'"))
    return {**counted, "counters": sorted(counters.all(), key=str)}
