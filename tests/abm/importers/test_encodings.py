"""Encodings: every one that customer lists come in is found and read."""

import codecs
import contextlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.errors import Invalid
from abm.importers.encodings import KNOWN, encode_text, find_encoding, open_text


def read_text(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    text = open_text(BytesIO(content), encoding)
    return "".join(text.blocks()), text.encoding


TEXT = "会社名,担当者名,メモ\r\n株式会社青葉精機,木村 恵子,製品Xに関心。\r\n"
# ㈱ in the rows that Windows adds, which the standard library's codecs lack.
WINDOWS_EUC = "会社名,メモ\n".encode("euc_jp") + b"\xad\xea" + "青葉精機,ｶﾅ\n".encode("euc_jp")
WINDOWS_JIS = "会社名\n".encode("iso2022_jp") + b"\x1b$B\x2d\x6a\x1b(B" + "青葉精機\n".encode("iso2022_jp")


@pytest.mark.parametrize(
    ("encoding", "written_with"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp932", "cp932"),
        ("euc_jp", "euc_jp"),
        ("iso2022_jp", "iso2022_jp"),
    ],
)
def test_an_encoding_is_found_and_read(encoding: str, written_with: str) -> None:
    assert read_text(TEXT.encode(written_with)) == (TEXT, encoding)


@pytest.mark.parametrize("written_with", ["utf-16-le", "utf-16-be"])
def test_utf16_is_found_without_its_mark(written_with: str) -> None:
    assert read_text(TEXT.encode(written_with)) == (TEXT, "utf-16")


def test_utf16_of_the_other_byte_order_is_read() -> None:
    assert read_text(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")) == (TEXT, "utf-16")


def test_the_windows_signs_of_euc_jp_are_read() -> None:
    assert read_text(WINDOWS_EUC) == ("会社名,メモ\n㈱青葉精機,ｶﾅ\n", "euc_jp")


def test_the_windows_signs_of_iso_2022_jp_are_read() -> None:
    assert read_text(WINDOWS_JIS) == ("会社名\n㈱青葉精機\n", "iso2022_jp")


def test_plain_ascii_is_utf8() -> None:
    assert find_encoding(BytesIO(b"company,email\n")) == "utf-8"


@pytest.mark.parametrize("content", [b"a,b\nc,\xff\xfe\xfd\n", "会社名\n".encode() + b"\x81"])
def test_an_unknown_encoding_names_the_line(content: bytes) -> None:
    with pytest.raises(Invalid, match=r"encoding is not known .*line 2") as raised:
        read_text(content)

    assert raised.value.code == "unknown_encoding"


def test_a_wrong_choice_of_encoding_is_told() -> None:
    with pytest.raises(Invalid, match="line 1 cannot be read as utf-8") as raised:
        read_text(TEXT.encode("cp932"), "utf-8")

    assert raised.value.code == "wrong_encoding"


def test_an_encoding_may_be_chosen_by_its_common_name() -> None:
    assert read_text(TEXT.encode("cp932"), "Shift_JIS") == (TEXT, "cp932")
    with pytest.raises(Invalid, match="not one of"):
        read_text(b"x", "klingon")


def test_a_sign_that_an_encoding_lacks_falls_back_to_utf8() -> None:
    assert encode_text("髙", "cp932") == ("髙".encode("cp932"), "cp932")
    assert encode_text("㍿", "cp932") == ("㍿".encode("utf-8-sig"), "utf-8-sig")


@given(st.binary(max_size=200))
def test_no_bytes_can_crash_the_reader(content: bytes) -> None:
    with contextlib.suppress(Invalid):
        text, encoding = read_text(content)
        assert encoding in KNOWN
        assert isinstance(text, str)
