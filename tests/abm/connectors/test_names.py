"""Asking the DNS: what is there, what is not, and what nobody would say, in bounded time."""

import pytest

from abm.connectors.names import ask, make_resolver
from abm.errors import BadConfiguration
from tests.dns_server import FAILS, SILENCE, name_server


def test_silence_and_failures_of_the_name_server_are_told_as_such() -> None:
    zone = {
        ("silent.example", "TXT"): SILENCE,
        ("failing.example", "TXT"): FAILS,
        ("known.example", "A"): ["192.0.2.1"],
    }
    asked = [(name, "TXT") for name in ("failing.example", "known.example", "gone.example")]
    with name_server(zone) as server:
        silent = ask(make_resolver(server.address, within=0.3), [("silent.example", "TXT")])
        answers = ask(make_resolver(server.address), asked)

    assert silent == {("silent.example", "TXT"): None}
    assert [answers[one] for one in asked] == [None, (), ()]


def test_a_name_server_that_is_none_is_refused_with_an_example() -> None:
    for address in ("resolver", "192.0.2.1:port"):
        with pytest.raises(BadConfiguration, match="dns_resolver"):
            make_resolver(address)
    assert make_resolver("localhost:5353").port == 5353
    assert make_resolver("[2001:db8::1]:54").port == 54
