"""Tasks: the board, one task, and the answers of sales."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from abm.clock import rfc3339
from abm.handoff.wording import OPENING
from abm.models import Account, Deal, Event, Product, Task, User
from abm.scoring.actors import fold_events
from abm.scoring.report import score_report
from abm.words import AnswerCode, EventKind, Language, Role, TaskKind, TaskState, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_account, make_contact, make_event, make_user

BOARD = {"HX-Request": "true", "HX-Target": "board"}


def add_task(state: TaskState = TaskState.ASSIGNED, **over: Any) -> Task:
    """A hand-off with what it carries."""
    with unit_of_work() as work:
        account = make_account(work.session)
        anna = make_contact(work.session, account, email=None)
        why = [{"code": "score", "points": 48.2, "threshold": 40, "people": 2}, {"code": "nobody"}]
        brief = {"topic": "原価管理", "do_not_say": ["opens"], "people": [], "missing_roles": []}
        values = {"kind": TaskKind.HAND_OFF, "account_id": account.id, "contact_id": anna.id, "why": why}
        times = {"created_at": work.at, "assigned_at": work.at, "due_at": work.at + timedelta(hours=4)}
        task = Task(**{**values, "state": state, "brief": brief, **times, **over})
        work.session.add(task)
    return task


def state_of(task: Task) -> str:
    with unit_of_work() as work:
        return work.session.get_one(Task, task.id).state


def answer(browser: FlaskClient, task: Task, **form: str) -> Any:
    return browser.post(f"/tasks/{task.id}/answers", data=form)


def test_an_empty_board_tells_when_a_task_comes(log_in: LogIn) -> None:
    browser = log_in(Role.SALES)

    assert "a task opens by itself" in browser.get("/tasks").text
    assert "its task appears here" in browser.get("/tasks?mine=1").text


def test_a_card_says_why_now_what_to_say_and_what_not(log_in: LogIn, installation: Installation) -> None:
    add_task()

    page = log_in(Role.SALES, language="ja").get("/tasks").text

    assert "スコア48.2点（基準40点）" in page
    assert OPENING[Language.JAPANESE].format(topic="「原価管理」") in page
    assert "メールの開封やクリックを把握していることには触れない" in page


def test_one_tap_accepts_and_shows_the_board(log_in: LogIn, installation: Installation) -> None:
    task = add_task()

    part = log_in(Role.SALES).post(f"/tasks/{task.id}/answers", data={"code": "accept"}, headers=BOARD)

    assert state_of(task) == TaskState.ACCEPTED
    assert "Accepted" in part.text
    assert "<html" not in part.text


def test_without_scripts_accepting_leads_back_to_the_task(log_in: LogIn, installation: Installation) -> None:
    task = add_task()

    done = answer(log_in(Role.SALES), task, code="accept")

    assert done.status_code == 303
    assert state_of(task) == TaskState.ACCEPTED


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"code": "not_now"}, "needs a date"),
        ({"code": "not_now", "until": "2020-01-01"}, "in the future"),
        ({"code": "other", "text": "  "}, "needs a reason"),
        ({"code": "unreachable"}, "three calls"),
        ({"code": "sing"}, "choose an answer"),
        ({}, "choose an answer"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_with_the_remedy(
    log_in: LogIn, installation: Installation, form: dict[str, str], said: str
) -> None:
    task = add_task()

    refused = answer(log_in(Role.SALES), task, **form)

    assert refused.status_code == 422
    assert said in refused.text
    assert state_of(task) == TaskState.ASSIGNED


def test_what_was_typed_is_still_there_after_a_refusal(log_in: LogIn, installation: Installation) -> None:
    refused = answer(log_in(Role.SALES), add_task(), code="not_now", text="ask again in spring")

    assert "ask again in spring" in refused.text


def test_an_answer_that_comes_too_late_says_so(log_in: LogIn, installation: Installation) -> None:
    task = add_task(TaskState.ACCEPTED, accepted_at=None)

    late = answer(log_in(Role.SALES, language="ja"), task, code="accept")

    assert late.status_code == 409
    assert "先に更新が行われた" in late.text


def test_a_viewer_sees_the_board_but_no_buttons_and_cannot_answer(log_in: LogIn, installation: Installation) -> None:
    task = add_task()
    viewer = log_in(Role.VIEWER)

    assert 'value="accept"' not in viewer.get("/tasks").text
    assert 'id="answer"' not in viewer.get(f"/tasks/{task.id}").text
    assert answer(viewer, task, code="accept").status_code == 403
    assert state_of(task) == TaskState.ASSIGNED


def test_only_answers_that_fit_the_state_are_offered(log_in: LogIn, installation: Installation) -> None:
    browser = log_in(Role.SALES)

    closed = browser.get(f"/tasks/{add_task(TaskState.REJECTED).id}").text
    fresh = browser.get(f"/tasks/{add_task().id}").text

    assert 'id="answer"' not in closed
    assert f"code={AnswerCode.NOT_NOW}" in fresh


def test_another_kind_of_task_is_done_or_dismissed_with_a_reason(log_in: LogIn, installation: Installation) -> None:
    task = add_task(TaskState.OPEN, kind=TaskKind.FRESHNESS)
    browser = log_in(Role.SALES)

    refused = browser.post(f"/tasks/{task.id}/close", data={"done": "0"})
    done = browser.post(f"/tasks/{task.id}/close", data={"done": "1"})

    assert (refused.status_code, done.status_code) == (422, 303)
    assert state_of(task) == TaskState.DONE


def test_mine_leaves_out_other_people_s_tasks(log_in: LogIn, installation: Installation) -> None:
    task = add_task()

    assert f"task-{task.id}" not in log_in(Role.SALES).get("/tasks?mine=1").text


def test_an_unknown_task_is_not_found(log_in: LogIn, installation: Installation) -> None:
    browser = log_in(Role.SALES)

    assert browser.get(f"/tasks/{uuid.uuid4()}").status_code == 404
    assert browser.post(f"/tasks/{uuid.uuid4()}/answers", data={"code": "accept"}).status_code == 404


def add_check(*, also: bool = False) -> tuple[Task, str]:
    """A freshness task about one person, or about two; the first one's id."""
    with unit_of_work() as work:
        account = make_account(work.session)
        people = [make_contact(work.session, account, email=f"{n}@acme.example") for n in range(2 if also else 1)]
        person = {"name": "安奈 花子", "title": None}
        line = {"code": "stale", "stale_reason": "bounced", "person": person, "at": rfc3339(work.at)}
        evidence = [{**line, "contact": str(who.id)} for who in people]
        values = {"kind": TaskKind.FRESHNESS, "state": TaskState.OPEN, "account_id": account.id, "why": [line]}
        task = Task(**values, evidence=evidence, created_at=work.at)
        work.session.add(task)
    return task, str(people[0].id)


