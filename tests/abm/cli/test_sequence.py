"""`abm sequence`: checked with places, stored, published to an import, paused and resumed."""

from pathlib import Path

import pytest

from tests.abm.cli.conftest import Command

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
    assert "torn.yaml" in answer.err
    assert "line" in answer.err


def test_publishing_takes_the_people_of_an_import_on(abm: Command, imported: str) -> None:
    answer = abm("sequence", "publish", NAME, "--import", imported, "--json")

    assert (answer.code, answer.json["state"]) == (0, "published")
    assert answer.json["people"]["active"] > 0


def test_a_sequence_is_paused_and_resumed(abm: Command, imported: str) -> None:
    abm("sequence", "publish", NAME, "--import", imported)

    states = [abm("sequence", act, NAME, "--json").json["state"] for act in ("pause", "resume", "status")]

    assert states == ["paused", "published", "published"]


def test_nothing_is_published_to_an_import_that_is_only_planned(abm: Command) -> None:
    planned = abm("import", GOOD, "--json").json["import"]

    answer = abm("sequence", "publish", NAME, "--import", planned)

    assert answer.code == 1
    assert abm("sequence", "status", NAME).code == 1
