"""`abm segment`: counted, explained, stored, and published to."""

import json
from pathlib import Path

import pytest

from abm.work import Installation, unit_of_work
from tests.abm.cli.conftest import Command
from tests.worlds import make_account, make_contact

LEADERS = {"all": [{"field": "contact.title", "op": "contains", "value": "部長"}, {"not": [{"did": "click"}]}]}


def write(folder: Path, document: object) -> Path:
    file = folder / "segment.json"
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return file


def people() -> None:
    with unit_of_work() as work:
        acme = make_account(work.session)
        make_contact(work.session, acme, title="購買部長")
        make_contact(work.session, acme, "蛯名 次郎", "ebina@acme.example", title="主任")


def test_a_condition_in_a_file_is_counted(abm: Command, installation: Installation, tmp_path: Path) -> None:
    people()

    answer = abm("segment", "count", write(tmp_path, LEADERS), "--json")

    assert (answer.json["accounts"], answer.json["contacts"]) == (1, 1)
    assert answer.json["as_of"].endswith("Z")


def test_a_stored_segment_is_counted_and_explained_by_its_name(abm: Command, tmp_path: Path) -> None:
    people()
    abm("segment", "apply", write(tmp_path, {"name": "leaders", "condition": LEADERS}))

    counted = abm("segment", "count", "leaders", "--json").json
    answer = abm("segment", "explain", "leaders", "ebina@acme.example", "--json").json

    assert counted["contacts"] == 1
    assert answer["member"] is False
    assert [(one["holds"], one["because"]) for one in answer["conditions"]] == [
        (False, "contact.title is 主任"),
        (False, "did click 0 times ever, 1 needed"),
    ]


def test_an_error_in_a_file_names_place_and_remedy(abm: Command, tmp_path: Path) -> None:
    answer = abm("segment", "count", write(tmp_path, {"all": [{"field": "account.tier", "value": "big"}]}))

    assert answer.code == 1
    assert "all[0].value" in answer.err
    assert "1:few" in answer.err


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: " + "[" * 3000, "- " * 3000])
def test_a_file_that_would_exhaust_is_refused(abm: Command, tmp_path: Path, text: str) -> None:
    (file := tmp_path / "deep.yaml").write_text(text, "utf-8")

    assert "deep.yaml, line 1" in abm("segment", "count", file).err


def test_what_is_neither_json_nor_yaml_is_named(abm: Command, tmp_path: Path) -> None:
    file = tmp_path / "torn.json"
    file.write_text('{"all": [', "utf-8")

    answer = abm("segment", "count", file)

    assert (answer.code, "torn.json" in answer.err) == (1, True)


def test_a_sequence_is_published_to_a_segment(abm: Command, tmp_path: Path) -> None:
    people()
    abm("segment", "apply", write(tmp_path, {"name": "leaders", "condition": LEADERS}))

    answer = abm("sequence", "publish", "first_steps", "--segment", "leaders", "--json")

    assert (answer.code, answer.json["people"]["active"]) == (0, 1)


def test_publishing_to_nobody_named_is_wrong_usage(abm: Command) -> None:
    assert abm("sequence", "publish", "first_steps").code == 2


def test_segments_are_listed_and_deleted(abm: Command, tmp_path: Path) -> None:
    abm("segment", "apply", write(tmp_path, {"name": "leaders", "kind": "static", "condition": LEADERS}))

    listed = abm("segment", "list", "--json").json
    abm("segment", "delete", "leaders")

    assert [(one["name"], one["kind"]) for one in listed] == [("leaders", "static")]
    assert abm("segment", "count", "leaders").code == 1
