"""The scoring model as a form: every number a field named by its place in the document, conditions as YAML."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from abm.scoring.document import read_yaml, write_yaml
from abm.scoring.faults import SENTENCES, Fault, plain
from abm.scoring.model import in_order
from abm.web.labels import label
from abm.words import AnswerCode, BuyingRole, EventKind, ExcludedReason, Seniority, Tier, Verdict

# Answers after which an account may come back; the others end it or wake it on a day of their own.
RESTS = (
    AnswerCode.FALSE_SIGNAL,
    AnswerCode.BAD_DATA,
    AnswerCode.ALREADY_WORKING,
    AnswerCode.ALREADY_CUSTOMER,
    AnswerCode.OTHER,
)
TEXTS = ("stages", "fit", "weights", "golden")
LONGEST_LIST = 200
WITH_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
LISTS = {"required_roles": BuyingRole, "never_scored": ExcludedReason}


@dataclass(frozen=True)
class Cell:
    """One value of the form; without a place there is nothing to fill in here."""

    place: str = ""
    title: str = ""
    value: Any = None
    live: Any = None
    fault: str = ""
    is_flag: bool = False

    @property
    def is_changed(self) -> bool:
        """True when the live model says otherwise."""
        return bool(self.place) and self.value != self.live

    def shown(self, value: Any) -> str:
        """A value as people write it."""
        if self.is_flag:
            return _("yes") if value else _("no")
        return "" if value is None else plain(value) if isinstance(value, int | float) else str(value)


@dataclass(frozen=True)
class Line:
    """A row of the form: what it is about, what that means, and its values."""

    title: str
    cells: Sequence[Cell]
    hint: str = ""


@dataclass(frozen=True)
class Section:
    """Rows under one heading."""

    key: str
    title: str
    about: str
    columns: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True)
class Difference:
    """A place where two documents differ."""

    place: str
    old: str
    new: str


KIND_COLUMNS: tuple[tuple[str, LazyString], ...] = (
    ("base", _l("Points")),
    ("minutes_per_point", _l("Minutes per point")),
    ("most", _l("Points at most")),
    ("half_life_days", _l("Half-life (days)")),
    ("act_now", _l("Act now")),
)
MQA_LINES: tuple[tuple[str, LazyString, LazyString], ...] = (
    ("people", _l("People engaged (breadth)"), _l("So many people must be engaged before an account is handed over.")),
    ("person_points", _l("Points from which a person is engaged"), _l("Counts for breadth and coverage.")),
    (
        "most_of_others",
        _l("One person counts at most (× all others together)"),
        _l("1.5 keeps anybody from giving more than 60% of the counted depth."),
    ),
    (
        "proven_within_days",
        _l("A proven act within (days)"),
        _l("Clicks that only seem human make nobody hot; one act must be proven."),
    ),
    ("leaves_at", _l("Ends below (share of the threshold)"), _l("0.7 = an MQA ends at 70% of its threshold.")),
    ("cool_down_days", _l("Rest after a rejection (days)"), _l("Nothing is handed over again for so long.")),
)


HEADS: Mapping[str, tuple[LazyString, LazyString]] = {
    "kinds": (
        _l("Points and half-lives"),
        _l("What one event is worth at the moment it happens; after each half-life half of it is left."),
    ),
    "cap": (
        _l("Daily cap"),
        _l("Only so many events of one person, kind and day count, the earliest first."),
    ),
    "seniority": (_l("Seniority"), _l("Points are multiplied by this, read from the title.")),
    "verdicts": (
        _l("Verdicts"),
        _l("Points are multiplied by this; what no person is known to have done always earns nothing."),
    ),
    "thresholds": (_l("MQA thresholds by tier"), _l("Counted depth from which an account is handed to sales.")),
    "mqa": (
        _l("When an account is handed over"),
        _l("All of these must hold, or one event that is acted on at once."),
    ),
    "rests": (_l("Rest after a rejection, by reason"), _l("Days; left empty, the rest above applies.")),
}


def sections(document: Mapping[str, Any], live: Mapping[str, Any], faults: Mapping[str, str]) -> list[Section]:
    """The form of a document, with what differs from the live one and what is wrong."""
    cells = _Cells(document, live, faults)
    lines = {
        "kinds": [_kind_line(kind, cells) for kind in EventKind],
        "cap": [cells.line("cap", _("Events per person, kind and day"))],
        "seniority": cells.column("seniority", Seniority, "Seniority"),
        "verdicts": cells.column("verdicts", (Verdict.PROVEN, Verdict.LIKELY), "Verdict"),
        "thresholds": cells.column("mqa.thresholds", Tier, "Tier"),
        "mqa": [cells.line(f"mqa.{name}", str(title), str(hint)) for name, title, hint in MQA_LINES],
        "rests": cells.column("mqa.cool_down_by_reason", RESTS, "AnswerCode"),
    }
    columns = {"kinds": [str(title) for _name, title in KIND_COLUMNS]}
    return [
        Section(key, str(title), str(about), columns.get(key, [_("Value")]), lines[key])
        for key, (title, about) in HEADS.items()
    ]


@dataclass(frozen=True)
class _Cells:
    """Makes the fields of a document beside the live one."""

    document: Mapping[str, Any]
    live: Mapping[str, Any]
    faults: Mapping[str, str]

    def cell(self, place: str, title: str, *, is_flag: bool = False) -> Cell:
        """The field of one place."""
        default = False if is_flag else None
        value, old = find(self.document, place, default), find(self.live, place, default)
        return Cell(place, title, value, old, self.faults.get(place, ""), is_flag)

    def line(self, place: str, title: str, hint: str = "") -> Line:
        """A row with one field."""
        return Line(title, [self.cell(place, title)], hint)

    def column(self, prefix: str, words: Iterable[str], kind: str) -> list[Line]:
        """A row for each of these words."""
        return [self.line(f"{prefix}.{word}", label(word, kind)) for word in words]


def _kind_line(kind: EventKind, cells: _Cells) -> Line:
    title = label(kind, "EventKind")
    asked = ("minutes_per_point", "most") if kind in _by_minutes(cells.document) else ("base",)
    fields = [
        cells.cell(f"kinds.{kind}.{name}", f"{title}: {column}", is_flag=name == "act_now")
        if name in (*asked, "half_life_days", "act_now")
        else Cell()
        for name, column in KIND_COLUMNS
    ]
    return Line(title, fields)


def _by_minutes(document: Mapping[str, Any]) -> set[str]:
    return {kind for kind, rule in document["kinds"].items() if "minutes_per_point" in rule}


def read_form(form: MultiDict[str, str], document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The document with what was typed; what is no number stays as typed, and checking it will say so."""
    changed = deepcopy(dict(document))
    for section in sections(document, document, {}):
        for cell in (cell for line in section.lines for cell in line.cells if cell.place):
            if cell.is_flag:
                _put(changed, cell.place, True if form.get(cell.place) else None)
            elif cell.place in form:
                _put(changed, cell.place, read_number(form[cell.place]))
    if not find(changed, "mqa.cool_down_by_reason", {}):
        changed["mqa"].pop("cool_down_by_reason", None)
    for name, words in LISTS.items():
        if f"{name}_asked" in form:
            changed[name] = [word.value for word in words if word in form.getlist(name)]
    faults: list[Fault] = []
    for name in TEXTS:
        if name in form:
            faults += _put_text(changed, name, form[name])
    return changed, faults


