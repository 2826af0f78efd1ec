"""Which encoding a text file is in, and reading it, also in the Windows flavours of EUC-JP and ISO-2022-JP."""

import codecs
import re

from abm.errors import Invalid

UTF8, UTF8_BOM, UTF16, CP932, EUC_JP, ISO_2022_JP = "utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"
KNOWN = (UTF8, UTF8_BOM, UTF16, CP932, EUC_JP, ISO_2022_JP)
# What people call them.
OTHER_NAMES = {
    "utf8": UTF8,
    "utf-8-bom": UTF8_BOM,
    "utf16": UTF16,
    "shift_jis": CP932,
    "shift-jis": CP932,
    "sjis": CP932,
    "windows-31j": CP932,
    "ms932": CP932,
    "euc-jp": EUC_JP,
    "eucjp": EUC_JP,
    "iso-2022-jp": ISO_2022_JP,
    "jis": ISO_2022_JP,
}
JIS_ESCAPE = re.compile(rb"\x1b\$[@B]|\x1b\([BJI]")
EUC_SIGN = re.compile(rb"\x8e[\xa1-\xdf]|[\xa1-\xfe]{2}")
# Words of headers and companies: the right one of two possible readings has them.
TELLING = re.compile("会社|担当|電話|メール|部署|住所|株式|有限|氏名|名前|備考|メモ|参加|役職|企業|[ぁ-んァ-ヶ]")
HALF_KANA = re.compile("[｡-ﾟ]")
# Bytes that no file in CP932 holds, which Python reads all the same.
UNASSIGNED = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
SAMPLE_BYTES = 20_000
# What stands for a sign that could not be read.
LOST = "\ufffd"
# A file with more damaged lines than this is in another encoding, or no text at all.
DAMAGED_SHARE = 0.1