def test_one_tap_says_that_a_record_is_right(log_in: LogIn, installation: Installation) -> None:
    task, who = add_check()
    browser = log_in(Role.SALES, language="ja")

    assert "メールが届きません" in browser.get(f"/tasks/{task.id}").text
    done = browser.post(f"/tasks/{task.id}/people/{who}", data={"answer": "still_right"})
    late = browser.post(f"/tasks/{task.id}/people/{who}", data={"answer": "left"})

    assert (done.status_code, late.status_code) == (303, 409)
    assert state_of(task) == TaskState.DONE


def test_whoever_moved_is_put_right_in_the_form(log_in: LogIn, installation: Installation) -> None:
    task, who = add_check(also=True)

    moved = log_in(Role.SALES).post(f"/tasks/{task.id}/people/{who}", data={"answer": "moved"})

    assert (moved.status_code, moved.location) == (303, f"/contacts/{who}/edit")
    assert state_of(task) == TaskState.OPEN


def test_a_record_is_put_right_only_by_who_may_and_by_an_answer(log_in: LogIn, installation: Installation) -> None:
    task, who = add_check()
    with unit_of_work() as work:
        other = make_user(work.session)
        work.session.get_one(Account, task.account_id).owner_id = other.id

    assert log_in(Role.SALES).post(f"/tasks/{task.id}/people/{who}", data={"answer": "left"}).status_code == 403
    assert log_in(Role.ADMIN).post(f"/tasks/{task.id}/people/{who}", data={"answer": "sing"}).status_code == 422
    assert state_of(task) == TaskState.OPEN


