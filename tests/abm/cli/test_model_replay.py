"""`abm model replay`: two runs are equal, nothing is written, and a wrong file is refused with its line."""

from pathlib import Path

from sqlalchemy import func, select

from abm.models import AuditEntry, Replay, ScoreEntry, Task
from abm.scoring.document import write_yaml
from abm.scoring.live import default_document
from abm.work import Installation, unit_of_work
from tests.abm.cli.conftest import Command
from tests.abm.web.test_replays import make_world


def lower(folder: Path) -> Path:
    """A file in which downloads earn less."""
    document = default_document()
    document["kinds"]["premium_download"]["base"] = 3
    file = folder / "model.yaml"
    file.write_text(write_yaml(document))
    return file


def test_a_file_is_replayed_and_two_runs_are_equal(installation: Installation, abm: Command, tmp_path: Path) -> None:
    make_world()
    file, months = lower(tmp_path), ("--to", "2030-01-01", "--json")

    first, second = abm("model", "replay", file, *months), abm("model", "replay", file, *months)

    assert first.code == 0, first.err
    assert first.json["tasks"] == {"draft": 0, "live": 7}
    assert first.json["lost"]["count"] == 7
    assert {**first.json, "from": "", "to": ""} == {**second.json, "from": "", "to": ""}


def test_the_newest_draft_is_replayed(installation: Installation, abm: Command) -> None:
    make_world()

    assert abm("model", "replay", "--draft", "--json").json["wins"]["gone"] == 1


def test_a_replay_writes_nothing(installation: Installation, abm: Command, tmp_path: Path) -> None:
    make_world()
    tables = (AuditEntry, Replay, ScoreEntry, Task)
    with unit_of_work() as work:
        before = [work.session.scalar(select(func.count()).select_from(table)) for table in tables]

    abm("model", "replay", lower(tmp_path))

    with unit_of_work() as work:
        assert [work.session.scalar(select(func.count()).select_from(table)) for table in tables] == before


def test_a_file_that_is_no_model_is_refused_with_its_line(
    installation: Installation, abm: Command, tmp_path: Path
) -> None:
    file = tmp_path / "model.yaml"
    file.write_text(write_yaml({**default_document(), "cap": -1}))

    answer = abm("model", "replay", file)

    assert answer.code == 1
    assert "cap" in answer.err


def test_without_a_model_nothing_is_replayed(installation: Installation, abm: Command) -> None:
    assert abm("model", "replay").code == 2
