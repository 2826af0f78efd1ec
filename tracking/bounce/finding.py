"""Which phrases stand in a text: each word of it is looked up once, however many phrases there are."""

import re
from typing import NamedTuple

from tracking.bounce.phrases import Group
from tracking.bounce.words import GROUPS, WEAK
from tracking.bounce.words_east import GROUPS_EAST

# Words of one sentence stand no farther apart than this.
GAP_SIGNS = 160


class _Entry(NamedTuple):
    """A phrase in the index: its group, how far into it the word stands that it is found by, and its pieces."""

    number: int
    offset: int
    first: str
    others: tuple[str, ...]


def _index() -> dict[str, list[_Entry]]:
    """Every phrase by how its first word begins: a text has far fewer words than there are phrases."""
    index: dict[str, list[_Entry]] = {}
    for number, group in enumerate(GROUPS):
        for first, *others in group.phrases:
            word = _WORDS.search(first)
            assert word, first
            index.setdefault(word[0][:KEY_SIGNS], []).append(_Entry(number, word.start(), first, tuple(others)))
    return index


# A phrase may end within a word ("throttl"), so that only so much of its first one is sure to be there.
KEY_SIGNS = 4
_WORDS = re.compile(r"\w+")
_INDEX = _index()


def find_group(text: str) -> Group | None:
    """The first group with a phrase in this text, already flat (see `flatten`)."""
    best = len(GROUPS)
    for word in _WORDS.finditer(text):
        start = word.start()
        for number, offset, first, others in _INDEX.get(word[0][:KEY_SIGNS], ()):
            if number >= best:
                break
            if text.startswith(first, start - offset) and _stand(others, text, start - offset + len(first)):
                best = number
    if best < len(GROUPS):
        return GROUPS[best]
    return None if text.isascii() else _find_east(text.replace(" ", ""))


def is_weakly_hard(text: str) -> bool:
    """Whether a flat text says what mostly means that the address is wrong."""
    return any(phrase in text for phrase in WEAK)


def _stand(pieces: tuple[str, ...], text: str, at: int) -> bool:
    """Whether these pieces stand behind each other from here on, near."""
    for piece in pieces:
        found = text.find(piece, at, at + GAP_SIGNS)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _find_east(text: str) -> Group | None:
    return next((group for group in GROUPS_EAST if any(phrase[0] in text for phrase in group.phrases)), None)