def test_done_by_one_tap_shows_the_board(log_in: LogIn, installation: Installation) -> None:
    task = add_task(TaskState.OPEN, kind=TaskKind.RETURNED)

    part = log_in(Role.SALES).post(f"/tasks/{task.id}/close", data={"done": "1"}, headers=BOARD)

    assert (state_of(task), "<html" in part.text) == (TaskState.DONE, False)


def test_a_returned_task_says_what_was_lost(log_in: LogIn, installation: Installation) -> None:
    lost = {"deal": "製品X 導入", "reason": "price", "on": "2026-09-14", "competitors": "ゼータ社"}
    why = [{"code": "lost_looks_again", "deal": "製品X 導入", "day": "2026-09-14"}]
    brief = {"lost": {**lost, "amount": "12000000", "currency": "JPY"}}
    task = add_task(TaskState.OPEN, kind=TaskKind.RETURNED, why=why, brief=brief)

    page = log_in(Role.VIEWER, language="ja").get(f"/tasks/{task.id}").text

    assert all(words in page for words in ("ゼータ社", "価格", "1,200万円", "の後に反応がありました"))


def test_the_owner_is_asked_to_find_who_is_missing(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        account = make_account(work.session)
    browser = log_in(Role.SALES)

    assert f"/tasks/coverage/{account.id}" in browser.get(f"/accounts/{account.id}").text
    asked = browser.post(f"/tasks/coverage/{account.id}")

    assert (asked.status_code, asked.location) == (303, f"/accounts/{account.id}")
    assert "Roles nobody plays yet" in browser.get("/tasks").text


def test_a_meeting_opens_a_deal_about_the_chosen_product(log_in: LogIn, installation: Installation) -> None:
    task = add_task()
    with unit_of_work() as work:
        product = Product(code="x", name="製品X")
        work.session.add(product)
    browser = log_in(Role.SALES)

    assert f'value="{product.id}"' in browser.get(f"/tasks/{task.id}?code=meeting").text
    answer(browser, task, code="meeting", product_id=str(product.id))

    with unit_of_work() as work:
        assert work.session.scalars(select(Deal.name)).all() == ["製品X"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"mine", "late", "check"}),
        ("mine=1", {"mine"}),
        ("owner=nobody", {"check"}),
        ("kind=returned", {"check"}),
        ("overdue=1", {"late"}),
        ("q=べつの", {"late"}),
        ("q=100%25", set()),
        ("kind=nonsense&owner=nonsense", {"mine", "late", "check"}),
    ],
)
def test_the_board_shows_what_was_asked_for(
    log_in: LogIn, installation: Installation, query: str, shown: set[str]
) -> None:
    browser = log_in(Role.SALES)
    with unit_of_work() as work:
        rep = work.session.scalars(select(User).where(User.email == mail_of(Role.SALES))).one()
        other, past = make_user(work.session), work.at - timedelta(hours=1)
    tasks = {
        "mine": add_task(owner_id=rep.id),
        "late": add_task(owner_id=other.id, due_at=past),
        "check": add_task(TaskState.OPEN, kind=TaskKind.RETURNED, due_at=None),
    }
    with unit_of_work() as work:
        work.session.get_one(Account, tasks["late"].account_id).name = "べつの会社"

    page = browser.get(f"/tasks?{query}").text

    assert {name for name, task in tasks.items() if f"task-{task.id}" in page} == shown


def test_an_answer_on_the_board_comes_back_to_the_same_board(log_in: LogIn, installation: Installation) -> None:
    task, other = add_task(), add_task()
    with unit_of_work() as work:
        work.session.get_one(Account, other.account_id).name = "べつの会社"
    data = {"code": "accept", "q": "アクメ", "tab": "accepted"}

    part = log_in(Role.SALES).post(f"/tasks/{task.id}/answers", data=data, headers=BOARD).text

    assert f"task-{task.id}" in part
    assert f"task-{other.id}" not in part
    assert 'name="q" value="アクメ"' in part


