"""Reading conditions: a document in, a condition out, or an error that names the place and the remedy."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from abm.conditions.fields import FIELDS, NO_CUSTOM_RULES, SPANS, CustomRules, FieldRule, ValueKind
from abm.conditions.language import Check, Condition, Did, Group, Value
from abm.errors import Invalid
from abm.words import CustomSubject, EventKind, Field, GroupKind, Operator

# Beyond these a condition is not written by a person, and nobody could read why somebody is in.
MOST_LEVELS = 8
MOST_LEAVES = 200
MOST_VALUES = 1_000
LONGEST_TEXT = 500
LONGEST_SPAN = timedelta(days=36_500)
MOST_DEEDS = 1_000_000

# Signs that people type from habit.
SIGNS = {
    "=": Operator.IS,
    "==": Operator.IS,
    "!=": Operator.IS_NOT,
    ">=": Operator.AT_LEAST,
    "<=": Operator.AT_MOST,
    ">": Operator.MORE_THAN,
    "<": Operator.LESS_THAN,
}
ANYTHING = "any"
CUSTOM = re.compile(rf"(?:{'|'.join(CustomSubject)})\.custom\..*", re.DOTALL)
SPAN = re.compile(r"(\d{1,6})\s*(h|hours?|d|days?|w|weeks?)")
UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def read_condition(document: Any, place: str = "", customs: CustomRules = NO_CUSTOM_RULES) -> Condition:
    """The condition a document holds; Invalid names the place, what is wrong and what to write instead."""
    return _Reader(customs).read(document, place, 1)


@dataclass
class _Reader:
    """Reads one document and counts its leaves on the way."""

    customs: CustomRules
    count: int = 0

    def read(self, document: Any, place: str, level: int) -> Condition:
        if not isinstance(document, Mapping):
            raise _invalid(place, f"a condition is a mapping, not {_shown(document)}; write {_SHAPES}")
        if level > MOST_LEVELS:
            raise _invalid(place, f"groups stand inside each other more than {MOST_LEVELS} deep; split the segment")
        shapes = [key for key in (*GroupKind, "field", "did") if key in document]
        if len(shapes) != 1:
            found = f"both {' and '.join(shapes)}" if shapes else "neither a group nor a field nor a deed"
            raise _invalid(place, f"this holds {found}; write {_SHAPES}")
        if shapes[0] in set(GroupKind):
            return self._group(GroupKind(shapes[0]), document[shapes[0]], place, level)
        self.count += 1
        if self.count > MOST_LEAVES:
            raise _invalid(place, f"more than {MOST_LEAVES} conditions; use `in` with several values, or split it")
        return _read_check(document, place, self.customs) if shapes[0] == "field" else _read_did(document, place)

    def _group(self, kind: GroupKind, parts: Any, place: str, level: int) -> Group:
        inside = _join(place, kind)
        if isinstance(parts, Mapping):
            parts = [parts]
        if not isinstance(parts, list) or not parts:
            raise _invalid(inside, f"{kind} needs a list of conditions with at least one in it")
        return Group(
            kind, tuple(self.read(part, f"{inside}[{number}]", level + 1) for number, part in enumerate(parts))
        )


_SHAPES = '{"all": [...]}, {"any": [...]}, {"not": [...]}, {"field", "op", "value"} or {"did", "at_least", "within"}'


def _read_check(document: Mapping[str, Any], place: str, customs: CustomRules) -> Check:
    field, rule = _read_field(document["field"], _join(place, "field"), customs)
    op = _read_operator(document.get("op", Operator.IS), field, rule, _join(place, "op"))
    value = read_value(document.get("value"), rule, op, _join(place, "value"))
    return Check(field, op, value, customs.get(field))


def _read_field(given: Any, place: str, customs: CustomRules) -> tuple[str, FieldRule]:
    if not isinstance(given, str) or not CUSTOM.fullmatch(given):
        field = _one_of(given, Field, place)
        return field, FIELDS[field]
    if given in customs:
        return given, customs[given]
    known = f"there are {', '.join(customs)}" if customs else "none is defined yet"
    raise _invalid(place, f"there is no custom field {_shown(given)}{_closest(given, customs)}; {known}")


def _read_operator(given: Any, field: str, rule: FieldRule, place: str) -> Operator:
    word = SIGNS.get(given, given) if isinstance(given, str) else None
    if word not in rule.operators:
        raise _invalid(place, f"{_shown(given)} does not go with {field}; use one of {', '.join(rule.operators)}")
    return Operator(word)


def read_value(given: Any, rule: FieldRule, op: Operator, place: str = "value") -> Value:
    """The value an operator compares a field of this kind with."""
    if op in (Operator.KNOWN, Operator.UNKNOWN):
        return None
    if op in (Operator.IN, Operator.NOT_IN):
        return _read_several(given, rule, place)
    if op in SPANS:
        span = read_span(given, place)
        if span.seconds:
            raise _invalid(place, "this field is a day: give whole days, for example 30")
        return span
    return _READERS[rule.kind](given, rule, place)


def _read_several(given: Any, rule: FieldRule, place: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST_VALUES:
        raise _invalid(place, f"give a list of 1 to {MOST_VALUES} values")
    read = _READERS[rule.kind]
    return tuple(str(read(one, rule, f"{place}[{number}]")) for number, one in enumerate(given))


def _read_text(given: Any, rule: FieldRule, place: str) -> str:
    if not isinstance(given, str) or not given:
        raise _invalid(place, f"give a text, not {_shown(given)} (for an empty field use the operator unknown)")
    if len(given) > LONGEST_TEXT:
        raise _invalid(place, f"the text is longer than {LONGEST_TEXT} signs")
    if "\0" in given or any("\ud800" <= sign <= "\udfff" for sign in given):
        raise _invalid(place, "the text holds a sign that no record can hold (NUL or half a character)")
    return given


def _read_word(given: Any, rule: FieldRule, place: str) -> str:
    if not isinstance(given, str) or given not in rule.words:
        raise _invalid(place, f"{_shown(given)} is none of {', '.join(rule.words)}{_closest(given, rule.words)}")
    return given


def _read_flag(given: Any, rule: FieldRule, place: str) -> bool:
    if given is None:
        return True
    if not isinstance(given, bool):
        raise _invalid(place, f"give true or false, not {_shown(given)}")
    return given


def _read_number(given: Any, rule: FieldRule, place: str) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool) and -1e15 < given < 1e15:
        return float(given)
    raise _invalid(place, f"give a number, not {_shown(given)}")


def _read_day(given: Any, rule: FieldRule, place: str) -> date:
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise _invalid(place, f"give a day as 2026-11-12, not {_shown(given)}") from error


_READERS: dict[ValueKind, Callable[[Any, FieldRule, str], str | float | bool | date]] = {
    ValueKind.TEXT: _read_text,
    ValueKind.WORD: _read_word,
    ValueKind.FLAG: _read_flag,
    ValueKind.NUMBER: _read_number,
    ValueKind.DAY: _read_day,
}


def _read_did(document: Mapping[str, Any], place: str) -> Did:
    within = document.get("within")
    topic = document.get("topic")
    return Did(
        kinds=_read_kinds(document["did"], _join(place, "did")),
        at_least=_read_times(document.get("at_least", 1), _join(place, "at_least")),
        within=None if within is None else read_span(within, _join(place, "within")),
        topic=None if topic is None else _read_text(topic, FIELDS[Field.ACCOUNT_NAME], _join(place, "topic")),
    )


def _read_kinds(given: Any, place: str) -> tuple[EventKind, ...]:
    if given == ANYTHING:
        return tuple(EventKind)
    if isinstance(given, list) and given:
        found = [_one_of(one, EventKind, f"{place}[{number}]") for number, one in enumerate(given)]
        return tuple(kind for kind in EventKind if kind in found)
    return (_one_of(given, EventKind, place),)


def _read_times(given: Any, place: str) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST_DEEDS:
        return given
    raise _invalid(place, f"give how often, a whole number from 1, not {_shown(given)}")


def read_span(given: Any, place: str = "within") -> timedelta:
    """A span: days as a number, "30d", "4 weeks", "12 hours" or {"days": 30}."""
    span = _span(given)
    if span is None or not timedelta(0) < span <= LONGEST_SPAN:
        raise _invalid(place, f'give a span as days: 30, or "30d", "4w", "12h", not {_shown(given)}')
    return span


def _span(given: Any) -> timedelta | None:
    if isinstance(given, Mapping) and len(given) == 1:
        [(unit, number)] = given.items()
        given = f"{number} {unit}"
    if isinstance(given, str) and (found := SPAN.fullmatch(given.strip().lower())):
        return timedelta(**{UNITS[found[2][0]]: int(found[1])})
    if isinstance(given, str) and given.strip().isascii() and given.strip().isdigit():
        given = int(given) if len(given) < 7 else None
    if isinstance(given, int) and not isinstance(given, bool) and 0 < given <= LONGEST_SPAN.days:
        return timedelta(days=given)
    return None


def write_condition(condition: Condition) -> dict[str, Any]:
    """The document of a condition; reading it again gives the same condition."""
    if isinstance(condition, Group):
        return {str(condition.kind): [write_condition(part) for part in condition.parts]}
    if isinstance(condition, Did):
        return _write_did(condition)
    found = {"field": str(condition.field), "op": str(condition.op), "value": write_value(condition.value)}
    return found if condition.value is not None else {"field": found["field"], "op": found["op"]}


def _write_did(did: Did) -> dict[str, Any]:
    kinds: Any = [str(kind) for kind in did.kinds]
    if did.kinds == tuple(EventKind):
        kinds = ANYTHING
    document: dict[str, Any] = {"did": kinds[0] if len(did.kinds) == 1 else kinds, "at_least": did.at_least}
    if did.within is not None:
        document["within"] = write_value(did.within)
    return document if did.topic is None else {**document, "topic": did.topic}


def write_value(value: Value) -> Any:
    """A value as a document holds it."""
    if isinstance(value, timedelta):
        return value.days if not value.seconds else f"{value // timedelta(hours=1)}h"
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, date) else value


def _one_of(given: Any, words: Any, place: str) -> Any:
    if isinstance(given, str) and given in set(words):
        return words(given)
    raise _invalid(place, f"there is no {_shown(given)}{_closest(given, words)}; there are {', '.join(words)}")


def _closest(given: Any, words: Any) -> str:
    close = get_close_matches(str(given), [str(word) for word in words], 1)
    return f" (do you mean {close[0]}?)" if close else ""


def _join(place: str, part: str) -> str:
    return f"{place}.{part}" if place else str(part)


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _invalid(place: str, message: str) -> Invalid:
    return Invalid(f"{place or 'condition'}: {message}", field=place or "condition", code="condition")
