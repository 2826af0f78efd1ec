"""Home: the next action for whoever is logged in."""

from abm.models import Heartbeat, Task
from abm.words import Role, Stage, TaskKind, TaskState
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account

PLAYING = {"day": 12, "of": 30, "done": False}
DONE = {"day": 30, "of": 30, "done": True}


def test_a_new_installation_leads_a_marketer_to_the_import(log_in: LogIn) -> None:
    page = log_in(Role.MARKETER).get("/").text

    assert 'href="/imports"' in page
    assert "Start with your customers" in page


def test_a_new_installation_asks_nothing_of_a_viewer_that_only_others_may(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER).get("/").text

    assert "/imports" not in page


def test_cold_accounts_are_told_how_they_warm_up(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        make_account(work.session, stage=Stage.KNOWN)

    page = log_in(Role.VIEWER, language="ja").get("/").text

    assert "ホットな企業はまだありません" in page


def test_who_oversees_sees_what_nobody_has_answered_yet(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        account = make_account(work.session, stage=Stage.MQA)
        shared = {"kind": TaskKind.HAND_OFF, "created_at": work.at, "why": []}
        other = make_account(work.session, "株式会社ゼータ", stage=Stage.IN_SALES)
        work.session.add(Task(account_id=account.id, state=TaskState.ASSIGNED, **shared))
        work.session.add(Task(account_id=other.id, state=TaskState.ACCEPTED, **shared))

    overseer, viewer = log_in(Role.MARKETER).get("/").text, log_in(Role.VIEWER).get("/").text

    assert overseer.count('class="fw-bold" href="/tasks/') == 1
    assert "still wait for an answer" in overseer
    assert 'class="fw-bold" href="/tasks/' not in viewer


def test_the_banner_is_shown_while_the_demo_says_that_it_plays(log_in: LogIn, installation: Installation) -> None:
    browser = log_in(Role.VIEWER)
    assert 'id="demo"' not in browser.get("/").text

    with unit_of_work() as work:
        work.session.add(
            Heartbeat(process="demo", host="here", at=work.at, detail={"day": 12, "of": 30, "done": False})
        )

    page = browser.get("/").text
    assert 'id="demo"' in page
    assert "Day 12 of 30" in page


def test_the_banner_is_gone_when_the_demo_is_done(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        work.session.add(Heartbeat(process="demo", host="here", at=work.at, detail=DONE))

    assert 'id="demo"' not in log_in(Role.VIEWER).get("/").text
