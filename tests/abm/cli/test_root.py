"""The command tree: every command explains itself, takes --json, and fails with a code scripts can rely on."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sqlalchemy import text

from abm.cli.root import COMMANDS, run_command
from abm.cli.root import abm as root
from abm.work import Installation
from tests.abm.cli.conftest import Command

PROMISED = [
    "up",
    "tracking",
    "web",
    "worker",
    "scheduler",
    "migrate",
    "doctor",
    "import",
    "account",
    "hits",
    "score",
    "guard",
    "tasks",
    "messages",
    "mailbox",
    "sequence",
    "user",
    "bench",
]


def tree(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command below the root, by its words."""
    if path:
        yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from tree(found, (*path, name))


def test_every_promised_command_is_there() -> None:
    assert set(PROMISED) <= set(COMMANDS)


def test_every_command_explains_itself_and_takes_json() -> None:
    for words, command in tree(root):
        options = {option for parameter in command.params for option in parameter.opts}
        assert "--json" in options, words
        assert (command.help or "").strip(), words
        missing = [p.name for p in command.params if isinstance(p, click.Option) and not p.help]
        assert missing == [], words


def test_help_needs_no_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--help"]) == 0
    assert "abm up" not in capsys.readouterr().err


def test_an_unknown_command_is_wrong_usage(abm: Command) -> None:
    answer = abm("acount")

    assert answer.code == 2
    assert "acount" in answer.err


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ABM_PORT", "eighty")

    assert run_command(["user", "list"]) == 78
    assert "ABM_PORT" in capsys.readouterr().err


def test_an_installation_that_does_not_run_is_named_and_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ABM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)

    assert run_command(["user", "list"]) == 69
    assert str(tmp_path / "state") in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_a_database_that_is_away_is_named_without_its_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://abm:geheim@/abm?host={tmp_path}")
    monkeypatch.setenv("ABM_SECRET_KEY", "x" * 32)

    assert run_command(["user", "list"]) == 69
    said = capsys.readouterr().err
    assert "DATABASE_URL" in said
    assert "geheim" not in said


def test_a_database_without_tables_is_told_to_migrate(installation: Installation, abm: Command) -> None:
    with installation.engine.begin() as connection:
        connection.execute(text("alter table users rename to users_elsewhere"))
    try:
        answer = abm("user", "list")
    finally:
        with installation.engine.begin() as connection:
            connection.execute(text("alter table users_elsewhere rename to users"))

    assert (answer.code, answer.out) == (78, "")
    assert "abm migrate" in answer.err