def read_text(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """(text, encoding) of a file; `encoding` is taken as given, else found out."""
    chosen = known_encoding(encoding) if encoding else find_encoding(content)
    try:
        return _decode(content, chosen).removeprefix("\ufeff"), chosen
    except UnicodeDecodeError as error:
        mended = _read_by_line(content, chosen)
        if mended is None:
            raise _not_readable(content, chosen, error.start) from error
        return mended.removeprefix("\ufeff"), chosen


def known_encoding(name: str) -> str:
    """Our name of an encoding that a person chose."""
    chosen = OTHER_NAMES.get(name.lower(), name.lower())
    if chosen not in KNOWN:
        raise Invalid(f"encoding {name!r} is not one of {', '.join(KNOWN)}", "encoding", "unknown_encoding_name")
    return chosen


def find_encoding(content: bytes) -> str:
    """The encoding the whole file can be read in; raises Invalid when there is none."""
    if content.startswith(codecs.BOM_UTF8):
        return UTF8_BOM
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _looks_like_utf16(content):
        return UTF16
    if JIS_ESCAPE.search(content[:SAMPLE_BYTES]) and content.isascii():
        return ISO_2022_JP
    if _reads(content, UTF8):
        return UTF8
    possible = [encoding for encoding in (CP932, EUC_JP) if _reads(content, encoding)]
    if not possible:
        possible = [encoding for encoding in (UTF8, CP932, EUC_JP) if _read_by_line(content, encoding) is not None]
    if not possible:
        raise _unknown(content)
    if len(possible) == 1:
        return possible[0]
    head = _whole_lines(content)
    return max(possible, key=lambda encoding: _plausibility(_read_by_line(head, encoding) or ""))


def encode_text(text: str, encoding: str) -> tuple[bytes, str]:
    """(bytes, encoding): in `encoding` when it holds every sign, else in UTF-8 with BOM."""
    try:
        return text.encode(encoding), encoding
    except UnicodeEncodeError:
        return text.encode(UTF8_BOM), UTF8_BOM


def _decode(content: bytes, encoding: str) -> str:
    if encoding == UTF16 and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16-le" if content[1::2].count(0) >= content[::2].count(0) else "utf-16-be")
    if encoding == EUC_JP:
        return _decode_euc(content)
    if encoding == ISO_2022_JP:
        return _decode_jis(content)
    text = content.decode(encoding)
    if encoding == CP932 and (unassigned := UNASSIGNED.search(text)):
        before = len(text[: unassigned.start()].encode(CP932))
        raise UnicodeDecodeError(CP932, content, before, before + 1, "no sign of CP932")
    return text


def _read_by_line(content: bytes, encoding: str) -> str | None:
    """The text with its few lines from elsewhere read as what they are; None when it is not that encoding's text."""
    if encoding not in (UTF8, UTF8_BOM, CP932, EUC_JP):
        return None
    lines = content.split(b"\n")
    damaged = [at for at, line in enumerate(lines) if not _reads(line, encoding)]
    if len(damaged) > len(lines) * DAMAGED_SHARE:
        return None
    strange = dict.fromkeys(damaged)
    read = (_line_from_elsewhere(line) if at in strange else _decode(line, encoding) for at, line in enumerate(lines))
    return "\n".join(read)


def _line_from_elsewhere(line: bytes) -> str:
    """A line pasted from another file; its signs are marked as lost when it fits no encoding."""
    for encoding in (UTF8, CP932):
        if _reads(line, encoding):
            return _decode(line, encoding)
    return line.decode("ascii", "replace")


def _decode_euc(content: bytes) -> str:
    try:
        return content.decode("euc_jp")
    except UnicodeDecodeError:
        # ㈱ and ① are not in the standard's tables but in every Windows file: the same rows exist in CP932.
        return EUC_SIGN.sub(lambda sign: _pair_as_utf8(sign[0]), content).decode()


def _decode_jis(content: bytes) -> str:
    try:
        return content.decode("iso2022_jp")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        parts = re.split(rb"(\x1b\$[@B]|\x1b\([BJ])", content)
        return "".join(_jis_part(before, part) for before, part in zip([b"", *parts], parts, strict=False))


def _jis_part(before: bytes, part: bytes) -> str:
    if part.startswith(b"\x1b"):
        return ""
    if before.startswith(b"\x1b$"):
        return re.sub(rb"..", lambda pair: _pair_as_utf8(bytes(b | 0x80 for b in pair[0])), part, flags=re.S).decode()
    return part.decode("ascii")


def _pair_as_utf8(pair: bytes) -> bytes:
    """One two-byte sign of EUC-JP read by its row and cell from CP932; half-width kana are there as they are."""
    if pair[0] == 0x8E:
        return pair[1:].decode(CP932).encode()
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    lead = (0x81 if row < 62 else 0xC1) + row // 2
    trail = cell + 0x9F if row % 2 else cell + 0x40 + (cell >= 63)
    return bytes((lead, trail)).decode(CP932).encode()


def _looks_like_utf16(content: bytes) -> bool:
    """UTF-16 without its mark: line ends and commas leave a NUL in every second byte."""
    sample = content[:2000]
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    return (
        len(sample) >= 8 and len(content) % 2 == 0 and max(odd, even) > 8 * min(odd, even) + 2 and _reads_utf16(content)
    )


def _reads_utf16(content: bytes) -> bool:
    try:
        text = _decode(content, UTF16)
    except UnicodeDecodeError:
        return False
    return "\x00" not in text


def _reads(content: bytes, encoding: str) -> bool:
    try:
        _decode(content, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _plausibility(text: str) -> float:
    return len(TELLING.findall(text)) - 2 * len(HALF_KANA.findall(text))


def _whole_lines(content: bytes) -> bytes:
    cut = content.rfind(b"\n", 0, SAMPLE_BYTES)
    return content if len(content) <= SAMPLE_BYTES or cut < 0 else content[:cut]


def _unknown(content: bytes) -> Invalid:
    line = _line_of_first_fault(content)
    return Invalid(
        f"the file's encoding is not known (first unreadable sign in line {line});"
        " save it as UTF-8, or choose the encoding by hand",
        f"line {line}",
        "unknown_encoding",
    )


def _not_readable(content: bytes, encoding: str, position: int) -> Invalid:
    line = content.count(b"\n", 0, position) + 1
    return Invalid(
        f"line {line} cannot be read as {encoding}; choose another encoding, or save the file as UTF-8",
        f"line {line}",
        "wrong_encoding",
    )


def _line_of_first_fault(content: bytes) -> int:
    try:
        content.decode(UTF8)
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1
