"""Where a message goes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from abm.config import Settings
from abm.connectors.mail.route import Route, is_reserved, read_api, read_route, route_for
from abm.errors import BadConfiguration
from abm.words import MailProvider

LOCAL = Settings(mailbox_port=2525)
REAL = replace(LOCAL, smtp_url="smtp://user:p%40ss@mail.firm.co.jp:587")
MAILBOX = Route("127.0.0.1", 2525, is_local=True)


def test_everything_goes_to_the_mailbox_until_a_server_is_configured() -> None:
    assert route_for("anna@firm.co.jp", False, LOCAL, 0) == MAILBOX


def test_real_people_are_mailed_over_the_real_server() -> None:
    route = Route("mail.firm.co.jp", 587, "user", "p@ss", tls_required=True)
    assert route_for("anna@firm.co.jp", False, REAL, 0) == route


@pytest.mark.parametrize(
    ("url", "tls", "must_encrypt"),
    [
        ("smtp://mail.firm.co.jp", "", True),
        ("smtp://mail.firm.co.jp", "offered", False),
        ("smtp://user:secret@mail.firm.co.jp", "offered", True),
        ("smtp://127.0.0.1", "", False),
        ("smtp://127.0.0.1", "required", True),
    ],
)
def test_nothing_leaves_this_host_in_the_clear_unless_that_is_set_and_a_password_never(
    url: str, tls: str, must_encrypt: bool
) -> None:
    route = route_for("anna@firm.co.jp", False, replace(LOCAL, smtp_url=url, smtp_tls=tls), 0)

    assert route is not None
    assert route.must_encrypt is must_encrypt


def test_samples_stay_at_home_whatever_is_configured() -> None:
    assert route_for("anna@firm.co.jp", True, REAL, 0) == MAILBOX


@pytest.mark.parametrize(
    "address",
    ["a@acme.example", "a@x.test", "a@b.invalid", "a@example.com", "a@EXAMPLE.Net", "a@mail.example.org", "a@x.test."],
)
def test_reserved_names_stay_at_home(address: str) -> None:
    assert is_reserved(address)
    assert route_for(address, False, REAL, 0) == MAILBOX


@pytest.mark.parametrize("address", ["a@firm.co.jp", "a@example.co.jp", "a@myexample.com", "a@contest.com"])
def test_names_that_only_look_reserved_do_not(address: str) -> None:
    assert not is_reserved(address)


def test_without_a_running_mailbox_there_is_no_way() -> None:
    assert route_for("a@acme.example", False, replace(REAL, mailbox_port=0), 0) is None
    assert route_for("a@acme.example", False, replace(REAL, mailbox_port=0), 2600) == Route(
        "127.0.0.1", 2600, is_local=True
    )


@pytest.mark.parametrize("url", ["mail.firm.co.jp", "http://x", "smtp://", "smtp://host:99999"])
def test_a_server_that_cannot_be_read_is_told(url: str) -> None:
    with pytest.raises(BadConfiguration, match="smtp_url"):
        read_route(url)


SES = replace(LOCAL, mail_provider="ses", mail_key="AKIDEXAMPLE:secret")


def test_a_service_takes_the_mails_of_real_people_and_no_others() -> None:
    route = route_for("anna@firm.co.jp", False, SES, 0)

    assert route is not None
    assert (route.provider, route.api_url) == (MailProvider.SES, "https://email.ap-northeast-1.amazonaws.com")
    assert route.password == "AKIDEXAMPLE:secret"
    assert "secret" not in repr(route)
    assert route_for("anna@firm.co.jp", True, SES, 0) == MAILBOX
    assert route_for("anna@acme.example", False, SES, 0) == MAILBOX
    assert not SES.local_mailbox


def test_a_key_in_a_file_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "key"
    settings = replace(LOCAL, mail_provider="postmark", mail_key_file=str(file))

    for key in ("one", "two"):
        file.write_text(f"{key}\n")
        assert read_api(settings).password == key


@pytest.mark.parametrize(
    "over",
    [
        {"mail_api_url": "http://mail.firm.co.jp"},
        {"mail_api_url": "mail.firm.co.jp"},
        {"mail_key": "AKIDEXAMPLE"},
        {"mail_key": "", "mail_key_file": "/nowhere/key"},
    ],
)
def test_a_service_that_cannot_be_reached_safely_is_told(over: dict[str, Any]) -> None:
    with pytest.raises(BadConfiguration, match="mail_"):
        read_api(replace(SES, **over))


def test_smtps_speaks_tls_from_the_start() -> None:
    assert read_route("smtps://mail.firm.co.jp") == Route("mail.firm.co.jp", 465, implicit_tls=True)
