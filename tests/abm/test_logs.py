"""Logs: one line an event, and no address in any of them."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from abm.config import Settings
from abm.logs import CHORUS, Seldom, mask_addresses, set_up_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    line: dict[str, str] = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    return line


def test_a_line_says_what_happened_where_and_when(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Settings(), "worker")

    structlog.get_logger("abm.somewhere").warning("task_expired", task="7")

    line = logged(capsys)
    assert (line["event"], line["task"], line["level"], line["process"]) == ("task_expired", "7", "warning", "worker")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("library", [False, True])
def test_an_address_is_masked_wherever_it_stands(capsys: pytest.CaptureFixture[str], library: bool) -> None:
    set_up_logging(Settings(), "worker")

    if library:
        logging.getLogger("some.library").error("refused %s and %s", "anna@acme.example", {"to": "山田@日本.example"})
    else:
        structlog.get_logger("ours").error("refused", to="anna@acme.example", all=["<bert@acme.example>"])

    assert "@acme" not in (text := json.dumps(logged(capsys), ensure_ascii=False))
    assert not [name for name in ("anna", "bert", "山田") if name in text]


def test_an_address_in_a_traceback_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Settings(), "worker")

    try:
        raise ValueError("duplicate key (email)=(anna@acme.example)")
    except ValueError:
        structlog.get_logger("ours").exception("failed")

    assert "ValueError" in (text := capsys.readouterr().err)
    assert "anna" not in text


def test_the_password_of_an_address_of_a_server_is_masked() -> None:
    assert "geheim" not in mask_addresses("postgresql://abm:geheim@db.internal:5432/abm")


def test_plain_lines_are_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Settings(log_json=False), "worker")

    structlog.get_logger("ours").info("sent", to="anna@acme.example")

    assert "sent" in (text := capsys.readouterr().err)
    assert "anna" not in text


def test_many_listeners_of_a_queue_that_is_away_say_so_once_a_minute() -> None:
    now = [0.0]
    seldom = Seldom(clock=lambda: now[0])
    record = logging.LogRecord(f"{CHORUS}(default)", logging.CRITICAL, "", 0, "connection error: %s", ("away",), None)

    passed = []
    for now[0] in (0.0, 3.0, 59.0, 60.0):
        passed.append(seldom.filter(record))

    assert passed == [True, False, False, True]
