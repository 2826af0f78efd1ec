"""Mail headers and quoted-printable bodies as bytes: what the wire allows and nothing a name could break."""

import re
from binascii import a2b_qp, b2a_base64, b2a_qp

SOFT_BREAK = b"=\r\n"
# 45 bytes make 60 characters of base64; with =?utf-8?B? and ?= an encoded word stays below 75.
WORD_BYTES = 45
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
PRINTABLE = re.compile(r"[ -~]*")
# What a name may hold without quoting (RFC 5322 atoms and spaces).
ATOMS = re.compile(r"[ A-Za-z0-9!#$%&'*+/=?^_`{|}~-]*")
# What fits a command of SMTP (RFC 5321, 4.5.3.1.3, without its brackets).
LONGEST_ADDRESS = 254
# A dot-atom at a dotted name; what needs quoting or SMTPUTF8 is not mailed.
USABLE_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def one_line(text: str) -> str:
    """The text without anything that could start a new header or line."""
    if text.isprintable():
        return text.strip()
    return CONTROL.sub(" ", text).strip()


def header_text(text: str) -> bytes:
    """A header's text: as it is when plain, else RFC 2047 words, folded."""
    text = one_line(text)
    if PRINTABLE.fullmatch(text) and "=?" not in text and len(text) < 70:
        return text.encode("ascii")
    return _words(text)


def address_header(name: str, address: str) -> bytes:
    """Name and address of one person; the name can never add a second address."""
    name = one_line(name)
    if not name:
        return address.encode("ascii")
    is_plain = ATOMS.fullmatch(name) and "=?" not in name and len(name) < 70
    return (name.encode("ascii") if is_plain else _words(name)) + b" <" + address.encode("ascii") + b">"


def is_usable(address: str) -> bool:
    """Whether an address can be written into the envelope and a header as it is."""
    return len(address) <= LONGEST_ADDRESS and USABLE_ADDRESS.fullmatch(address) is not None


def quoted(text: str) -> bytes:
    """Quoted-printable that may stand anywhere in a body between two soft breaks."""
    if not text:
        return b""
    raw = text.replace("\r\n", "\n").encode()
    # The x keeps the encoder from treating the end of this piece as the end of the body.
    return b2a_qp(raw + b"x", istext=True)[:-1].replace(b"\n", b"\r\n")


def unquoted(body: bytes) -> str:
    """The text a quoted-printable body says."""
    return a2b_qp(body).decode()


def _words(text: str) -> bytes:
    return b"\r\n ".join(_word(chunk) for chunk in _chunks(text))


def _chunks(text: str) -> list[bytes]:
    """Whole characters, at most as many as fit one encoded word."""
    chunks, chunk = [], b""
    for sign in text:
        raw = sign.encode("utf-8", "replace")
        if len(chunk) + len(raw) > WORD_BYTES:
            chunks.append(chunk)
            chunk = b""
        chunk += raw
    return [*chunks, chunk]


def _word(chunk: bytes) -> bytes:
    return b"=?utf-8?B?" + b2a_base64(chunk, newline=False) + b"?="
