"""The commands that show what is known: account, score, guard, tasks, messages, hits, mailbox."""

import json
import uuid
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from abm.customers.suppression import suppress
from abm.models import CaughtMail, Contact, Deal, Hit, Product, Task, User
from abm.scoring.actors import fold_events
from abm.words import EventKind, HitKind, Role, SuppressionReason, TaskKind, TaskState, Verdict
from abm.work import Installation, business_time
from tests.abm.cli.conftest import Command
from tests.worlds import NOON, make_account, make_contact, make_department, make_event, make_user

TASK_KEYS = {"id", "kind", "state", "account", "department", "owner", "why", "points", "created_at", "due_at", "answer"}
ENTRY_KEYS = {"event", "contact", "kind", "happened_at", "base", "seniority", "verdict", "factor", "half_life_days"}


@pytest.fixture
def anna(installation: Installation) -> Contact:
    """Anna of Acme's purchasing, who clicked and downloaded an hour ago."""
    with Session(installation.engine, expire_on_commit=False) as session:
        acme = make_account(session)
        anna = make_contact(session, acme, department_id=make_department(session, acme).id)
        lately = business_time(session) - timedelta(hours=1)
        make_event(session, anna, EventKind.CLICK, lately)
        make_event(session, anna, EventKind.DOWNLOAD, lately, verdict=Verdict.PROVEN)
        session.commit()
    fold_events()
    return anna


@pytest.fixture
def task(installation: Installation, anna: Contact) -> Task:
    """A hand-off of Acme, assigned to a sales user."""
    with Session(installation.engine, expire_on_commit=False) as session:
        owner = make_user(session, Role.SALES, email="sato@firm.example")
        at = business_time(session)
        found = Task(
            kind=TaskKind.HAND_OFF,
            state=TaskState.ASSIGNED,
            account_id=anna.account_id,
            department_id=anna.department_id,
            owner_id=owner.id,
            why=[],
            created_at=at,
            assigned_at=at,
        )
        session.add(found)
        session.commit()
    return found


@pytest.mark.parametrize("as_json", [True, False])
def test_an_account_is_shown_with_its_people(abm: Command, anna: Contact, as_json: bool) -> None:
    answer = abm("account", "株式会社アクメ", *(["--json"] if as_json else []))

    assert answer.code == 0
    assert "安奈 花子" in answer.out
    if as_json:
        assert answer.json["id"] == str(anna.account_id)


def test_an_unknown_account_is_named(abm: Command) -> None:
    answer = abm("account", "株式会社ゼータ", "--json")

    assert (answer.code, answer.out) == (1, "")
    assert "株式会社ゼータ" in answer.err


def test_several_accounts_of_one_name_are_candidates(abm: Command, installation: Installation) -> None:
    with Session(installation.engine) as session:
        twins = [str(make_account(session, "株式会社アシスト").id) for _ in range(2)]
        session.commit()

    answer = abm("account", "株式会社アシスト")

    assert answer.code == 1
    assert all(twin in answer.err for twin in twins)


def test_the_entries_of_a_score_add_up(abm: Command, anna: Contact) -> None:
    report = abm("score", "株式会社アクメ", "--json").json

    assert len(report["entries"]) == 2
    assert report["entries"][0].keys() >= ENTRY_KEYS
    assert report["points"] > 0
    assert abs(sum(entry["value"] for entry in report["entries"]) - report["points"]) <= 1e-9


def test_a_score_can_be_asked_for_a_part_and_for_another_day(abm: Command, anna: Contact) -> None:
    of_anna = abm("score", "株式会社アクメ", "--contact", "anna@acme.example", "--json").json
    of_purchasing = abm("score", "株式会社アクメ", "--department", "購買部", "--json").json
    before = abm("score", "株式会社アクメ", "--at", "2020-01-01", "--json").json
    in_years = abm("score", "株式会社アクメ", "--at", "2031-01-01", "--json").json
    assert (in_years["stage"], in_years["mqa"], in_years["foreseen"]) == ("known", False, True)
    assert "foreseen" not in of_anna
    assert abm("score", "株式会社アクメ", "--at", "0001-01-01").code == 2

    assert of_anna["points"] == pytest.approx(of_purchasing["points"])
    assert (before["points"], before["entries"]) == (0, [])


def test_the_guard_says_why_not(abm: Command, anna: Contact, installation: Installation) -> None:
    free = abm("guard", "anna@acme.example", "--json").json
    with Session(installation.engine) as session:
        suppress(session, "anna@acme.example", SuppressionReason.UNSUBSCRIBED, NOON, "test")
        session.commit()

    stopped = abm("guard", str(anna.id), "--json").json

    assert free == {"answer": "send", "until": None, "reasons": []}
    assert (stopped["answer"], stopped["reasons"]) == ("skip", ["suppressed"])


def test_tasks_are_listed_and_narrowed(abm: Command, task: Task) -> None:
    (found,) = abm("tasks", "--account", "株式会社アクメ", "--state", "assigned", "--kind", "hand_off", "--json").json

    assert found.keys() >= TASK_KEYS
    assert (found["id"], found["account"]["name"]) == (str(task.id), "株式会社アクメ")
    assert abm("tasks", "--state", "done", "--json").json == []


