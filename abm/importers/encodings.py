"""Which encoding a text file is in, and reading it, also in the Windows flavours of EUC-JP and ISO-2022-JP."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from abm.errors import Invalid

UTF8, UTF8_BOM, UTF16, CP932, EUC_JP, ISO_2022_JP = "utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"
KNOWN = (UTF8, UTF8_BOM, UTF16, CP932, EUC_JP, ISO_2022_JP)
# Found by a mark in the file's first bytes: whether the rest keeps to it is not known yet.
TOLD_BY_MARKS = (UTF8_BOM, UTF16, ISO_2022_JP)
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
# What is read of a file at a time: whatever its size, this much of it is in memory.
BLOCK = 1 << 18
LONGEST_LINE = 1 << 23
# What stands for a sign that could not be read.
LOST = "\ufffd"
# A file with more damaged lines than this is in another encoding, or no text at all.
DAMAGED_SHARE = 0.1


@dataclass(frozen=True)
class Text:
    """A text file in a known encoding, read a block of whole lines at a time and as often as somebody asks."""

    file: BinaryIO
    encoding: str

    def blocks(self) -> Iterator[str]:
        """The text; a line pasted from elsewhere is read as what it is."""
        parts = _utf16_blocks(self.file) if self.encoding == UTF16 else map(self._read, _blocks(self.file))
        for number, block in enumerate(parts):
            yield block if number else block.removeprefix("\ufeff")

    def _read(self, block: bytes) -> str:
        try:
            return _decode(block, self.encoding)
        except UnicodeDecodeError:
            return _mended(block, self.encoding)


def open_text(file: BinaryIO, encoding: str | None = None) -> Text:
    """The text in a file; `encoding` is taken as given, else found out. Raises Invalid naming the line."""
    chosen = known_encoding(encoding) if encoding else find_encoding(file)
    if encoding or chosen in TOLD_BY_MARKS:
        fault = _first_fault(file, chosen)
        if fault is not None and not _is_mendable(file, chosen):
            raise _not_readable(chosen, fault)
    return Text(file, chosen)


def known_encoding(name: str) -> str:
    """Our name of an encoding that a person chose."""
    chosen = OTHER_NAMES.get(name.lower(), name.lower())
    if chosen not in KNOWN:
        raise Invalid(f"encoding {name!r} is not one of {', '.join(KNOWN)}", "encoding", "unknown_encoding_name")
    return chosen


def find_encoding(file: BinaryIO) -> str:
    """The encoding the whole file can be read in; raises Invalid when there is none."""
    head = _head(file)
    if head.startswith(codecs.BOM_UTF8):
        return UTF8_BOM
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _looks_like_utf16(file, head):
        return UTF16
    if JIS_ESCAPE.search(head) and all(block.isascii() for block in _blocks(file)):
        return ISO_2022_JP
    fault = _first_fault(file, UTF8)
    if fault is None:
        return UTF8
    possible = [encoding for encoding in (CP932, EUC_JP) if _first_fault(file, encoding) is None]
    possible = possible or [encoding for encoding in (UTF8, CP932, EUC_JP) if _is_mendable(file, encoding)]
    if not possible:
        raise _unknown(fault)
    if len(possible) == 1:
        return possible[0]
    lines = _whole_lines(head)
    return max(possible, key=lambda encoding: _plausibility(_mended(lines, encoding)))


def encode_text(text: str, encoding: str) -> tuple[bytes, str]:
    """(bytes, encoding): in `encoding` when it holds every sign, else in UTF-8 with BOM."""
    try:
        return text.encode(encoding), encoding
    except UnicodeEncodeError:
        return text.encode(UTF8_BOM), UTF8_BOM


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The file from its start, cut behind line ends: in no encoding but UTF-16 is a line end part of another sign."""
    file.seek(0)
    left = b""
    while chunk := file.read(BLOCK):
        left += chunk
        cut = max(left.rfind(b"\n"), left.rfind(b"\r", 0, -1)) + 1
        if not cut and len(left) > LONGEST_LINE:
            raise _endless_line()
        if cut:
            yield left[:cut]
            left = left[cut:]
    if left:
        yield left


