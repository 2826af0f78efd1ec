"""Sealing: nobody without the secret key reads it, keys may be replaced, and older releases left texts open."""

import pytest

from abm.errors import BadConfiguration
from abm.seal import Seal

OLD, NEW = b"an old secret that is long enough.", b"a new secret that is long enough.."


def test_what_is_sealed_is_opened_with_its_key_and_shows_nothing() -> None:
    seal = Seal([OLD])

    kept = [seal.close("https://hooks.example/T/私") for _ in range(2)]

    assert [seal.open(one) for one in kept] == ["https://hooks.example/T/私"] * 2
    assert len(set(kept)) == 2
    assert not any("hooks" in one for one in kept)


def test_a_replaced_key_still_opens_and_is_known_as_replaced() -> None:
    kept = Seal([OLD]).close("secret")

    both = Seal([NEW, OLD])

    assert (both.open(kept), both.is_newest(kept), both.is_newest(both.close("secret"))) == ("secret", False, True)


def test_a_key_that_is_gone_is_named_with_the_remedy() -> None:
    kept = Seal([OLD]).close("secret")

    with pytest.raises(BadConfiguration, match="add that key behind the new one"):
        Seal([NEW]).open(kept)


def test_what_an_older_release_left_open_is_what_it_says() -> None:
    assert (Seal([NEW]).open("https://a.example"), Seal([NEW]).is_newest("https://a.example")) == (
        "https://a.example",
        False,
    )
