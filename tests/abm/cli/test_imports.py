"""`abm import`: a plan changes nothing, applying tells what came back, and all of it can be undone."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.models import Account, Contact
from abm.work import Installation
from tests.abm.cli.conftest import Command

DATA = Path(__file__).parents[2] / "data"
GOOD = DATA / "customers-cp932.csv"
BAD = DATA / "customers-bad-rows-cp932.csv"
PROMISED = [
    "import",
    "applied",
    "encoding",
    "delimiter",
    "sheet",
    "header_row",
    "columns",
    "rows",
    "create",
    "update",
    "unchanged",
    "match",
    "review",
    "rejected",
    "rejected_file",
]


def count(installation: Installation, table: type[Account] | type[Contact]) -> int:
    with Session(installation.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_plan_says_what_would_happen_and_changes_nothing(abm: Command, installation: Installation) -> None:
    answer = abm("import", GOOD, "--json")

    assert answer.code == 0
    assert set(PROMISED) <= set(answer.json)
    assert (answer.json["applied"], answer.json["encoding"]) == (False, "cp932")
    assert count(installation, Account) == 0


def test_applying_makes_the_records(abm: Command, installation: Installation) -> None:
    answer = abm("import", GOOD, "--consent", "business_card", "--sample", "--apply", "--json")

    assert answer.code == 0
    assert answer.json["applied"]
    assert count(installation, Contact) == answer.json["create"]
    with Session(installation.engine) as session:
        assert set(session.scalars(select(Contact.is_sample))) == {True}


def test_rows_that_came_back_are_listed_and_given_back_in_a_file(abm: Command, installation: Installation) -> None:
    answer = abm("import", BAD, "--apply", "--json")

    counted = answer.json
    assert answer.code == 3
    assert counted["create"] + counted["update"] + counted["unchanged"] + len(counted["rejected"]) == counted["rows"]
    given_back = Path(counted["rejected_file"])
    assert given_back.is_relative_to(installation.settings.state_dir)
    assert len(given_back.read_text("cp932").splitlines()) == len(counted["rejected"]) + 1


def test_an_import_is_taken_back_by_its_id(abm: Command, installation: Installation) -> None:
    done = abm("import", GOOD, "--apply", "--json").json

    answer = abm("import", "undo", done["import"], "--json")

    assert (answer.code, answer.json["undone"]) == (0, True)
    assert count(installation, Contact) == 0


def test_columns_can_be_named_by_a_file(abm: Command, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("得意先,メール\n株式会社アクメ,anna@acme.example\n", "utf-8")
    (tmp_path / "map.yaml").write_text("company: 得意先\nemail: メール\n", "utf-8")

    answer = abm("import", tmp_path / "odd.csv", "--map", tmp_path / "map.yaml", "--json")

    assert answer.json["columns"] == {"company": "得意先", "email": "メール"}


def test_usage_reads_as_people_type_it(abm: Command) -> None:
    helped, wrong = abm("import", "--help"), abm("import", "--kind", "nonsense", "a.csv")

    assert helped.out.startswith("Usage: abm import [OPTIONS] FILE\n")
    assert wrong.code == 2
    assert "Try 'abm import --help' for help." in wrong.err


@pytest.mark.parametrize("content", [None, b"", b"\x00\xff\x00"])
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_kept(
    abm: Command, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "customers.csv"
    if content is not None:
        file.write_bytes(content)

    answer = abm("import", file, "--apply", "--json")

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("error: ")


def test_a_map_may_leave_a_field_out(abm: Command, installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "map.yaml"
    file.write_text("memo:\nphone: ''\n", encoding="utf-8")

    answer = abm("import", GOOD, "--map", file, "--json")

    assert answer.code == 0
    assert not {"memo", "phone"} & answer.json["columns"].keys()
    assert {"company", "email"} <= answer.json["columns"].keys()
