"""The segment builder's form: lines of field, operator and value in groups, read from what a browser sends."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from abm.conditions.fields import FIELDS, NO_CUSTOM_RULES, SPANS, CustomRules, FieldRule, ValueKind
from abm.conditions.language import Check, Condition, Did, Group, Leaf, leaves
from abm.conditions.parse import MOST_LEAVES, read_condition, write_condition
from abm.errors import Invalid
from abm.words import EventKind, Field, GroupKind, Operator

DID = "did:"
SEVERAL = re.compile(r"[,、\n]")
LINE = re.compile(r"g(\d{1,3})\.r(\d{1,3})\.what")
NO_VALUE = (Operator.KNOWN, Operator.UNKNOWN)
CONTROLS = {ValueKind.FLAG: "flag", ValueKind.NUMBER: "number", ValueKind.DAY: "date"}


@dataclass(frozen=True)
class Line:
    """One line as typed: a field with operator and values, or a deed with its figures; a custom field has its rule."""

    what: str = str(Field.CONTACT_TITLE)
    custom: FieldRule | None = None
    op: str = ""
    values: tuple[str, ...] = ()
    times: str = "1"
    within: str = ""
    topic: str = ""

    @property
    def is_deed(self) -> bool:
        """Whether this line asks what somebody did."""
        return self.what.startswith(DID)

    @property
    def rule(self) -> FieldRule | None:
        """What the field holds; nothing for a deed."""
        return None if self.is_deed else self.custom or FIELDS[Field(self.what)]

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators this line offers."""
        return self.rule.operators if self.rule else ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words to choose from; for a text those that are usual."""
        return self.rule.words if self.rule else ()

    @property
    def chosen(self) -> str:
        """The operator chosen, or the first the field has."""
        return self.op if self.op in self.operators else str(next(iter(self.operators), ""))

    @property
    def control(self) -> str:
        """What to type the value into."""
        if self.rule is None or self.chosen in NO_VALUE:
            return ""
        if self.chosen in SPANS:
            return "number"
        if self.rule.kind is ValueKind.WORD:
            return "words" if self.chosen in (Operator.IN, Operator.NOT_IN) else "word"
        return CONTROLS.get(self.rule.kind, "text")

    def read(self) -> Leaf | None:
        """The condition of this line, or nothing while it is incomplete."""
        try:
            found = read_condition(
                self._document(), customs={self.what: self.custom} if self.custom else NO_CUSTOM_RULES
            )
        except Invalid:
            return None
        return None if isinstance(found, Group) else found

    def _document(self) -> dict[str, Any]:
        if self.rule is None:
            within, topic = self.within.strip() or None, self.topic.strip() or None
            times = int(self.times) if self.times.isascii() and self.times.isdigit() and len(self.times) < 8 else 0
            return {"did": self.what.removeprefix(DID), "at_least": times, "within": within, "topic": topic}
        return {"field": self.what, "op": self.chosen, "value": self._value(self.rule.kind)}

    def _value(self, kind: ValueKind) -> Any:
        first = self.values[0].strip() if self.values else ""
        if self.chosen in (Operator.IN, Operator.NOT_IN):
            return [one.strip() for text in self.values for one in SEVERAL.split(text) if one.strip()]
        if self.chosen in SPANS:
            return unicodedata.normalize("NFKC", first)
        if kind is ValueKind.NUMBER:
            return _number(first)
        return first != "no" if kind is ValueKind.FLAG else first


@dataclass(frozen=True)
class LineGroup:
    """Lines that are joined."""

    join: GroupKind = GroupKind.ALL
    lines: tuple[Line, ...] = (Line(),)


@dataclass(frozen=True)
class Draft:
    """What stands in the builder."""

    name: str = ""
    join: GroupKind = GroupKind.ALL
    groups: tuple[LineGroup, ...] = field(default_factory=lambda: (LineGroup(),))

    @property
    def lines(self) -> Iterator[Line]:
        """Every line."""
        return (line for group in self.groups for line in group.lines)

    @property
    def is_complete(self) -> bool:
        """Whether every line says something."""
        return all(line.read() is not None for line in self.lines)

    def read(self) -> Condition | None:
        """The condition of the complete lines; nothing while there is none."""
        groups = tuple(found for group in self.groups if (found := _read_group(group)))
        if not groups:
            return None
        return groups[0] if len(groups) == 1 else Group(self.join, groups)


def read_draft(form: MultiDict[str, str], customs: CustomRules = NO_CUSTOM_RULES) -> Draft:
    """The draft a browser sent, after the button that was pressed; what makes no sense is left out."""
    found: dict[int, dict[int, Line]] = {}
    for key in form:
        if place := LINE.fullmatch(key):
            line = _read_line(form, key.removesuffix(".what"), customs)
            found.setdefault(int(place[1]), {})[int(place[2])] = line
    groups = [
        LineGroup(_join(form.get(f"g{number}.join")), tuple(lines[row] for row in sorted(lines)))
        for number, lines in sorted(found.items())
    ]
    draft = Draft(form.get("name", ""), _join(form.get("join")), tuple(groups) or (LineGroup(),))
    return _press(draft, form.get("press", ""))


def draft_of(name: str, condition: Condition) -> Draft | None:
    """The draft that says this condition; nothing when it is nested deeper than the builder goes."""
    if not isinstance(condition, Group):
        condition = Group(GroupKind.ALL, (condition,))
    if any(isinstance(leaf, Did) and 1 < len(leaf.kinds) < len(EventKind) for _, leaf in leaves(condition)):
        return None
    if all(not isinstance(part, Group) for part in condition.parts):
        return Draft(name, groups=(_group_of(condition),))
    groups = [part if isinstance(part, Group) else Group(GroupKind.ALL, (part,)) for part in condition.parts]
    if condition.kind is GroupKind.NOT or any(isinstance(one, Group) for group in groups for one in group.parts):
        return None
    return Draft(name, condition.kind, tuple(_group_of(group) for group in groups))


def _read_group(group: LineGroup) -> Group | None:
    read = tuple(leaf for line in group.lines if (leaf := line.read()))
    return Group(group.join, read) if read else None


def _group_of(group: Group) -> LineGroup:
    return LineGroup(group.kind, tuple(_line_of(part) for part in group.parts if not isinstance(part, Group)))


def _line_of(leaf: Leaf) -> Line:
    document = write_condition(leaf)
    if isinstance(leaf, Did):
        within = str(document.get("within", ""))
        return Line(DID + document["did"], times=str(leaf.at_least), within=within, topic=leaf.topic or "")
    return Line(str(leaf.field), leaf.custom, str(leaf.op), tuple(_typed(leaf, document.get("value"))))


def _typed(check: Check, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        if check.rule.kind is ValueKind.WORD:
            yield from value
        else:
            yield ", ".join(value)
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif value is not None:
        yield str(value)


def _read_line(form: MultiDict[str, str], place: str, customs: CustomRules) -> Line:
    what = form.get(f"{place}.what", "")
    return Line(
        what if what in customs or _is_asked(what) else str(Field.CONTACT_TITLE),
        customs.get(what),
        form.get(f"{place}.op", ""),
        tuple(form.getlist(f"{place}.value")),
        unicodedata.normalize("NFKC", form.get(f"{place}.times", "1")).strip(),
        unicodedata.normalize("NFKC", form.get(f"{place}.within", "")),
        form.get(f"{place}.topic", ""),
    )


def _is_asked(what: str) -> bool:
    return what in set(Field) or what in {DID + kind for kind in (*EventKind, "any")}


def _join(text: str | None) -> GroupKind:
    return GroupKind(text) if text in set(GroupKind) else GroupKind.ALL


def _press(draft: Draft, press: str) -> Draft:
    """Add a group, add a line to a group, or take a line out; nothing else changes anything."""
    act, *numbers = press.split(":")
    places = [int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 4]
    if sum(1 for _ in draft.lines) < MOST_LEAVES:
        if act == "group":
            return replace(draft, groups=(*draft.groups, LineGroup()))
        if act == "line" and len(places) == 1:
            return _change(draft, places[0], lambda lines: (*lines, Line()))
    if act == "drop" and len(places) == 2:
        return _change(draft, places[0], lambda lines: (*lines[: places[1]], *lines[places[1] + 1 :]))
    return draft


def _change(draft: Draft, number: int, change: Any) -> Draft:
    groups = [
        replace(group, lines=change(group.lines)) if place == number else group
        for place, group in enumerate(draft.groups)
    ]
    left = tuple(group for group in groups if group.lines)
    return replace(draft, groups=left or (LineGroup(),))


def _number(text: str) -> float | None:
    try:
        return float(unicodedata.normalize("NFKC", text))
    except ValueError:
        return None