def test_an_answer_asks_only_for_what_it_needs(log_in: LogIn, installation: Installation) -> None:
    task = add_task()
    browser = log_in(Role.SALES)

    def asked(code: str) -> str:
        return browser.get(f"/tasks/{task.id}/answering?code={code}&mine=1").text

    assert "<textarea" not in asked("")
    assert 'type="date"' not in asked("competitor")
    assert 'type="date"' in asked("not_now")
    assert 'name="until" value="' in asked("not_now")
    assert "required>" in asked("other")
    assert 'name="mine" value="1"' in asked("other")


def test_what_was_no_signal_is_named_on_the_page(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        bo = make_contact(work.session, make_account(work.session, name="株式会社ボー"), email=None)
        asked, other = (make_event(work.session, bo, EventKind.INQUIRY, work.at) for _ in range(2))
        by_hand = [{"code": "act_now", "events": [str(asked.id)]}]
    fold_events()
    with unit_of_work() as work:
        rows = score_report(work.session, bo.account_id, at=work.at)
    task = add_task(account_id=bo.account_id, evidence=by_hand, receipt=rows)
    browser = log_in(Role.SALES)

    page = browser.get(f"/tasks/{task.id}?code=false_signal").text
    answer(browser, task, code="false_signal", event=str(asked.id))

    assert (f'value="{asked.id}"' in page, f'value="{other.id}"' in page) == (True, False)
    with unit_of_work() as work:
        machine = work.session.scalars(select(Event.id).where(Event.verdict == Verdict.MACHINE))
        assert list(machine) == [asked.id]


def test_a_day_typed_beside_the_buttons_counts(log_in: LogIn, installation: Installation) -> None:
    task = add_task()

    answer(log_in(Role.SALES), task, code="not_now", day="2099-04-01")

    with unit_of_work() as work:
        assert str(work.session.get_one(Task, task.id).wake_on) == "2099-04-01"


def test_people_are_called_by_a_tap_unless_they_refused(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        account = make_account(work.session)
        wishes = [("安奈 花子", {}), ("部田 長二", {"refused_at": work.at}), ("千代 三郎", {"no_phone_at": work.at})]
        people = [
            make_contact(work.session, account, name, f"{n}@acme.example", phone=f"+8131234567{n}", **wish)
            for n, (name, wish) in enumerate(wishes)
        ]
        brief = {"people": [{"id": str(one.id), "name": one.full_name, "points": 3} for one in people]}
        brief_of = [{**one, "buying_role": None, "department": None, "title": None} for one in brief["people"]]
    task = add_task(account_id=account.id, contact_id=people[0].id, brief={"people": brief_of})

    page = log_in(Role.SALES).get(f"/tasks/{task.id}").text

    assert 'href="tel:+81312345670"' in page
    assert "+81312345671" not in page
    assert "Asked not to be contacted" in page
    assert "+81312345672" not in page
    assert "mailto:2@acme.example" in page
    # Said after the task was opened, too.
    assert "Do not phone who asked not to be phoned: 千代 三郎" in page


def test_the_board_is_a_file_that_runs_no_formula(log_in: LogIn, installation: Installation) -> None:
    task = add_task()
    with unit_of_work() as work:
        work.session.get_one(Account, task.account_id).name = "=HYPERLINK(1)"

    answered = log_in(Role.SALES).get("/tasks/list.csv")

    heads, row = answered.data.decode("utf-8-sig").splitlines()
    assert heads.startswith("Company,Department,Kind,State,Owner,Why now")
    assert row.startswith("'=HYPERLINK(1),,Hand-off,Assigned,")
    assert "Score 48.2 (threshold 40)" in row


def test_a_deadline_goes_into_a_calendar(log_in: LogIn, installation: Installation) -> None:
    task, without = add_task(), add_task(TaskState.NEW, due_at=None)
    browser = log_in(Role.SALES)

    (event,) = Calendar.from_ical(browser.get(f"/tasks/{task.id}.ics").data).walk("VEVENT")

    assert (event["uid"], event["dtend"].dt) == (f"task-{task.id}@abm", task.due_at.replace(microsecond=0))  # type: ignore[union-attr]
    assert "株式会社アクメ" in event["summary"]
    assert browser.get(f"/tasks/{without.id}.ics").status_code == 404
