"""`abm sequence`: checked with places, stored, published to an import, paused and resumed."""

from pathlib import Path

import pytest
from sqlalchemy import select

from abm.models import AuditEntry
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.cli.conftest import Command
from tests.worlds import make_user

GOOD = Path(__file__).parents[2] / "data" / "customers-cp932.csv"
NAME = "first_steps"


@pytest.fixture
def imported(abm: Command) -> str:
    """The id of an import of people who may be mailed."""
    done = abm("import", GOOD, "--consent", "business_card", "--sample", "--apply", "--json")
    found: str = done.json["import"]
    return found


def test_a_ready_made_sequence_is_sound(abm: Command) -> None:
    answer = abm("sequence", "validate", NAME, "--json")

    assert (answer.code, answer.json) == (0, {"valid": True, "problems": []})


def test_every_problem_is_named_with_its_place(abm: Command, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("name: broken\ntitle: {ja: 壊, en: broken}\nsteps:\n- {key: one, kind: mail}\n", "utf-8")

    answer = abm("sequence", "validate", file, "--json")

    assert (answer.code, answer.json["valid"]) == (1, False)
    assert any(problem["place"].startswith("steps.one") for problem in answer.json["problems"])


def test_a_file_that_is_no_document_is_named_with_its_line(abm: Command, tmp_path: Path) -> None:
    file = tmp_path / "torn.yaml"
    file.write_text("name: torn\nsteps: [\n", "utf-8")

    answer = abm("sequence", "apply", file)

    assert (answer.code, answer.out) == (1, "")
    assert "torn.yaml: line " in answer.err
    assert "the sequence is no YAML here" in answer.err


def test_an_unknown_sequence_and_half_a_landing_are_refused_with_what_would_be_right(abm: Command) -> None:
    unknown = abm("messages", "--sequence", "nothing")
    half = abm("sequence", "move", NAME, "--to", "guide")

    assert (unknown.code, "there are: none yet" in unknown.err) == (1, True)
    assert (half.code, "GONE=STEP" in half.err) == (2, True)


def test_publishing_takes_the_people_of_an_import_on(abm: Command, imported: str) -> None:
    answer = abm("sequence", "publish", NAME, "--import", imported, "--json")

    assert (answer.code, answer.json["state"]) == (0, "published")
    assert answer.json["people"]["active"] > 0


def test_a_sequence_is_paused_and_resumed(abm: Command, imported: str) -> None:
    abm("sequence", "publish", NAME, "--import", imported)

    states = [abm("sequence", act, NAME, "--json").json["state"] for act in ("pause", "resume", "status")]

    assert states == ["paused", "published", "published"]


def test_a_version_is_published_to_nobody_when_asked(abm: Command, imported: str) -> None:
    answer = abm("sequence", "publish", NAME, "--nobody", "--json")
    both = abm("sequence", "publish", NAME, "--nobody", "--import", imported)

    assert (answer.code, answer.json["state"], answer.json["people"]["active"]) == (0, "published", 0)
    assert both.code == 2


def test_nothing_is_published_to_an_import_that_is_only_planned(abm: Command) -> None:
    planned = abm("import", GOOD, "--json").json["import"]

    answer = abm("sequence", "publish", NAME, "--import", planned)

    assert answer.code == 1
    assert abm("sequence", "status", NAME).code == 1


def test_who_published_and_paused_stands_in_the_audit(abm: Command, imported: str, installation: Installation) -> None:
    with unit_of_work() as work:
        user = make_user(work.session, Role.MARKETER)
    abm("sequence", "publish", NAME, "--import", imported, "--as", user.email)
    abm("sequence", "pause", NAME, "--as", user.email)
    abm("import", "undo", imported, "--as", user.email)

    with unit_of_work() as work:
        acts = work.session.execute(select(AuditEntry.act, AuditEntry.user_id).order_by(AuditEntry.id)).all()
    assert [tuple(act) for act in acts] == [
        ("import.applied", None),
        ("sequence.published", user.id),
        ("sequence.paused", user.id),
        ("import.undone", user.id),
    ]


def test_an_import_taken_back_ends_the_journeys_of_its_people(
    abm: Command, imported: str, installation: Installation
) -> None:
    abm("sequence", "publish", NAME, "--import", imported)

    abm("import", "undo", imported)

    people = abm("sequence", "status", NAME, "--json").json["people"]
    assert people["active"] == 0
    assert people["exited"] > 0


def test_nobody_unknown_can_act(abm: Command, imported: str) -> None:
    answer = abm("sequence", "publish", NAME, "--import", imported, "--as", "nobody@firm.example")

    assert answer.code == 1
    assert "abm user list" in answer.err


def publish_waits(abm: Command, folder: Path, steps: str, *options: str) -> None:
    """A new version of a sequence of these steps."""
    file = folder / "waits.yaml"
    file.write_text(f"name: waits\ntitle: {{ja: 待機, en: Waits}}\nsteps:\n{steps}", "utf-8")
    assert (abm("sequence", "apply", file).code, abm("sequence", "publish", "waits", *options).code) == (0, 0)


def test_whoever_stands_at_a_step_that_is_gone_stays_and_is_shown_to_stay(
    abm: Command, imported: str, tmp_path: Path
) -> None:
    publish_waits(abm, tmp_path, "- {key: rest, kind: wait, lasts: {days: 9}}\n", "--import", imported)
    people = abm("sequence", "status", "waits", "--json").json["people"]["active"]
    publish_waits(abm, tmp_path, "- {key: pause, kind: wait, lasts: {days: 5}}\n", "--nobody")

    shown, told = abm("sequence", "move", "waits"), abm("sequence", "move", "waits", "--json")

    assert (shown.code, "stays in the old version" in shown.out) == (0, True)
    assert told.json == {
        "version": 2,
        "would_move": 0,
        "landings": [{"version": 1, "step": "rest", "people": people, "lands_on": None}],
    }


def test_people_are_moved_once_to_the_step_named_for_the_one_that_is_gone(
    abm: Command, imported: str, tmp_path: Path
) -> None:
    publish_waits(abm, tmp_path, "- {key: rest, kind: wait, lasts: {days: 9}}\n", "--import", imported)
    people = abm("sequence", "status", "waits", "--json").json["people"]["active"]
    publish_waits(abm, tmp_path, "- {key: pause, kind: wait, lasts: {days: 5}}\n", "--nobody")

    moved = abm("sequence", "move", "waits", "--to", "rest=pause", "--apply", "--json")
    again = abm("sequence", "move", "waits", "--to", "rest=pause", "--apply", "--json")

    landing = {"version": 1, "step": "rest", "people": people, "lands_on": "pause"}
    assert people > 0
    assert (moved.code, moved.json) == (0, {"version": 2, "moved": people, "landings": [landing]})
    assert (again.code, again.json["moved"]) == (0, 0)
