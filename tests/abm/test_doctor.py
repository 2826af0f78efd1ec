"""What the doctor says about an installation, in words and with a remedy."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from sqlalchemy import Engine, text

from abm import doctor
from abm.config import Settings
from abm.connectors.mail.route import Route
from abm.doctor import Finding, examine
from abm.engines import Addresses
from abm.up import free_port
from abm.words import Language

KEY = "a key for tests that is long enough"
RESTART = text("insert into restarts (silent_from, noticed_at, enrollments, messages) values (now(), now(), 12, 3)")


@pytest.fixture
def given(tmp_path: Path, engines: Addresses, database: Engine) -> Settings:
    """An installation on engines of its own that was migrated and whose processes do not run."""
    return Settings(
        state_dir=tmp_path,
        port=free_port(),
        language="en",
        secret_key=KEY,
        database_url=database.url.render_as_string(hide_password=False),
        redis_url=engines.redis_url,
    )


@pytest.fixture
def mail_server() -> Iterator[int]:
    """A mail server that takes everything; its port."""
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


def test_engines_that_fit_are_well(given: Settings) -> None:
    found = by_what(examine(given))

    well = ("state folder", "free disk", "secret key", "port", "PostgreSQL", "Valkey", "migrations", "clock")
    assert [what for what in well if not found[what].ok] == []


def test_a_process_that_does_not_work_is_named_with_its_command(given: Settings) -> None:
    found = by_what(examine(given))

    assert not found["scheduler"].ok
    assert "abm scheduler" in found["scheduler"].message


def test_overdue_mail_that_is_held_back_is_named_with_the_ways_to_decide(given: Settings, database: Engine) -> None:
    assert "overdue mail" not in by_what(examine(given))
    with database.begin() as connection:
        connection.execute(RESTART)

    try:
        found = by_what(examine(given))["overdue mail"]
    finally:
        with database.begin() as connection:
            connection.execute(text("delete from restarts"))

    assert "12 people, 3 planned mails" in found.message
    assert "abm sequence release" in str(found.remedy)


def test_an_embedded_installation_that_does_not_run_says_how_to_start(tmp_path: Path) -> None:
    found = by_what(examine(Settings(state_dir=tmp_path, language="en")))

    assert found["running"] == Finding(False, "running", "not running", "start it with `make run` or `abm up`")


def test_looking_changes_nothing(tmp_path: Path) -> None:
    examine(Settings(state_dir=tmp_path / "state"))

    assert not (tmp_path / "state").exists()


def test_a_port_of_another_program_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = by_what(examine(Settings(state_dir=tmp_path, port=port, language="en")))

    assert str(port) in found["port"].message
    assert "ABM_PORT" in found["port"].remedy
    assert not found["port"].ok


def test_a_folder_that_cannot_be_written_is_named() -> None:
    found = by_what(examine(Settings(state_dir=Path("/proc/abm-state"), language="en")))

    assert "/proc/abm-state cannot be written" in found["state folder"].message
    assert "ABM_STATE_DIR" in found["state folder"].remedy


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    found = by_what(examine(Settings(state_dir=tmp_path, secret_key="short", language="en")))

    assert not found["secret key"].ok
    assert "32 characters" in found["secret key"].remedy


def test_a_mail_server_that_answers_is_well(tmp_path: Path, mail_server: int) -> None:
    found = by_what(examine(Settings(state_dir=tmp_path, smtp_url=f"smtp://127.0.0.1:{mail_server}", language="en")))

    assert found["mail server"].ok
    assert found["encryption of mail"].ok


def test_a_server_without_encryption_is_told_where_it_is_required_and_where_mails_would_leave_in_the_clear(
    tmp_path: Path, mail_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Settings(state_dir=tmp_path, smtp_url=f"smtp://127.0.0.1:{mail_server}", language="en")

    required = by_what(examine(replace(given, smtp_tls="required")))["encryption of mail"]
    monkeypatch.setattr(Route, "is_loopback", False)
    stripped = by_what(examine(given))["encryption of mail"]
    clear = by_what(examine(replace(given, smtp_tls="offered")))["encryption of mail"]

    assert "no mail leaves" in required.message
    assert "no mail leaves" in stripped.message
    assert "in the clear" in clear.message
    assert "ABM_SMTP_TLS" in clear.remedy
    assert (required.ok, stripped.ok, clear.ok) == (False, False, False)


def test_mail_that_leaves_needs_an_address_of_the_sender_and_links_that_recipients_can_open(
    tmp_path: Path, mail_server: int
) -> None:
    bare = Settings(state_dir=tmp_path, smtp_url=f"smtp://127.0.0.1:{mail_server}", language="en")
    whole = replace(bare, base_url="https://abm.our-firm.co.jp", sender_address="東京都千代田区1-1")

    wrong, well = by_what(examine(bare)), by_what(examine(whole))

    assert "ABM_SENDER_ADDRESS" in wrong["sender"].remedy
    assert "ABM_BASE_URL" in wrong["public address"].remedy
    assert (well["sender"].ok, well["public address"].ok) == (True, True)


def test_a_missing_mail_server_is_named_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    smtp_url = f"smtp://sales:very-secret@127.0.0.1:{port}"

    finding = by_what(examine(Settings(state_dir=tmp_path, smtp_url=smtp_url, language="en")))["mail server"]

    assert not finding.ok
    assert f"127.0.0.1:{port}" in finding.message
    assert "ABM_SMTP_URL" in finding.remedy
    assert "very-secret" not in str(finding)


def test_a_mail_server_whose_name_is_none_is_told(tmp_path: Path) -> None:
    given = Settings(state_dir=tmp_path, smtp_url="smtp://mail..firm.co.jp", language="en")

    finding = by_what(examine(given))["mail server"]

    assert not finding.ok
    assert "mail..firm.co.jp:25" in finding.message


def test_a_server_that_speaks_no_smtp_is_not_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ANSWER_WITHIN", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        smtp_url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        found = by_what(examine(Settings(state_dir=tmp_path, smtp_url=smtp_url, language="en")))

    assert not found["mail server"].ok


def test_a_clock_that_is_off_is_told_in_seconds(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    right = doctor.host_time
    monkeypatch.setattr(doctor, "host_time", lambda: right() - timedelta(seconds=90))

    finding = by_what(examine(given))["clock"]

    assert not finding.ok
    assert finding.message.startswith("90.")


@pytest.mark.parametrize("text", sorted(doctor.TEXTS))
def test_every_text_exists_in_both_languages(text: str) -> None:
    assert set(doctor.TEXTS[text]) == set(Language)


def by_what(findings: list[Finding]) -> dict[str, Finding]:
    """Findings by their name."""
    return {finding.what: finding for finding in findings}
