"""Tokens open what they were written for and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.config import Settings
from abm.errors import BadConfiguration
from abm.tokens import Signer, Token, TokenKind, new_link_key, new_message_key, read_secrets
from abm.words import Language

OLD, NEW = b"an older secret of thirty-two chars", b"a newer secret of thirty-two chars!"
SIGNER = Signer([NEW])


def click() -> Token:
    return Token(TokenKind.CLICK, Language.JAPANESE, new_message_key(), new_link_key())


def test_a_token_says_what_was_written():
    token = click()

    assert SIGNER.read(SIGNER.write(token), TokenKind.CLICK) == token


def test_a_token_opens_no_other_kind_of_door():
    assert SIGNER.read(SIGNER.write(click()), TokenKind.STOP) is None


def test_a_token_of_an_older_secret_is_still_read():
    old = Signer([OLD]).write(token := click())

    assert Signer([NEW, OLD]).read(old, TokenKind.CLICK) == token
    assert SIGNER.read(old, TokenKind.CLICK) is None


@given(position=st.integers(0, 30), sign=st.sampled_from("ABCxyz019-_=+/ あ"))
def test_an_altered_token_is_no_token(position, sign):
    text = SIGNER.write(click())
    altered = text[:position] + sign + text[position + 1 :]

    assert altered == text or SIGNER.read(altered, TokenKind.CLICK) is None


@given(st.text())
def test_any_text_is_refused_without_an_error(text):
    assert SIGNER.read(text, TokenKind.OPEN) is None


def test_the_embedded_mode_makes_one_secret_and_keeps_it(tmp_path: Path):
    settings = Settings(state_dir=tmp_path / "state")

    first = read_secrets(settings)

    assert read_secrets(settings) == first
    assert (tmp_path / "state" / "secret.key").stat().st_mode & 0o077 == 0


def test_own_servers_need_a_secret_of_their_own(tmp_path: Path):
    with pytest.raises(BadConfiguration, match="ABM_SECRET_KEY"):
        read_secrets(Settings(state_dir=tmp_path, database_url="postgresql://elsewhere/abm"))