def _utf16_blocks(file: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(_byte_order(_head(file)))()
    file.seek(0)
    left = ""
    while chunk := file.read(BLOCK):
        left += decoder.decode(chunk)
        cut = max(left.rfind("\n"), left.rfind("\r", 0, -1)) + 1
        if not cut and len(left) > LONGEST_LINE:
            raise _endless_line()
        if cut:
            yield left[:cut]
            left = left[cut:]
    yield left + decoder.decode(b"", final=True)


def _byte_order(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(SAMPLE_BYTES)


def _first_fault(file: BinaryIO, encoding: str) -> int | None:
    """The line of the first sign that is none of this encoding; None when the file can be read in it."""
    if encoding == UTF16:
        return _first_fault_of_utf16(file)
    before = 0
    for block in _blocks(file):
        try:
            _decode(block, encoding)
        except UnicodeDecodeError as error:
            return before + block.count(b"\n", 0, error.start) + 1
        before += block.count(b"\n")
    return None


def _first_fault_of_utf16(file: BinaryIO) -> int | None:
    before = 0
    try:
        for block in _utf16_blocks(file):
            before += block.count("\n")
    except UnicodeDecodeError:
        return before + 1
    return None


def _decode(content: bytes, encoding: str) -> str:
    if encoding == EUC_JP:
        return _decode_euc(content)
    if encoding == ISO_2022_JP:
        return _decode_jis(content)
    text = content.decode(encoding)
    if encoding == CP932 and (unassigned := UNASSIGNED.search(text)):
        before = len(text[: unassigned.start()].encode(CP932))
        raise UnicodeDecodeError(CP932, content, before, before + 1, "no sign of CP932")
    return text


def _is_mendable(file: BinaryIO, encoding: str) -> bool:
    """Are all but a few lines in this encoding?"""
    if encoding not in (UTF8, UTF8_BOM, CP932, EUC_JP):
        return False
    damaged = lines = 0
    for block in _blocks(file):
        lines += block.count(b"\n")
        if not _reads(block, encoding):
            damaged += sum(not _reads(line, encoding) for line in block.split(b"\n"))
    # The last line has no end of its own.
    return damaged <= (lines + 1) * DAMAGED_SHARE


def _mended(block: bytes, encoding: str) -> str:
    """The text with its few lines from elsewhere read as what they are."""
    lines = block.split(b"\n")
    return "\n".join(
        _decode(line, encoding) if _reads(line, encoding) else _line_from_elsewhere(line) for line in lines
    )


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


def _looks_like_utf16(file: BinaryIO, head: bytes) -> bool:
    """UTF-16 without its mark: line ends and commas leave a NUL in every second byte."""
    sample = head[:2000]
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    return len(sample) >= 8 and max(odd, even) > 8 * min(odd, even) + 2 and _reads_utf16(file)


def _reads_utf16(file: BinaryIO) -> bool:
    try:
        return not any("\x00" in block for block in _utf16_blocks(file))
    except UnicodeDecodeError:
        return False


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


def _unknown(line: int) -> Invalid:
    return Invalid(
        f"the file's encoding is not known (first unreadable sign in line {line});"
        " save it as UTF-8, or choose the encoding by hand",
        f"line {line}",
        "unknown_encoding",
    )


def _not_readable(encoding: str, line: int) -> Invalid:
    return Invalid(
        f"line {line} cannot be read as {encoding}; choose another encoding, or save the file as UTF-8",
        f"line {line}",
        "wrong_encoding",
    )


def _endless_line() -> Invalid:
    return Invalid(
        f"a line is longer than {LONGEST_LINE:,} signs: this is no list; check that the right file was chosen",
        "file",
        "broken_row",
    )
