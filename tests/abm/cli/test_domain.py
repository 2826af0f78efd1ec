"""`abm domain check`: findings as JSON and in words, with an exit code."""

import pytest

from tests.abm.cli.conftest import Command
from tests.dns_server import name_server


def test_the_check_answers_findings_and_fails_when_something_is_wrong(
    abm: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with name_server({("abm.firm.co.jp", "A"): ["203.0.114.8"]}) as server:
        given = {"DNS_RESOLVER": server.address, "SENDER_MAIL": "news@firm.co.jp", "LANGUAGE": "en"}
        for name, value in {**given, "BASE_URL": "https://abm.firm.co.jp"}.items():
            monkeypatch.setenv(f"ABM_{name}", value)
        told, said = abm("domain", "check", "--json"), abm("domain", "check")

    by_code = {one["code"]: one for one in told.json["findings"]}
    assert (told.code, said.code, told.json["ok"]) == (1, 1, False)
    assert by_code["dmarc_missing"]["record"]["name"] == "_dmarc.firm.co.jp"
    assert by_code["stop_well"]["state"] == "well"
    assert "✗ DMARC: firm.co.jp has no DMARC record" in said.out
