"""Simulation pages: asked for, run by a worker, read in both languages and as a file; a lost worker's is begun anew."""

import json
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import update

from abm.asked import MOST_ATTEMPTS
from abm.models import Simulation
from abm.words import Role, SimulationState
from abm.work import Installation, unit_of_work
from campaigns.drafts import open_sequence, save_draft
from campaigns.sequences import apply_sequence
from campaigns.simulations import run_next, simulations_wait
from tests.abm.scoring.ledgers import TOKYO
from tests.abm.web.conftest import LogIn
from tests.campaigns.worlds import make_people, publish
from tests.worlds import make_account, make_contact


def make_world(changed: bool = False) -> None:
    """The library's sequence published to one of two people long known; perhaps with a shorter draft since."""
    with unit_of_work() as work:
        before = work.at - timedelta(days=120)
        people = make_people(work.session, created_at=before)
        other = make_account(work.session, "ゼータ工業")
        make_contact(work.session, other, "瀬田 次郎", "z@zeta.example", consent=False, created_at=before)
        publish(work.session, people, work.at)
        if changed:
            steps = [{"key": "guide", "kind": "mail", "mail": "new_person_overview"}]
            document = {"name": "first_steps", "title": {"ja": "短縮版", "en": "Shorter"}, "steps": steps}
            apply_sequence(work.session, document, work.at)


def ask(client: FlaskClient) -> str:
    """Ask for a simulation of the last month; answers the address of its page."""
    with unit_of_work() as work:
        days = {"since": (work.at - timedelta(days=30)).date().isoformat(), "until": work.at.date().isoformat()}
    answer = client.post("/sequences/first_steps/simulations", data=days)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_a_simulation_is_run_by_a_worker_and_read(installation: Installation, log_in: LogIn) -> None:
    make_world(changed=True)
    client = log_in(Role.MARKETER)
    address = ask(client)
    with unit_of_work() as work:
        assert simulations_wait(work.session, work.at)
    waiting = client.get(address).text

    assert run_next(TOKYO)

    assert 'id="waiting"' in waiting
    page = client.get(address).text
    assert 'id="waiting"' not in page
    assert "瀬田 次郎" in page
    # The draft sends one mail to the one who agreed; the published version two more.
    with unit_of_work() as work:
        result = work.session.query(Simulation).one().result or {}
        assert not simulations_wait(work.session, work.at)
    assert (result["totals"]["sent"], result["totals"]["skipped"]) == (1, 1)
    assert [row["step"] for row in result["difference"]["lost"]["rows"]] == ["costing", "summary"]
    # Names are looked up, so that nobody erased since is named.
    assert "瀬田" not in json.dumps(result, ensure_ascii=False)
    assert "瀬田 次郎" in client.get(f"{address}/rows.csv").text
    assert 'id="lost"' in page
    assert "安奈" not in client.get(f"{address}?outcome=skipped").text.split('id="rows"')[1]
    lines = client.get(f"{address}/rows.csv").text.splitlines()
    assert len(lines) == 1 + len(result["rows"])


def test_what_differs_from_nothing_is_shown_alone(installation: Installation, log_in: LogIn) -> None:
    make_world()
    client = log_in(Role.MARKETER)
    address = ask(client)

    assert run_next(TOKYO)

    page = client.get(address)
    assert (page.status_code, "瀬田 次郎" in page.text, 'id="lost"' in page.text) == (200, True, False)


def test_odd_days_and_drafts_without_a_title_are_told_about(installation: Installation, log_in: LogIn) -> None:
    client = log_in(Role.MARKETER)
    far = [("0001-01-01", "2026-01-01"), ("0001-01-01", "0001-01-02"), ("9999-12-31", "9999-12-31")]
    with unit_of_work() as work:
        steps = [{"key": "guide", "kind": "mail", "mail": "new_person_overview"}]
        draft = open_sequence(work.session, {"name": "bare", "title": {}, "steps": steps}, at=work.at, by=None)
        save_draft(work.session, "bare", {"steps": steps}, etag=draft.etag, at=work.at, by=None)

    assert client.get("/sequences/bare/simulations").status_code == 200
    for since, until in far:
        days = {"since": since, "until": until}
        assert client.post("/sequences/first_steps/simulations", data=days).status_code == 422


def test_it_is_asked_for_in_both_languages_by_those_who_may(installation: Installation, log_in: LogIn) -> None:
    make_world()

    pages = {
        language: log_in(Role.MARKETER, language=language).get("/sequences/first_steps/simulations").text
        for language in ("ja", "en")
    }

    assert "シミュレーションを開始" in pages["ja"]
    assert "Start the simulation" in pages["en"]
    assert log_in(Role.SALES).get("/sequences/first_steps/simulations").status_code == 403
    assert log_in(Role.MARKETER).get("/sequences/nobody/simulations").status_code == 404
    assert log_in(Role.MARKETER).get("/sequences/new_person/simulations").status_code == 200


def test_an_end_before_the_beginning_is_refused_with_words(installation: Installation, log_in: LogIn) -> None:
    make_world()
    days = {"since": "2026-11-10", "until": "2026-11-01"}

    answer = log_in(Role.MARKETER).post("/sequences/first_steps/simulations", data=days)

    assert answer.status_code == 422
    assert "is-invalid" in answer.text


def test_a_simulation_that_keeps_failing_says_so(installation: Installation, log_in: LogIn) -> None:
    make_world()
    client = log_in(Role.MARKETER)
    address = ask(client)
    with unit_of_work() as work:
        work.session.execute(update(Simulation).values(attempts=MOST_ATTEMPTS))

    assert run_next(TOKYO)

    assert "never came to its end" in client.get(address).text
    with unit_of_work() as work:
        assert work.session.query(Simulation).one().state == SimulationState.FAILED
