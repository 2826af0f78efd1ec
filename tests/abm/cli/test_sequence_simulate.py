"""`abm sequence simulate`: the contract's answer, on what is recorded here and on a file, and nothing left behind."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

from abm.clock import rfc3339
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.sequences import apply_sequence, publish_sequence
from tests.abm.cli.conftest import Command
from tests.campaigns.worlds import mailbox, make_people, messages, pass_time, publish, send_all

SPAN = ("--from", "2026-11-09", "--to", "2026-12-09")


def test_a_file_is_run_through_a_history_of_its_own(abm: Command, tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    lines = [
        {"at": "2026-11-09", "kind": "contact", "contact": "anna", "account": "Acme", "email": "anna@example.com"},
        {"at": "2026-11-10T12:00:00", "kind": "enroll", "contact": "anna"},
    ]
    history.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")

    answers = [abm("sequence", "simulate", "first_steps", *SPAN, "--history", history, "--json") for _ in range(2)]

    found = answers[0].json
    assert answers[0].code == 0
    assert answers[0].out == answers[1].out
    assert {"sent": 3, "held": 0, "skipped": 0, "swapped": 0, "rerouted": 0, "tasks": 0, "exited": 1}.items() <= (
        found["totals"].items()
    )
    assert found["rows"][1] == {
        "at": "2026-11-10T03:00:00Z",
        "account": "Acme",
        "account_name": "Acme",
        "contact": "anna",
        "contact_name": "anna",
        "step": "guide",
        "outcome": "sent",
        "reason": None,
        "until": None,
    }


def test_a_line_that_cannot_be_read_ends_it(abm: Command, tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text('{"at": "2026-11-10", "kind": "wink", "contact": "anna"}', "utf-8")

    answer = abm("sequence", "simulate", "first_steps", *SPAN, "--history", history, "--json")

    assert (answer.code, answer.out) == (1, "")
    assert "line 1: kind must be one of" in answer.err


def test_what_is_simulated_is_what_happens_when_time_passes(abm: Command, installation: Installation) -> None:
    with unit_of_work() as work:
        people = make_people(work.session, 2, created_at=work.at - timedelta(days=1))
        apply_sequence(work.session, "first_steps", work.at)
        began = work.at
    span = ("--from", rfc3339(began), "--to", rfc3339(began + timedelta(days=15)))
    simulated = abm("sequence", "simulate", "first_steps", *span, "--json").json

    with unit_of_work() as work:
        publish_sequence(work.session, "first_steps", contact_ids=[who.id for who in people], at=work.at)
    with mailbox(installation) as post:
        for _ in range(15):
            advance_enrollments()
            send_all(post)
            pass_time(timedelta(days=1))

    really = Counter((str(one.contact_id), one.step) for one in messages(installation.engine) if one.state == "sent")
    assert really == Counter((row["contact"], row["step"]) for row in simulated["rows"] if row["outcome"] == "sent")
    assert len(really) == 6


def test_it_says_how_a_draft_differs_from_what_is_published(abm: Command, tmp_path: Path) -> None:
    with unit_of_work() as work:
        publish(work.session, make_people(work.session, created_at=work.at - timedelta(days=40)), work.at)
        since, until = rfc3339(work.at - timedelta(days=30)), rfc3339(work.at)
    shorter = tmp_path / "shorter.json"
    document = {"name": "first_steps", "title": {"ja": "短い", "en": "Short"}}
    steps = [{"key": "guide", "kind": "mail", "mail": "new_person_overview"}]
    shorter.write_text(json.dumps({**document, "steps": steps}), "utf-8")

    found = abm("sequence", "simulate", shorter, "--from", since, "--to", until, "--live", "--json").json

    assert [row["step"] for row in found["difference"]["lost"]] == ["costing", "summary"]
    assert found["difference"]["gained"] == []


def test_a_file_names_the_sequence_whose_status_is_asked(abm: Command, tmp_path: Path) -> None:
    file = tmp_path / "renamed.yaml"
    abm("sequence", "apply", "new_person", "--json")
    file.write_text("name: new_person\n", "utf-8")

    by_file, by_name = (abm("sequence", "status", one, "--json").json for one in (file, "new_person"))

    assert by_file == by_name
    assert abm("sequence", "validate", "new_person", "--json").json["valid"]
