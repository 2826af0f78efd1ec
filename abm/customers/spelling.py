"""How texts are folded for searching: width, kana, old characters, spaces and hyphens make no difference.

Signs outside ASCII are written twice. The index of the database knows runs of three signs; two kanji of a name then
make a run too, and so a search for 物流 need not read every record.
"""

import re
import unicodedata

import jaconv

from abm.customers.signs import VARIANTS, VARIANTS_OF_NAMES

# To be raised whenever a text is folded otherwise than before: every record is folded anew then.
VERSION = 2
# Longer texts are searched by their beginning; nobody looks for the three-hundredth line of a minute.
LONGEST_FIELD = 2_000
LONGEST_QUERY = 200
MOST_WORDS = 6
LINE = "\n"
NUMBER = re.compile(r"[\d\s()+\-‐‑‒–—―−ー./]*\d[\d\s()+\-‐‑‒–—―−ー./]*")
JAPAN = re.compile(r"\+\s*81\s*-?\s*(?:\(0\))?")
# The number of a registered issuer of invoices is the corporate number behind a T.
ISSUER = re.compile(r"t(\d{13})")
SHORT = 2
# One sign for all by which a name may be written: 斎 for 齋, 齊 and 斉.
SIGNS = {**{sign: VARIANTS_OF_NAMES.get(same, same) for sign, same in VARIANTS.items()}, **VARIANTS_OF_NAMES}


def fold_field(text: str) -> str:
    """A field as the index keeps it."""
    return _double(_bare(text[:LONGEST_FIELD]))


def fold_record(fields: list[str]) -> str:
    """The fields of a record as the index keeps them, each in a line of its own."""
    return LINE + "".join(folded + LINE for one in fields if (folded := fold_field(one)))


def read_query(typed: str) -> tuple[str, ...]:
    """The folded words of what was typed; a number in any writing is one word."""
    plain = unicodedata.normalize("NFKC", typed[:LONGEST_QUERY]).strip()
    if NUMBER.fullmatch(plain):
        return (_bare(JAPAN.sub("0", plain)).replace("ー", ""),)
    words = (ISSUER.sub(r"\1", _bare(word)) for word in plain.split()[:MOST_WORDS])
    return tuple(_double(word) for word in words if word)


def patterns(words: tuple[str, ...]) -> list[str]:
    """What a record must hold for each word; when all are as short as a sign or two, they must begin a field."""
    border = LINE if all(len(word) <= SHORT for word in words) else ""
    return [f"%{border}{word}%" for word in words]


def _bare(text: str) -> str:
    """Small letters, katakana and digits alone: no sign is left that a pattern would read."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(SIGNS)
    return "".join(filter(str.isalnum, jaconv.hira2kata(folded)))


def _double(text: str) -> str:
    return "".join(sign if sign.isascii() else sign + sign for sign in text)
