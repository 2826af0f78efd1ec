"""The form of a condition: lines of field, operator and value in groups, read from what a browser sends."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from abm.conditions.fields import FIELDS, NO_CUSTOM_RULES, SPANS, CustomRules, FieldRule, ValueKind
from abm.conditions.language import Check, Condition, Did, Group, Leaf
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
            found = read_condition(self.document, customs={self.what: self.custom} if self.custom else NO_CUSTOM_RULES)
        except Invalid:
            return None
        return None if isinstance(found, Group) else found

    @property
    def document(self) -> dict[str, Any]:
        """What this line says, complete or not; what cannot be read stays as typed."""
        if self.rule is None:
            asked = {"did": self.what.removeprefix(DID), "at_least": typed_number(self.times)}
            more = {"within": typed_number(self.within.strip()), "topic": self.topic.strip()}
            return {**asked, **{name: value for name, value in more.items() if value != ""}}
        asked = {"field": self.what, "op": self.chosen}
        return asked if self.chosen in NO_VALUE else {**asked, "value": self._value(self.rule.kind)}

    def _value(self, kind: ValueKind) -> Any:
        first = self.values[0].strip() if self.values else ""
        if self.chosen in (Operator.IN, Operator.NOT_IN):
            return [one.strip() for text in self.values for one in SEVERAL.split(text) if one.strip()]
        if self.chosen in SPANS or kind is ValueKind.NUMBER:
            return typed_number(unicodedata.normalize("NFKC", first))
        return first != "no" if kind is ValueKind.FLAG else first


@dataclass(frozen=True)
class LineGroup:
    """Lines that are joined."""

    join: GroupKind = GroupKind.ALL
    lines: tuple[Line, ...] = (Line(),)

    @property
    def document(self) -> dict[str, Any]:
        """What these lines say."""
        return {str(self.join): [line.document for line in self.lines]}


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

    @property
    def document(self) -> dict[str, Any]:
        """What stands here, complete or not; one line alone needs no group."""
        if len(self.groups) > 1:
            return {str(self.join): [group.document for group in self.groups]}
        only = self.groups[0]
        return only.lines[0].document if only.join is GroupKind.ALL and len(only.lines) == 1 else only.document

    def read(self) -> Condition | None:
        """The condition of the complete lines; nothing while there is none."""
        groups = tuple(found for group in self.groups if (found := _read_group(group)))
        if not groups:
            return None
        return groups[0] if len(groups) == 1 else Group(self.join, groups)


def read_draft(form: MultiDict[str, str], customs: CustomRules = NO_CUSTOM_RULES, place: str = "") -> Draft:
    """The draft a browser sent, after the button that was pressed; what makes no sense is left out.

    `place` stands before the name of each of its fields where a form asks for more than one condition.
    """
    found: dict[int, dict[int, Line]] = {}
    for key in form:
        if key.startswith(place) and (at := LINE.fullmatch(key, len(place))):
            line = _read_line(form, key.removesuffix(".what"), customs)
            found.setdefault(int(at[1]), {})[int(at[2])] = line
    groups = [
        LineGroup(_join(form.get(f"{place}g{number}.join")), tuple(lines[row] for row in sorted(lines)))
        for number, lines in sorted(found.items())
    ]
    draft = Draft(form.get("name", ""), _join(form.get(f"{place}join")), tuple(groups) or (LineGroup(),))
    pressed = form.get("press", "")
    return _press(draft, pressed.removeprefix(place)) if pressed.startswith(place) else draft


def draft_of(document: Any, customs: CustomRules = NO_CUSTOM_RULES, name: str = "") -> Draft | None:
    """The draft that says this document, complete or not; nothing when it is nested deeper than the builder goes."""
    if not document:
        return Draft(name)
    group = _group_in(document)
    if group is None or not any(_group_in(part) for part in group[1]):
        only = _group_of(*(group or (GroupKind.ALL, [document])), customs)
        return Draft(name, groups=(only,)) if only else None
    kind, parts = group
    groups = [_group_of(*(_group_in(part) or (GroupKind.ALL, [part])), customs) for part in parts]
    found = tuple(one for one in groups if one)
    return Draft(name, kind, found) if len(found) == len(parts) and kind is not GroupKind.NOT else None


def typed_number(text: str) -> int | float | str:
    """A number as people type it; the text itself when it is none, for checking to name."""
    try:
        found = float(unicodedata.normalize("NFKC", text).replace(",", ""))
    except ValueError:
        return text
    if not math.isfinite(found):
        return text
    return int(found) if found.is_integer() and abs(found) < 1e15 else found


def _read_group(group: LineGroup) -> Group | None:
    read = tuple(leaf for line in group.lines if (leaf := line.read()))
    return Group(group.join, read) if read else None


def _group_in(document: Any) -> tuple[GroupKind, Sequence[Any]] | None:
    """How a document joins which parts; nothing where it joins none."""
    if not isinstance(document, Mapping):
        return None
    kinds = [key for key in (*GroupKind, "field", "did") if key in document]
    if len(kinds) != 1 or kinds[0] not in set(GroupKind):
        return None
    parts = document[kinds[0]]
    parts = [parts] if isinstance(parts, Mapping) else parts
    return (GroupKind(kinds[0]), parts) if isinstance(parts, list) and parts else None


def _group_of(kind: GroupKind, parts: Sequence[Any], customs: CustomRules) -> LineGroup | None:
    lines = tuple(line for part in parts if (line := _line_of(part, customs)))
    return LineGroup(kind, lines) if len(lines) == len(parts) else None


def _line_of(document: Any, customs: CustomRules) -> Line | None:
    """The line that says this; nothing where it takes more than one."""
    try:
        leaf = read_condition(document, customs=customs)
    except Invalid:
        return _unfinished(document, customs)
    if isinstance(leaf, Group) or (isinstance(leaf, Did) and 1 < len(leaf.kinds) < len(EventKind)):
        return None
    found = write_condition(leaf)
    if isinstance(leaf, Did):
        return _deed(found)
    return Line(str(leaf.field), leaf.custom, str(leaf.op), tuple(_typed(leaf, found.get("value"))))


def _unfinished(document: Any, customs: CustomRules) -> Line | None:
    """A line that lacks something, as somebody left it."""
    asked = document if isinstance(document, Mapping) else {}
    field, value = asked.get("field"), asked.get("value", "")
    if isinstance(field, str) and (field in customs or field in set(Field)):
        values = value if isinstance(value, list) else [value]
        return Line(field, customs.get(field), str(asked.get("op", "")), tuple(str(one) for one in values))
    return _deed(asked) if isinstance(asked.get("did"), str) and _is_asked(DID + asked["did"]) else None


def _deed(document: Mapping[str, Any]) -> Line:
    times, within, topic = (str(document.get(name, "")) for name in ("at_least", "within", "topic"))
    return Line(DID + document["did"], times=times, within=within, topic=topic)


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


def _change(draft: Draft, number: int, change: Callable[[tuple[Line, ...]], tuple[Line, ...]]) -> Draft:
    groups = [
        replace(group, lines=change(group.lines)) if place == number else group
        for place, group in enumerate(draft.groups)
    ]
    left = tuple(group for group in groups if group.lines)
    return replace(draft, groups=left or (LineGroup(),))
