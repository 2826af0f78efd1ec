"""Shapes of values in a document: each checks a value, tells every flaw by its place, and prints its JSON Schema."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any, Protocol

from abm.conditions.parse import read_condition
from abm.errors import Invalid
from abm.words import FiscalWindow, FlawCode, Language
from campaigns.flaws import Flaw, join, shown
from campaigns.windows import END_OF_DAY, WEEKDAYS, read_window

UNITS = ("minutes", "hours", "days", "weeks")
LONGEST_DURATION = 10_000
LONGEST_TEXT = 2_000
LONGEST_POINTER = 200
# As long as there is no installation to ask, nothing is said of conditions on its own fields.
CUSTOM = ".custom."


class Shape(Protocol):
    """What a value of a document must look like."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Everything wrong with the value at this place."""
        ...

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""
        ...


@dataclass(frozen=True)
class Text:
    """A text in one language, or a word nobody can check without the installation."""

    most: int = LONGEST_TEXT

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is none."""
        if not isinstance(value, str) or not 0 < len(value.strip()) <= self.most or "\0" in value:
            yield Flaw(place, FlawCode.NO_TEXT, {"most": self.most})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "string", "minLength": 1, "maxLength": self.most}


@dataclass(frozen=True)
class Pointer:
    """The key of another step; nothing where the way ends."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is no text; whether there is such a step is asked later."""
        yield from Text(LONGEST_POINTER).flaws(value, place)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": ["string", "null"]}


@dataclass(frozen=True)
class Name:
    """A name that becomes a folder, a key or an address: nothing in it may lead elsewhere."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is none."""
        if not is_name(value):
            yield Flaw(place, FlawCode.NO_NAME)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "string", "pattern": r"^[\p{L}\p{N}_-]+$"}


@dataclass(frozen=True)
class Titles:
    """A text in every language; with `loose`, one text may stand for all of them."""

    loose: bool = False

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told for each language that is missing."""
        if self.loose and isinstance(value, str):
            yield from Text().flaws(value, place)
            return
        for language in Language:
            said = value.get(language) if isinstance(value, Mapping) else None
            if not isinstance(said, str) or not said.strip():
                yield Flaw(join(place, language), FlawCode.MISSING)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        both = Table({language.value: Text() for language in Language}, tuple(Language)).schema()
        return {"anyOf": [Text().schema(), both]} if self.loose else both


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is none."""
        if not isinstance(value, bool):
            yield Flaw(place, FlawCode.NO_FLAG, {"given": shown(value)})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Number:
    """A number within bounds; whole unless said otherwise."""

    least: float
    most: float
    whole: bool = True

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is none, or out of bounds."""
        kinds: Any = int if self.whole else int | float
        if isinstance(value, bool) or not isinstance(value, kinds) or not self.least <= value <= self.most:
            yield Flaw(place, FlawCode.NO_NUMBER, {"least": self.least, "most": self.most, "given": shown(value)})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "integer" if self.whole else "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Duration:
    """A time such as {days: 3}."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is none."""
        numbers = value.values() if isinstance(value, Mapping) and value and set(value) <= set(UNITS) else None
        if numbers is None or not all(_is_amount(number) for number in numbers):
            yield Flaw(place, FlawCode.NO_DURATION, {"known": ", ".join(UNITS), "most": LONGEST_DURATION})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        amount = {"type": "number", "minimum": 0, "maximum": LONGEST_DURATION}
        units = dict.fromkeys(UNITS, amount)
        return {"type": "object", "properties": units, "additionalProperties": False, "minProperties": 1}


@dataclass(frozen=True)
class Day:
    """A calendar day."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is none."""
        try:
            date.fromisoformat(value)
        except (TypeError, ValueError):
            yield Flaw(place, FlawCode.NO_DATE, {"given": shown(value)})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Word:
    """One of these words."""

    words: Iterable[str]

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it is another, with what is nearest."""
        known = [str(word) for word in self.words]
        if not isinstance(value, str) or value not in known:
            near = get_close_matches(str(value), known, 1)
            yield Flaw(
                place, FlawCode.UNKNOWN, {"given": shown(value), "known": ", ".join(dict.fromkeys([*near, *known]))}
            )

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "string", "enum": [str(word) for word in self.words]}


@dataclass(frozen=True)
class Several:
    """A list of values of one shape."""

    of: Shape
    least: int = 1

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """What is wrong with each of them."""
        if not isinstance(value, list) or len(value) < self.least:
            yield Flaw(place, FlawCode.NO_LIST, {"least": self.least})
            return
        for number, one in enumerate(value):
            yield from self.of.flaws(one, join(place, number))

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "array", "items": self.of.schema(), "minItems": self.least}


@dataclass(frozen=True)
class Anything:
    """A value that others read."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Nothing is wrong with it here."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {}


