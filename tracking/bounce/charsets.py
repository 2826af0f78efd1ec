"""Bytes to text in whatever charset a mail server wrote, or forgot to name."""

import codecs
import re
from binascii import Error, a2b_base64, a2b_qp

# Names as mail programs write them, for codecs that hold more signs than the name promises.
_CODECS = {
    "iso-2022-jp": "iso2022_jp_ext",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
}
# Tried in this order where no charset is named; the last one takes any bytes.
_GUESSES = ("utf-8", "euc_jp", "cp932", "latin-1")
_BROKEN = "\N{REPLACEMENT CHARACTER}"
_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=(\s+(?==\?))?")


def decode(data: bytes, charset: str) -> str:
    """The text; a charset that is wrong or unknown is guessed instead."""
    if b"\x1b" in data and not charset.lower().startswith("utf"):
        return _japanese(data)
    if data.isascii():
        return data.decode("ascii")
    return _named(data, charset.strip().lower()) or _guessed(data)


def decode_words(text: str) -> str:
    """A header's text with its encoded words (RFC 2047) read."""
    return _WORD.sub(_word, text) if "=?" in text else text


def _word(match: re.Match[str]) -> str:
    charset, how, coded = match[1].partition("*")[0], match[2], match[3]
    try:
        raw = a2b_base64(coded.encode()) if how in "bB" else a2b_qp(coded.encode(), header=True)
    except (Error, UnicodeEncodeError):
        return match[0]
    return decode(raw, charset)


def _named(data: bytes, charset: str) -> str | None:
    if charset in ("", "us-ascii", "ascii", "unknown-8bit", "iso-2022-jp"):
        # What is named so and holds eight bits is something else.
        return None
    try:
        text = codecs.decode(data, _CODECS.get(charset, charset), "replace")
    except (LookupError, ValueError, TypeError):
        return None
    # A few broken signs (cut off, mixed) are forgiven; many say that the name is wrong.
    return text if isinstance(text, str) and text.count(_BROKEN) * 20 <= len(text) else None


def _guessed(data: bytes) -> str:
    for codec in _GUESSES[:-1]:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode(_GUESSES[-1])


def _japanese(data: bytes) -> str:
    text = data.decode("iso2022_jp_ext", "replace")
    # Raw eight-bit text beside escape sequences: better read as what most of it is.
    return text if data.isascii() else _guessed(data)
