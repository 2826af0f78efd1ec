"""What is wrong with a scoring model, place by place: a document is read to its end, and every fault of it is told."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from types import MappingProxyType
from typing import Any

from abm.errors import Invalid
from abm.words import FaultCode

# Read in place of a part that is no table: its fault is told already, and nothing in it is missed on top.
NOTHING: Mapping[str, Any] = MappingProxyType({})
# The place of a fault that is the whole document's.
WHOLE = "model"
LONGEST_SHOWN = 40
LONGEST_TEXT = 200
# As much of the world writes one and a half; three digits behind the comma may as well be thousands.
DECIMAL_COMMA = re.compile(r"[-+]?\d+,(?!\d{3}$)\d+")


def _l(sentence: str) -> str:
    """Marks a sentence for the catalogue; pages look its translation up."""
    return sentence


SENTENCES: Mapping[FaultCode, str] = {
    FaultCode.TOO_LARGE: _l("is larger than %(most)s KB; such a document is short"),
    FaultCode.NOT_TEXT: _l("is no text in UTF-8; save it as UTF-8"),
    FaultCode.NOT_YAML: _l("is no YAML here: %(problem)s"),
    FaultCode.EMPTY: _l("is empty; begin with what `abm model show` writes"),
    FaultCode.REFERENCE: _l("refers to another place with & or *, or names a type with !; write the value out"),
    FaultCode.TOO_DEEP: _l("holds more than %(most)s values, or values more than %(levels)s levels deep"),
    FaultCode.TWICE: _l("is given twice; keep one of the two"),
    FaultCode.NO_TABLE: _l("must be a table of names and values"),
    FaultCode.NO_LIST: _l("must be a list"),
    FaultCode.NO_TEXT: _l("must be a text of 1 to %(most)s signs"),
    FaultCode.NO_NUMBER: _l("must be a number, not %(given)s"),
    FaultCode.DECIMAL_COMMA: _l("must be written with a point, as %(meant)s, not %(given)s"),
    FaultCode.NOT_FINITE: _l("must be a finite number, not %(given)s"),
    FaultCode.NOT_WHOLE: _l("must be a whole number, not %(given)s"),
    FaultCode.NO_FLAG: _l("must be true or false, not %(given)s"),
    FaultCode.NO_TIME: _l('must be a time of the day such as "09:00", not %(given)s'),
    FaultCode.MISSING: _l("is missing; add it"),
    FaultCode.UNKNOWN: _l("is not known: %(given)s; known are %(known)s"),
    FaultCode.TOO_SMALL: _l("must be at least %(least)s, not %(given)s"),
    FaultCode.NOT_ABOVE: _l("must be more than %(above)s, not %(given)s"),
    FaultCode.TOO_BIG: _l("must be at most %(most)s, not %(given)s"),
    FaultCode.TOO_MANY: _l("has more than %(most)s parts"),
    FaultCode.NOT_AFTER: _l("must be later than %(other)s, which is %(given)s"),
    FaultCode.BASE_AND_MINUTES: _l("is worked out from minutes here; give base or minutes_per_point, not both"),
    FaultCode.MOST_ALONE: _l("goes with minutes_per_point only; add that, or take this away"),
    FaultCode.MUST_BE_NOTHING: _l("must be 0: what no person is known to have done earns nothing"),
    FaultCode.CONDITION: _l("is no condition: %(problem)s"),
    FaultCode.FIELD_OUTSIDE: _l("asks for %(given)s; fit is about the company's record: %(known)s"),
    FaultCode.NOBODY_SO_CALLED: _l("names %(given)s, who is not among its people"),
    FaultCode.FIRST_TAKES_ALL: _l("takes whoever is left, so its condition must be `always`"),
    FaultCode.CIRCLE: _l("leads back to itself: %(way)s; name what the stage asks instead of another stage"),
    FaultCode.UNREACHABLE: _l(
        "is never reached: a later stage takes every account first, or its condition cannot hold"
    ),
    FaultCode.OUT_OF_REACH: _l("is out of reach: %(people)s people who do all they can come to %(most)s at most"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that keeps a model from being published; `place` is like kinds.click.half_life_days."""

    place: str
    code: FaultCode
    values: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None

    @property
    def message(self) -> str:
        """What is wrong and what would be right."""
        return self.told_of(WHOLE)

    def told_of(self, whole: str) -> str:
        """The same where a whole document is called this."""
        place = whole if self.place in ("", WHOLE) else self.place
        return f"{place} {SENTENCES[self.code] % self.values}"


def refuse(faults: Sequence[Fault], command: str = "abm model") -> Invalid:
    """The refusal that names the first of these faults, how many there are, and the command that lists them."""
    first, more = faults[0], len(faults) - 1
    line = f"line {first.line}: " if first.line else ""
    rest = f" (and {more} more; `{command} validate` lists them all)" if more else ""
    return Invalid(f"{line}{first.message}{rest}", first.place, first.code)