@dataclass(frozen=True)
class Asked:
    """A condition of the segment language."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told when it cannot be read; own fields of an installation are checked where one is at hand."""
        if isinstance(value, Mapping) and CUSTOM in str(value):
            return
        try:
            read_condition(value)
        except Invalid as error:
            yield Flaw(place, FlawCode.CONDITION, {"problem": str(error)})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema; the language itself is explained by `abm segment grammar`."""
        keys = ("all", "any", "not", "field", "did")
        return {"type": "object", "oneOf": [{"required": [key]} for key in keys]}


@dataclass(frozen=True)
class Opening:
    """A window of time."""

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """Told with the part of it that is wrong."""
        try:
            if not isinstance(value, Mapping):
                raise Invalid("a window is a table", "window")
            read_window(value)
        except Invalid as error:
            part = (error.field or "window").removeprefix("window").removeprefix(".")
            yield Flaw(join(place, part) if part else place, FlawCode.NO_WINDOW, {"problem": str(error)})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        fiscal = {
            "anyOf": [
                {"enum": [str(word) for word in FiscalWindow]},
                {"type": "string", "pattern": r"^month (1[0-2]|0?[1-9])$"},
            ]
        }
        days = {"type": "array", "items": {"enum": list(WEEKDAYS)}, "minItems": 1}
        # That it closes after it opens no schema can say: only the check does.
        hours = {"weekdays": days, "from": _time(), "to": {"anyOf": [_time(), {"const": END_OF_DAY}]}}
        forms = ({"business": {"const": True}}, {"habit": {"const": True}}, {"fiscal": fiscal}, hours)
        return {"type": "object", "oneOf": [_nothing_but(form) for form in forms]}


def _time() -> dict[str, Any]:
    return {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"}


def _nothing_but(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A table of at least one of these names and no other."""
    return {"properties": dict(properties), "additionalProperties": False, "minProperties": 1}


def _sound(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    yield from ()


@dataclass(frozen=True)
class Table:
    """Names and values: what each holds, which must be there, of which exactly one; unknown names are let be."""

    fields: Mapping[str, Shape]
    needed: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    # What only several of its values together can say.
    also: Callable[[Mapping[str, Any], str], Iterator[Flaw]] = _sound
    said: Mapping[str, Any] = field(default_factory=dict)

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """What is wrong with its values, in the order of the shape; an empty one counts as left out."""
        if not isinstance(value, Mapping):
            yield Flaw(place, FlawCode.NO_TABLE)
            return
        for name, shape in self.fields.items():
            if value.get(name) is not None:
                yield from shape.flaws(value[name], join(place, name))
            elif name in self.needed:
                yield Flaw(join(place, name), FlawCode.MISSING)
        if self.one_of and sum(value.get(name) is not None for name in self.one_of) != 1:
            yield Flaw(place, FlawCode.NOT_ONE_OF, {"known": ", ".join(self.one_of)})
        yield from self.also(value, place)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        found: dict[str, Any] = {
            "type": "object",
            "properties": {name: shape.schema() for name, shape in self.fields.items()},
        }
        if self.needed:
            found["required"] = [str(name) for name in self.needed]
        if self.one_of:
            found["oneOf"] = [{"required": [name]} for name in self.one_of]
        return {**found, **self.said}


@dataclass(frozen=True)
class Kinds:
    """Tables that one of their names tells apart."""

    by: str
    tables: Mapping[str, Table]

    def flaws(self, value: Any, place: str) -> Iterator[Flaw]:
        """What is wrong with the table its kind asks for."""
        if not isinstance(value, Mapping):
            yield Flaw(place, FlawCode.NO_TABLE)
            return
        kind = value.get(self.by)
        unknown = list(Word(self.tables).flaws(kind, join(place, self.by)))
        yield from unknown
        if not unknown:
            yield from self.tables[str(kind)].flaws(value, place)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema: one table for each kind."""
        return {"oneOf": [self._one(str(kind), table) for kind, table in self.tables.items()]}

    def _one(self, kind: str, table: Table) -> dict[str, Any]:
        found = table.schema()
        properties = {self.by: {"const": kind}, **found["properties"]}
        return {**found, "properties": properties, "required": [self.by, *found.get("required", ())]}


def is_name(value: Any) -> bool:
    """Whether it is made of letters, digits, - and _ alone."""
    return isinstance(value, str) and value.replace("_", "").replace("-", "").isalnum()


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_DURATION