def test_a_task_is_answered_as_a_user(abm: Command, task: Task, installation: Installation) -> None:
    answer = abm("tasks", "answer", task.id, "accept", "--as", "sato@firm.example", "--json")

    assert answer.json == {"id": str(task.id), "state": "accepted", "answer": "accept"}
    with Session(installation.engine) as session:
        assert session.get_one(Task, task.id).state == TaskState.ACCEPTED


def test_a_task_is_put_off_in_the_customers_own_words(abm: Command, task: Task, installation: Installation) -> None:
    answer = abm("tasks", "answer", task.id, "not_now", "--when", "next_year", "--as", "sato@firm.example", "--json")

    assert answer.json["state"] == "recycled"
    with Session(installation.engine) as session:
        # Its account closes in March.
        wake_on = session.get_one(Task, task.id).wake_on
        assert wake_on is not None
        assert (wake_on.month, wake_on.day) == (4, 1)


def test_an_answer_of_nobody_changes_nothing(abm: Command, task: Task, installation: Installation) -> None:
    answer = abm("tasks", "answer", task.id, "accept", "--as", "nobody@firm.example")

    assert answer.code == 1
    with Session(installation.engine) as session:
        assert session.get_one(Task, task.id).state == TaskState.ASSIGNED
        assert session.query(User).count() == 1


def test_an_answer_that_is_not_allowed_says_why(abm: Command, task: Task) -> None:
    answer = abm("tasks", "answer", task.id, "start", "--as", "sato@firm.example")

    assert answer.code == 1
    assert answer.err.startswith("error: ")


@pytest.mark.parametrize(("words", "state"), [(["done"], "done"), (["dismissed", "--text", "重複"], "dismissed")])
def test_a_task_of_another_kind_is_done_or_dismissed(
    abm: Command, task: Task, installation: Installation, words: list[str], state: str
) -> None:
    with Session(installation.engine) as session:
        other = session.get_one(Task, task.id)
        other.kind, other.state = TaskKind.RENEWAL, TaskState.OPEN
        session.commit()

    answer = abm("tasks", "answer", task.id, *words, "--as", "sato@firm.example", "--json")
    late = abm("tasks", "answer", task.id, *words, "--as", "sato@firm.example")

    assert (answer.json["state"], late.code) == (state, 1)


def test_dismissing_needs_a_reason_and_a_hand_off_an_answer(abm: Command, task: Task) -> None:
    for word, said in (("dismissed", "say why"), ("done", "cannot be closed this way")):
        answer = abm("tasks", "answer", task.id, word, "--as", "sato@firm.example")
        assert (answer.code, said in answer.err) == (1, True)


def test_an_answer_may_name_a_product_by_its_code(abm: Command, task: Task, installation: Installation) -> None:
    with Session(installation.engine) as session:
        session.add(Product(code="x", name="製品X"))
        session.commit()

    wrong = abm("tasks", "answer", task.id, "meeting", "--product", "y", "--as", "sato@firm.example")
    abm("tasks", "answer", task.id, "meeting", "--product", "x", "--as", "sato@firm.example")

    assert "no product with the code" in wrong.err
    with Session(installation.engine) as session:
        assert session.query(Deal.name).scalar() == "製品X"


def test_hits_are_lines_from_a_time_on(abm: Command, installation: Installation) -> None:
    ids = [uuid.uuid4(), uuid.uuid4()]
    with Session(installation.engine) as session:
        for number, hit in enumerate(ids):
            session.add(make_hit(hit, number))
        session.commit()

    answer = abm("hits", "--since", "2026-11-14T00:00:00Z")

    assert [line["id"] for line in map(json.loads, answer.out.splitlines())] == [str(ids[1])]


def test_caught_mails_come_with_their_source(abm: Command, installation: Installation) -> None:
    raw = "Subject: こんにちは\r\n\r\n本文".encode()
    with Session(installation.engine) as session:
        for to in ("anna@acme.example", "bert@acme.example"):
            session.add(
                CaughtMail(caught_at=NOON, mail_from="us@sender.example", rcpt_to=to, subject="こんにちは", raw=raw)
            )
        session.commit()

    (mail,) = abm("mailbox", "--to", "anna@acme.example", "--json").json

    assert (mail["rcpt_to"], mail["raw"]) == ("anna@acme.example", raw.decode())
    assert "こんにちは" in abm("mailbox", "list").out


def test_no_messages_is_an_empty_list(abm: Command) -> None:
    assert abm("messages", "--json").json == []


def make_hit(hit_id: uuid.UUID, day: int) -> Hit:
    return Hit(
        id=hit_id,
        kind=HitKind.CLICK,
        at=NOON + timedelta(days=day),
        method="GET",
        user_agent="Mozilla/5.0",
        verdict=Verdict.LIKELY,
        reasons=[],
        rules="1",
    )
