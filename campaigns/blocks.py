"""Blocks that only some people read, by topic, buying role or department, told when a mail is compiled.

    {{#when role=decision_maker, approver}} … {{#else topic=原価管理}} … {{#else}} … {{/when}}

Sending looks at no text for them: the passages lie cut in the mail's skeleton, and one of each block is taken along.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from abm.errors import Invalid
from abm.words import BlockAbout, BuyingRole
from campaigns.addressing import Recipient

MARK = re.compile(r"\{\{\s*(?:#\s*(when|else)\b([^{}]*)|/\s*(when))\s*\}\}")
# One that stands alone on its line takes the line along.
MARK_WITH_LINE = re.compile(rf"(?:(?<=\n)|\A)[ \t]*+{MARK.pattern}[ \t]*+\r?\n|{MARK.pattern}")
CONDITION = re.compile(r"([a-z_]+)\s*=(.*)", re.DOTALL)
MOST_BLOCKS = 20
MOST_WAYS = 10


@dataclass(frozen=True)
class Condition:
    """Who reads a passage; without one, whoever is left."""

    about: BlockAbout | None = None
    values: frozenset[str] = frozenset()

    def holds(self, who: Recipient) -> bool:
        """Whether this person reads it."""
        if self.about is None:
            return True
        if self.about == BlockAbout.ROLE:
            return who.role in self.values
        if self.about == BlockAbout.TOPIC:
            return not self.values.isdisjoint(folded(topic) for topic in who.topics)
        department = folded(who.department)
        return any(value in department for value in self.values)


@dataclass(frozen=True)
class Way:
    """One passage of a block; a mail's blocks are counted from 0."""

    block: int
    condition: Condition


def folded(text: str) -> str:
    """A name as it is compared: width, case and spaces around it do not matter."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def has_blocks(text: str) -> bool:
    """Whether a text says different things to different people."""
    return MARK.search(text) is not None


def passages(text: str) -> Iterator[tuple[Way | None, str]]:
    """The text in parts: None what everybody reads, a way what some do; the text is taken to be sound."""
    way: Way | None = None
    block = -1
    end = 0
    for mark in MARK_WITH_LINE.finditer(text):
        yield way, text[end : mark.start()]
        end = mark.end()
        word, condition, closing = (mark[n] or mark[n + 3] for n in (1, 2, 3))
        block += word == "when"
        way = None if closing else Way(block, _read(condition))
    yield way, text[end:]


def chosen(text: str, who: Recipient) -> str:
    """The text as this person reads it, blocks picked and placeholders left."""
    taken: set[int] = set()
    said = []
    for way, part in passages(text):
        if way is not None and (way.block in taken or not way.condition.holds(who)):
            continue
        if way is not None:
            taken.add(way.block)
        said.append(part)
    return "".join(said)


def read_by_all(text: str) -> str:
    """What everybody reads, whoever it goes to."""
    return "".join(part for way, part in passages(text) if way is None)


def ensure_sound(text: str, place: str) -> None:
    """Raise Invalid for the first block that cannot be read, with its line and what to write."""
    ways: list[str] = []
    blocks = opened_at = 0
    for mark in MARK.finditer(text):
        line = text.count("\n", 0, mark.start()) + 1
        word, condition, closing = mark[1], mark[2], mark[3]
        if word == "when":
            blocks, opened_at = blocks + 1, line
        if fault := _fault(word, (condition or "").strip(), bool(closing), ways, blocks):
            raise _refused(place, line, *fault)
        ways = [] if closing else [*ways, (condition or "").strip()]
    if ways:
        raise _refused(place, opened_at, "block_not_closed", "this block is not closed; write {{/when}} where it ends")


# A code, and what is told of it.
Fault = tuple[str, str]


def _fault(word: str | None, condition: str, is_closing: bool, ways: list[str], blocks: int) -> Fault | None:
    """What is wrong with a mark where it stands."""
    if word == "when" and ways:
        return "block_nested", "a block stands in another one; close the first with {{/when}} before"
    if word != "when" and not ways:
        told = "no block is open here; begin one with {{#when role=…}}, {{#when topic=…}} or {{#when department=…}}"
        return "block_not_open", told
    if word == "else" and not ways[-1]:
        return "block_after_else", "nothing can follow {{#else}} but {{/when}}: it is read by all the rest"
    if blocks > MOST_BLOCKS or len(ways) >= MOST_WAYS:
        told = f"a mail has at most {MOST_BLOCKS} blocks of {MOST_WAYS} ways each; take some out"
        return "block_too_many", told
    return None if is_closing or (word == "else" and not condition) else _fault_of_condition(condition)


def _fault_of_condition(condition: str) -> Fault | None:
    found = CONDITION.fullmatch(unescape(condition))
    known = ", ".join(BlockAbout)
    if found is None or found[1] not in tuple(BlockAbout):
        told = f"{condition or 'nothing'} is no condition; write {known}, = and names, like topic=原価管理, 在庫管理"
        return "block_condition", told
    values = _values(found[2])
    if not values:
        return "block_condition", f"{condition} names nothing; write one or more names after the ="
    if found[1] == BlockAbout.ROLE and (strangers := sorted(values - set(BuyingRole))):
        return "block_role", f"{', '.join(strangers)} is no role; there are: {', '.join(BuyingRole)}"
    return None


def _read(condition: str | None) -> Condition:
    found = CONDITION.fullmatch(unescape(condition or "").strip())
    return Condition(BlockAbout(found[1]), frozenset(_values(found[2]))) if found else Condition()


def _values(typed: str) -> set[str]:
    return {value for value in (folded(one) for one in re.split(r"[,、，]", typed)) if value}


def _refused(place: str, line: int, code: str, told: str) -> Invalid:
    return Invalid(f"{place}, line {line}: {told}", field=f"{place}:{line}", code=code)
