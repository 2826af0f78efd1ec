"""`abm model`: shown, checked with lines, kept as a draft, published once, listed."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from abm.models import AuditEntry
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.cli.conftest import Command
from tests.worlds import make_user


@pytest.fixture
def changed(abm: Command, tmp_path: Path) -> Path:
    """The live model as it is shown, with other points for clicks."""
    file = tmp_path / "model.yaml"
    file.write_text(abm("model", "show").out.replace("base: 1\n", "base: 2\n", 1), "utf-8")
    return file


def test_what_is_shown_can_be_given_back(abm: Command, tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text(abm("model", "show").out, "utf-8")

    answer = abm("model", "validate", file, "--json")

    assert (answer.code, answer.json["valid"], answer.json["faults"]) == (0, True, [])
    assert all(golden["passes"] for golden in answer.json["golden"])
    assert abm("model", "show", "--json").json["version"] == 1


def test_every_fault_is_told_with_line_place_and_remedy(abm: Command, changed: Path) -> None:
    text = changed.read_text("utf-8")
    changed.write_text(text.replace("cap: 5", "cap: 0").replace("half_life_days: 21", "half_life_days: 0", 1), "utf-8")

    answer = abm("model", "validate", changed, "--json")

    assert (answer.code, answer.json["valid"]) == (1, False)
    assert [(fault["place"], fault["message"]) for fault in answer.json["faults"]] == [
        ("cap", "cap must be at least 1, not 0"),
        ("kinds.download.half_life_days", "kinds.download.half_life_days must be at least 0.01, not 0"),
    ]
    assert answer.json["faults"][1]["line"] == text[: text.index("half_life_days: 21")].count("\n") + 1


def test_a_model_with_a_fault_is_not_published(abm: Command, changed: Path) -> None:
    changed.write_text(changed.read_text("utf-8").replace("cap: 5", "cap: 0"), "utf-8")

    answer = abm("model", "publish", changed)

    assert answer.code == 1
    assert "line 1: cap must be at least 1" in answer.err
    assert abm("model", "show", "--json").json["version"] == 1


def test_a_failing_golden_account_stops_a_publish_until_somebody_says_why(abm: Command, changed: Path) -> None:
    stopped = abm("model", "publish", changed)
    published = abm("model", "publish", changed, "--despite", "clicks matter more", "--json")

    assert (stopped.code, published.code) == (1, 0)
    assert "clicks_all_day" in stopped.err
    assert (published.json["version"], published.json["despite"]) == (2, "clicks matter more")


def test_a_draft_is_kept_and_published_by_somebody(abm: Command, changed: Path, installation: Installation) -> None:
    with unit_of_work() as work:
        user = make_user(work.session, Role.ADMIN)
    kept = abm("model", "draft", changed, "--note", "after the fair", "--as", user.email, "--json").json

    listed = abm("model", "versions", "--json").json
    done = abm("model", "publish", "--despite", "agreed", "--as", user.email, "--json")

    assert [draft["draft"] for draft in listed["drafts"]] == [kept["draft"]]
    assert (done.code, done.json["version"], done.json["note"]) == (0, 2, "after the fair")
    after = abm("model", "versions", "--json").json
    assert ([row["version"] for row in after["versions"]], after["drafts"]) == ([2, 1], [])
    assert after["versions"][0]["published_by"] == user.name
    with unit_of_work() as work:
        acts = work.session.execute(select(AuditEntry.act, AuditEntry.user_id).order_by(AuditEntry.id)).all()
    assert [tuple(row) for row in acts] == [("model.drafted", user.id), ("model.published", user.id)]


def test_without_a_draft_there_is_nothing_to_publish(abm: Command) -> None:
    assert abm("model", "publish").code == 1


def test_a_json_document_is_yaml_as_well(abm: Command, tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(abm("model", "show", "--json").json["document"]), "utf-8")

    assert abm("model", "validate", file).code == 0


def test_golden_accounts_of_a_folder_become_part_of_the_model(abm: Command, changed: Path, tmp_path: Path) -> None:
    changed.write_text(abm("model", "show").out, "utf-8")
    folder = tmp_path / "golden"
    folder.mkdir()
    history = "people: [{name: anna, seniority: other}], events: [{who: anna, kind: demo_request}]"
    (folder / "ours.yaml").write_text(f"- {{name: ours, {history}, expect: {{hand_off: true}}}}\n", "utf-8")

    checked = abm("model", "validate", changed, "--golden", folder, "--json").json["golden"]
    published = abm("model", "publish", changed, "--golden", folder, "--json")
    kept = abm("model", "show", "--json").json["document"]["golden"]
    (folder / "theirs.yaml").write_text(
        f"- name: theirs\n  {history.replace(', events', chr(10) + '  events')}", "utf-8"
    )
    faulty = abm("model", "validate", changed, "--golden", folder, "--json")

    assert [one["passes"] for one in checked if one["name"] == "ours"] == [True]
    assert (published.json["version"], [one["name"] for one in kept]) == (2, ["ours"])
    assert (faulty.code, faulty.json["golden"]) == (1, [])
    assert [fault["place"].partition(":")[0] for fault in faulty.json["faults"]] == ["theirs.yaml"]
    assert abm("model", "publish", "--golden", folder).code == 2