def _put_text(document: dict[str, Any], name: str, typed: str) -> list[Fault]:
    if not typed.strip():
        document.pop(name, None)
        return []
    text = read_yaml(typed)
    document[name] = text.document
    return [Fault(name, fault.code, fault.values, fault.line) for fault in text.faults]


def texts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a document that the form shows as YAML."""
    return {name: _as_text(in_order({name: document[name]})[name]) if name in document else "" for name in TEXTS}


def _as_text(part: Any) -> str:
    text = write_yaml({"x": part})
    # Written under a name and taken out again: a list stands at the margin already, a table moves there.
    lines = text.split("\n")[1:]
    indent = "  " if isinstance(part, Mapping) else ""
    return "\n".join(line.removeprefix(indent) for line in lines)


def say_fault(fault: Fault) -> str:
    """What is wrong at a place, in the reader's language."""
    values = dict(fault.values)
    if len(str(values.get("known", ""))) > LONGEST_LIST:
        values["known"] = f"{values['known'][:LONGEST_LIST]}…"
    return _(SENTENCES[fault.code], **values)


def by_place(faults: Iterable[Fault]) -> dict[str, str]:
    """The first sentence for each place, and for each part shown as YAML all of its own with their lines."""
    told: dict[str, str] = {}
    for fault in faults:
        part = fault.place.split(".")[0].split("[")[0]
        if part in TEXTS:
            line = _("line %(line)s: ", line=fault.line) if fault.line else ""
            sentence = f"{line}{fault.place} – {say_fault(fault)}"
            told[part] = f"{told[part]}\n{sentence}" if part in told else sentence
        else:
            told.setdefault(fault.place, say_fault(fault))
    return told


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Every place where the new document says something else than the old one."""
    before, after = dict(_flat(in_order(old))), dict(_flat(in_order(new)))
    places = dict.fromkeys([*after, *before])
    return [
        Difference(place, _said(before.get(place)), _said(after.get(place)))
        for place in places
        if before.get(place) != after.get(place)
    ]


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value and place.split(".")[0] not in TEXTS:
        for name, part in value.items():
            yield from _flat(part, f"{place}.{name}" if place else name)
    elif isinstance(value, list) and value and place in TEXTS:
        for number, part in enumerate(value):
            yield f"{place}[{number}]", part
    else:
        yield place, value


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_said(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_said, value)) + "]"
    return plain(value) if isinstance(value, float) else str(value)


def find(document: Mapping[str, Any], place: str, default: Any = None) -> Any:
    """What a document says at a place."""
    here: Any = document
    for name in place.split("."):
        if not isinstance(here, Mapping) or name not in here:
            return default
        here = here[name]
    return here


def _put(document: dict[str, Any], place: str, value: Any) -> None:
    *tables, name = place.split(".")
    here = document
    for table in tables:
        here = here.setdefault(table, {})
    if value is None:
        here.pop(name, None)
    else:
        here[name] = value


def read_number(typed: str) -> Any:
    """The number in a text, also of full width; the text itself when there is none, nothing when it is empty.

    A comma may part thousands; 1,5 is no number of ours, and neither is it fifteen.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    try:
        number = float(text.replace(",", "") if WITH_THOUSANDS.fullmatch(text) else text)
    except ValueError:
        return text if "," in text else typed
    return int(number) if abs(number) < 1e15 and number == int(number) else number
