"""A scoring model as YAML: read with the line of every place, bounded against hostile files, and written back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from abm.scoring.faults import WHOLE, Fault, join
from abm.words import FaultCode

MOST_KILOBYTES = 256
MOST_VALUES = 20_000
MOST_LEVELS = 20
PLAIN_TAGS = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "value")

# Read by the loader of the C library where there is one: the same events, faster.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Text:
    """A file read: what it says, on which line each place stands, and what is wrong with it as YAML."""

    document: Any
    lines: Mapping[str, int]
    faults: Sequence[Fault]

    def locate(self, faults: Sequence[Fault]) -> list[Fault]:
        """These faults with the lines of their places, in the order of the text."""
        placed = [replace(fault, line=fault.line or self.line_of(fault.place)) for fault in faults]
        return sorted(placed, key=lambda fault: fault.line or 0)

    def line_of(self, place: str) -> int | None:
        """The line of a place; of one that is not there, the line of what should hold it."""
        while place not in self.lines and place:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.lines.get(place)


def read_yaml(given: bytes | str, loader: Any = Loader) -> Text:
    """The document of a YAML file; nothing in it is expanded, and no file takes long.

    What words and numbers are is the loader's to say.
    """
    if len(given) > MOST_KILOBYTES * 1024:
        return _refused(FaultCode.TOO_LARGE, None, most=MOST_KILOBYTES)
    try:
        text = given.decode("utf-8-sig") if isinstance(given, bytes) else given
        if stopped := _stop_at_events(text):
            return Text(None, {}, [stopped])
        node = yaml.compose(text, loader)
    except UnicodeDecodeError as error:
        return _refused(FaultCode.NOT_TEXT, error.object.count(b"\n", 0, error.start) + 1)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return _refused(FaultCode.NOT_YAML, mark.line + 1 if mark else None, problem=_problem(error))
    if node is None:
        return _refused(FaultCode.EMPTY, 1)
    reading = _Nodes()
    document = reading.read(node, "")
    return Text(document, reading.lines, reading.faults)


def write_yaml(document: Mapping[str, Any]) -> str:
    """The document as YAML; read again it is equal."""
    return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=110)


def _stop_at_events(given: str) -> Fault | None:
    """What must not even be built: references that multiply, depths that exhaust, types that run code."""
    level = 0
    for number, event in enumerate(yaml.parse(given, Loader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or _has_tag(event):
            return Fault(WHOLE, FaultCode.REFERENCE, line=_line(event))
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > MOST_LEVELS or number > MOST_VALUES:
            values = {"most": MOST_VALUES, "levels": MOST_LEVELS}
            return Fault(WHOLE, FaultCode.TOO_DEEP, values, line=_line(event))
    return None


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _has_tag(event: Any) -> bool:
    tag = getattr(event, "tag", None)
    return tag is not None and tag.removeprefix("tag:yaml.org,2002:") not in PLAIN_TAGS


def _problem(error: yaml.YAMLError) -> str:
    parts = (getattr(error, "context", None), getattr(error, "problem", None))
    return ", ".join(part for part in parts if part) or type(error).__name__


def _refused(code: FaultCode, line: int | None, **values: Any) -> Text:
    return Text(None, {}, [Fault(WHOLE, code, values, line)])


class _Nodes:
    """The nodes of a file turned into plain values, with the line of each place."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.faults: list[Fault] = []
        self.scalars = SafeConstructor()

    def read(self, node: yaml.Node, place: str) -> Any:
        """The value of a node."""
        self.lines.setdefault(place, _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._table(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(part, f"{place}[{number}]") for number, part in enumerate(node.value)]
        return self._scalar(node)

    def _table(self, node: yaml.MappingNode, place: str) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for key, value in node.value:
            # As written: 1:1 is a tier and no number to the base of sixty, `on` a word and no truth value.
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            where, line = join(place, name), _line(key)
            if name in table:
                self.faults.append(Fault(where, FaultCode.TWICE, line=line))
                continue
            self.lines[where] = line
            table[name] = self.read(value, where)
        return table

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            return self.scalars.construct_object(node)
        except (ConstructorError, ValueError, OverflowError):
            # Digits without end, a day that no calendar has: left as written, and refused where a number is wanted.
            return str(node.value)
