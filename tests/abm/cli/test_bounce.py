"""`abm bounce`: a line for each mail, read without an installation and taken with one."""

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.cli.root import run_command
from abm.models import InboundPost, Suppression
from abm.work import Installation
from tests.abm.cli.conftest import Command
from tests.worlds import make_account, make_contact

SAMPLES = Path(__file__).parents[2] / "data" / "bounces"


def read(capsys: pytest.CaptureFixture[str], *files: object) -> tuple[int, list[dict[str, object]]]:
    """Exit code and lines of the command."""
    with pytest.raises(SystemExit) as left:
        run_command(["bounce", "read", *(str(file) for file in files)])
    return int(left.value.code or 0), [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_file_is_answered_in_order_and_named_as_given(capsys: pytest.CaptureFixture[str]) -> None:
    full, answer = SAMPLES / "dsn-postfix-full.eml", SAMPLES / "oof-outlook.eml"

    code, lines = read(capsys, full, answer)

    assert code == 0
    assert lines[0] == {
        "file": str(full),
        "kind": "bounce",
        "recipients": [
            {"address": "sato@kaede.example", "strength": "soft", "reason": "mailbox_full", "status": "5.2.2"}
        ],
        "message_id": "<5f2c9a4e7b1d4c0e8a6f3b2d1c0e9f8a@sender.example>",
    }
    assert (lines[1]["file"], lines[1]["kind"]) == (str(answer), "auto_reply")


def test_standard_input_holds_one_mail(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    raw = (SAMPLES / "qmail-no-mailbox.eml").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))

    code, lines = read(capsys, "-")

    assert (code, lines[0]["file"], lines[0]["kind"]) == (0, "-", "bounce")


def test_a_missing_file_is_told_and_stops_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, lines = read(capsys, tmp_path / "gone.eml", SAMPLES / "human-question.eml")

    assert code == 1
    assert lines[0]["file"] == str(tmp_path / "gone.eml")
    assert isinstance(lines[0]["error"], dict)
    assert lines[0]["error"]["code"] == "file_unreadable"
    assert lines[1]["kind"] == "other"


def test_what_cannot_be_made_sense_of_is_other(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 100)

    code, lines = read(capsys, tmp_path / "noise")

    assert (code, lines[0]["kind"], lines[0]["recipients"], lines[0]["message_id"]) == (0, "other", [], None)


def test_a_mail_is_taken_once_and_what_cannot_be_read_is_kept(abm: Command, installation: Installation) -> None:
    with Session(installation.engine) as session:
        make_contact(session, make_account(session), email="tanaka@kaede.example")
        session.commit()
    bounce, noise = SAMPLES / "dsn-postfix-no-such-user.eml", SAMPLES / "human-question.eml"

    first, second = abm("bounce", "take", bounce, noise), abm("bounce", "take", bounce, noise)

    taken = [json.loads(line)["applied"] for line in first.out.splitlines()]
    assert (first.code, taken) == (0, [[{"address": "tanaka@kaede.example", "applied": "taken"}], []])
    assert [json.loads(line)["applied"] for line in second.out.splitlines()] == [[], []]
    with Session(installation.engine) as session:
        assert session.scalars(select(Suppression.email)).all() == ["tanaka@kaede.example"]
        assert len(session.scalars(select(InboundPost)).all()) == 1