class Reading:
    """A document being read: what is wrong is noted, and reading goes on with a value that stands in."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def note(self, place: str, code: FaultCode, **values: Any) -> None:
        """Keep a fault."""
        self.faults.append(Fault(place, code, values))

    def table(self, raw: Any, place: str, known: Iterable[str] = ()) -> Mapping[str, Any]:
        """A part that holds names and values, of these names only."""
        if not isinstance(raw, Mapping):
            self.note(place, FaultCode.MISSING if raw is None else FaultCode.NO_TABLE)
            return NOTHING
        names = [str(name) for name in known]
        for name in raw:
            if names and name not in names:
                self.note(join(place, str(name)), FaultCode.UNKNOWN, given=shown(name), known=suggest(name, names))
        return raw

    def items(self, raw: Any, place: str, most: int) -> Sequence[Any]:
        """A part that is a list."""
        if not isinstance(raw, list | tuple):
            self.note(place, FaultCode.MISSING if raw is None else FaultCode.NO_LIST)
            return ()
        if len(raw) > most:
            self.note(place, FaultCode.TOO_MANY, most=most)
        return raw[:most]

    def number(
        self,
        table: Mapping[str, Any],
        name: str,
        place: str,
        *,
        most: float,
        least: float | None = None,
        above: float | None = None,
        default: float | None = None,
    ) -> float:
        """A finite number within bounds."""
        if name not in table and (default is not None or table is NOTHING):
            return default or 0.0
        where, raw = join(place, name), table.get(name)
        if name not in table:
            self.note(where, FaultCode.MISSING)
        elif isinstance(raw, bool) or not isinstance(raw, int | float):
            self.note_no_number(where, raw)
        elif not _is_finite(raw):
            self.note(where, FaultCode.NOT_FINITE, given=shown(raw))
        else:
            return float(raw) if self._is_within(where, raw, least, above, most) else default or 0.0
        return default or 0.0

    def note_no_number(self, where: str, raw: Any) -> None:
        """Something else stands where a number should; a comma for the point is named."""
        if isinstance(raw, str) and DECIMAL_COMMA.fullmatch(raw.strip()):
            self.note(where, FaultCode.DECIMAL_COMMA, given=shown(raw), meant=raw.strip().replace(",", "."))
        else:
            self.note(where, FaultCode.NO_NUMBER, given=shown(raw))

    def _is_within(self, where: str, raw: float, least: float | None, above: float | None, most: float) -> bool:
        given, before = shown(raw), len(self.faults)
        if least is not None and raw < least:
            self.note(where, FaultCode.TOO_SMALL, least=plain(least), given=given)
        elif above is not None and raw <= above:
            self.note(where, FaultCode.NOT_ABOVE, above=plain(above), given=given)
        elif raw > most:
            self.note(where, FaultCode.TOO_BIG, most=plain(most), given=given)
        return len(self.faults) == before

    def whole(self, table: Mapping[str, Any], name: str, place: str, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.number(table, name, place, least=least, most=most)
        if value != int(value):
            self.note(join(place, name), FaultCode.NOT_WHOLE, given=shown(value))
        return int(value)

    def flag(self, table: Mapping[str, Any], name: str, place: str) -> bool:
        """True or false; left out it is false."""
        raw = table.get(name, False)
        if not isinstance(raw, bool):
            self.note(join(place, name), FaultCode.NO_FLAG, given=shown(raw))
        return raw is True

    def text(self, raw: Any, place: str) -> str:
        """A short text."""
        if isinstance(raw, str) and 0 < len(raw.strip()) <= LONGEST_TEXT:
            return raw.strip()
        self.note(place, FaultCode.MISSING) if raw is None else self.note(place, FaultCode.NO_TEXT, most=LONGEST_TEXT)
        return ""

    def word(self, raw: Any, place: str, known: Iterable[str]) -> str | None:
        """One of these words; None, and a fault, when it is another."""
        words = [str(word) for word in known]
        if isinstance(raw, str) and raw in words:
            return raw
        if raw is None:
            self.note(place, FaultCode.MISSING)
        else:
            self.note(place, FaultCode.UNKNOWN, given=shown(raw), known=suggest(raw, words))
        return None

    def words(self, raw: Any, place: str, known: Iterable[str]) -> tuple[str, ...]:
        """A list of these words, each once."""
        names = [str(word) for word in known]
        read = [self.word(one, f"{place}[{number}]", names) for number, one in enumerate(self.items(raw, place, 100))]
        return tuple(dict.fromkeys(word for word in read if word is not None))


def join(place: str, name: str) -> str:
    """The place of this name in that part."""
    return f"{place}.{name}" if place else name


def plain(number: float) -> str:
    """A number as people write it."""
    return f"{number:g}" if abs(number) < 1e15 else f"{number:.0e}"


def shown(raw: Any) -> str:
    """A value as it was given, cut short."""
    if isinstance(raw, int) and abs(raw) > 10**15:
        return "> 10^15" if raw > 0 else "< -10^15"
    text = plain(raw) if isinstance(raw, float) else str(raw)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def suggest(given: Any, known: Sequence[str]) -> str:
    """What is known, with what is nearest to the given first."""
    near = get_close_matches(str(given), known, 1)
    return ", ".join(dict.fromkeys([*near, *known]))


def _is_finite(raw: float) -> bool:
    try:
        return isfinite(raw)
    except OverflowError:
        # A whole number that no float can hold is finite, and too big.
        return True
