"""Forms of a sequence's parts, made from the grammar: every field of a step or head as a control, in both languages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from flask_babel import gettext as _

from abm.conditions.fields import NO_CUSTOM_RULES, CustomRules
from abm.conditions.language import Condition
from abm.conditions.parse import read_condition
from abm.errors import Invalid
from abm.web.builder import Draft, draft_of
from abm.web.condition_words import tell_condition
from abm.web.labels import label
from abm.web.sequence_titles import field_hint, field_title, unit_title, way_letter, word_titles
from abm.words import FiscalWindow, Language, SequenceSubject, StepKind
from campaigns.flaws import join
from campaigns.grammar import HEAD, SETTABLE, STEPS
from campaigns.shapes import (
    UNITS,
    Anything,
    Asked,
    Day,
    Duration,
    Flag,
    Kinds,
    Name,
    Number,
    Opening,
    Pointer,
    Several,
    Shape,
    Table,
    Text,
    Titles,
    Word,
)
from campaigns.triggers import DEFAULT_EXITS
from campaigns.windows import WEEKDAYS

# What of a step's table only belongs to one answer to "what for?".
WAITS: Mapping[str, tuple[str, ...]] = {
    "lasts": ("lasts",),
    "kinds": ("until", "lasts"),
    "date": ("until",),
    "field": ("until",),
    "window": ("window",),
}
BRANCHES: Mapping[str, tuple[str, ...]] = {"did": ("did", "of", "within"), "when": ("when",)}
# Which part of a form says which answer was given.
ONE = ":one"
# A condition has lines to build it of, and YAML for who likes that better: this tells which of them was changed.
BUILT, WAS = ":built", ":was"
# Texts of more than a line.
LONG = ("goal", "describes", "body", "text")
# What ends a sequence that names nothing.
USUAL: Mapping[str, Sequence[str]] = {"exits": DEFAULT_EXITS}
# Said elsewhere: the head of a sequence keeps its name, a step its key.
UNSAID = ("key", "name")

Choice = tuple[str, str]


@dataclass(frozen=True)
class Choices:
    """What an installation and the document itself offer for a field, by the field's name.

    `closed` fields take nothing else; for `usual` ones these are proposals.
    """

    closed: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    usual: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    # The installation's own fields, which conditions may ask.
    customs: CustomRules = field(default_factory=lambda: NO_CUSTOM_RULES)


@dataclass(frozen=True)
class Question:
    """A condition as its control shows it; without a draft it is nested deeper than the builder goes."""

    draft: Draft | None
    yaml: str
    told: str


@dataclass(frozen=True)
class Control:
    """One thing to fill in; `name` is its place in the part, which the form sends back and flaws name."""

    name: str
    sort: str
    title: str
    value: Any = None
    options: Sequence[Choice] = ()
    parts: Sequence["Control"] = ()
    hint: str = ""
    # Another choice here shows other fields.
    reshapes: bool = False

    @property
    def id(self) -> str:
        """What labels point at."""
        return "s-" + self.name.replace(".", "-").replace(":", "-")


def step_controls(step: Mapping[str, Any], choices: Choices, subject: SequenceSubject) -> list[Control]:
    """Everything a step can say: what it is for first, its name on pages last."""
    found = [one for one in _table(step_table(step), step, "", choices) if _is_asked(one, step, subject)]
    if step["kind"] == StepKind.WAIT:
        options = [(how, _wait_title(how)) for how in WAITS]
        found.insert(0, Control(ONE, "choice", _("Wait for"), wait_of(step), options, reshapes=True))
    return found if step["kind"] == StepKind.TASK else sorted(found, key=lambda one: one.name == "title")


def _is_asked(one: Control, step: Mapping[str, Any], subject: SequenceSubject) -> bool:
    """Roles are addressed in a sequence for accounts alone."""
    is_role = step["kind"] == StepKind.MAIL and one.name == "to"
    return not is_role or subject is SequenceSubject.ACCOUNT or "to" in step


def head_controls(document: Mapping[str, Any], choices: Choices) -> list[Control]:
    """Everything a sequence says beside its steps."""
    return list(_table(HEAD, document, "", choices))


def step_table(step: Mapping[str, Any]) -> Table:
    """The fields of a step as far as they belong together: a wait for a day has no time-out."""
    table = STEPS[step["kind"]]
    if step["kind"] == StepKind.WAIT:
        return _of_wait(table, wait_of(step))
    if step["kind"] == StepKind.BRANCH:
        return _without(table, BRANCHES["when" if step.get("did") is None else "did"], BRANCHES)
    return table


def wait_of(step: Mapping[str, Any]) -> str:
    """What a wait waits for."""
    until = step.get("until")
    if isinstance(until, Mapping):
        return next((how for how in ("kinds", "date", "field") if how in until), "kinds")
    return "window" if "window" in step else "lasts"


def chosen_of(table: Table, value: Mapping[str, Any]) -> str:
    """Which of the fields of which only one can be given is given."""
    return next((name for name in table.one_of if value.get(name) is not None), "")


def _of_wait(table: Table, how: str) -> Table:
    kept = _without(table, WAITS[how], WAITS)
    if how not in ("kinds", "date", "field"):
        return replace(kept, fields={name: shape for name, shape in kept.fields.items() if name != "if_late"})
    until = table.fields["until"]
    assert isinstance(until, Table)
    names = {"kinds": ("kinds", "of", "topic"), "date": ("date",), "field": ("field", "days")}[how]
    fields = {**kept.fields, "until": Table({name: until.fields[name] for name in names}, (how,))}
    return replace(kept, fields={name: shape for name, shape in fields.items() if how == "kinds" or name != "if_late"})


def _without(table: Table, kept: Sequence[str], groups: Mapping[str, Sequence[str]]) -> Table:
    """The table without what belongs to the other answers."""
    gone = {name for names in groups.values() for name in names} - set(kept)
    return replace(table, fields={name: shape for name, shape in table.fields.items() if name not in gone})


def _wait_title(how: str) -> str:
    return {
        "lasts": _("A length of time"),
        "kinds": _("Something the person does, at most for a time"),
        "date": _("A date"),
        "field": _("A date in the record"),
        "window": _("A window of time"),
    }[how]


def _table(table: Table, value: Mapping[str, Any], place: str, choices: Choices) -> Iterator[Control]:
    chosen = chosen_of(table, value)
    for name, shape in table.fields.items():
        if table.one_of and name == table.one_of[0]:
            options = [("", "–"), *((one, field_title(one)) for one in table.one_of)]
            yield Control(join(place, ONE), "choice", _("What it is"), chosen, options, reshapes=True)
        if name not in UNSAID and (name == chosen or name not in table.one_of):
            yield control(shape, value.get(name), join(place, name), choices)


def control(shape: Shape, value: Any, place: str, choices: Choices) -> Control:
    """The control of one value."""
    name = next(part for part in reversed(place.split(".")) if not part.isdigit())
    # The entries of a list have no hint of their own.
    hint = "" if place.rpartition(".")[2].isdigit() else field_hint(name)
    title = _title(name, place, shape)
    base = Control(place, "text", title, value, hint=hint)
    closed = choices.closed.get(name)
    if closed is not None and isinstance(shape, Text | Name | Pointer):
        return replace(base, sort="choice", options=_with_given(closed, value), value=value or "")
    if isinstance(shape, Text | Name | Pointer) and name in choices.usual:
        return replace(base, options=choices.usual[name])
    return _by_shape(shape, base, value, choices)


def _title(name: str, place: str, shape: Shape) -> str:
    """What a field is called where it stands: a few names mean different things in different tables."""
    if name == "goal" and isinstance(shape, Titles):
        return str(_("Purpose"))
    return str(_("Decided after")) if place == "winner.after" else field_title(name)


def _by_shape(shape: Shape, base: Control, value: Any, choices: Choices) -> Control:
    match shape:
        case Titles():
            given = value if isinstance(value, Mapping) else dict.fromkeys(Language, value)
            parts = [_in_language(base, given, language) for language in Language]
            return replace(base, sort="group", parts=parts)
        case Number():
            return replace(base, sort="number")
        case Duration():
            return _duration(base, value)
        case Day():
            return replace(base, sort="date")
        case Flag():
            return replace(base, sort="flag")
        case Word():
            return replace(base, sort="choice", options=[("", "–"), *word_titles(base.name, shape.words)])
        case Several(of=Word(words=words)):
            # What holds when nothing is said is shown as said: whoever saves the form must not switch it off unseen.
            ticked = value if value is not None else USUAL.get(base.name, ())
            return replace(base, sort="checks", options=word_titles(base.name, words), value=list(ticked))
        case Several(of=of):
            return _list(base, of, value, choices)
        case Opening():
            return replace(base, sort="group", parts=list(_window(base.name, value or {})))
        case Kinds():
            return _kinds(base, shape, value or {}, choices)
        case Table(fields=fields) if not fields:
            return replace(base, sort="pairs", value=dict(value or {}), options=_settable(value or {}))
        case Table():
            given = value if isinstance(value, Mapping) else {}
            return replace(base, sort="group", parts=list(_table(shape, given, base.name, choices)))
        case Asked():
            question = _question(value, choices.customs)
            return replace(base, sort="condition", value=question, options=choices.usual.get("condition", ()))
        case Anything():
            return replace(base, sort="area", value=written(value))
        case _:
            return base


def _question(value: Any, customs: CustomRules) -> Question:
    draft = draft_of(value, customs)
    try:
        asked: Condition | None = read_condition(value, customs=customs)
    except Invalid:
        # Some of the lines are complete.
        asked = draft.read() if draft else None
    return Question(draft, written(value), tell_condition(asked) if asked else "")


def written(value: Any) -> str:
    """A part of a document as YAML."""
    return "" if value in (None, {}) else yaml.safe_dump(value, allow_unicode=True, sort_keys=False).strip()


def _in_language(base: Control, value: Mapping[str, Any], language: Language) -> Control:
    sort = "lines" if base.name.rpartition(".")[2] in LONG else "text"
    return Control(f"{base.name}.{language}", sort, label(language, "Language"), value.get(language) or "")


def _duration(base: Control, value: Any) -> Control:
    given = value if isinstance(value, Mapping) else {}
    units = [unit for unit in reversed(UNITS) if given.get(unit)]
    unit = units[0] if units else "days"
    number = f"{given[unit]:g}" if units else ""
    options = [(one, unit_title(one)) for one in UNITS]
    parts = [
        Control(f"{base.name}.n", "number", base.title, number),
        Control(f"{base.name}.unit", "choice", _("Unit"), unit, options),
    ]
    return replace(base, sort="duration", parts=parts)


def _list(base: Control, of: Shape, value: Any, choices: Choices) -> Control:
    entries = value if isinstance(value, list) else []
    parts = [
        replace(control(of, one, f"{base.name}.{number}", choices), title=_entry_title(base.name, one))
        for number, one in enumerate(entries)
    ]
    return replace(base, sort="list", parts=parts, value=len(parts))


def _entry_title(name: str, entry: Any) -> str:
    """Ways are told apart by the letters they have on the canvas; other entries say themselves what they are."""
    return _("Way %(name)s", name=way_letter(entry)) if name == "ways" and isinstance(entry, Mapping) else ""


def _kinds(base: Control, shape: Kinds, value: Mapping[str, Any], choices: Choices) -> Control:
    kind = str(value.get(shape.by) or next(iter(shape.tables)))
    name = join(base.name, shape.by)
    by = Control(name, "choice", field_title(shape.by), kind, word_titles(shape.by, shape.tables), reshapes=True)
    table = shape.tables.get(kind)
    rest = list(_table(table, value, base.name, choices)) if table else []
    return replace(base, sort="group", parts=[by, *rest])


def _window(place: str, value: Mapping[str, Any]) -> Iterator[Control]:
    how = next((one for one in ("fiscal", "habit") if one in value), "business")
    how = "weekdays" if {"weekdays", "from", "to"} & set(value) else how
    options = [
        ("business", _("Business hours")),
        ("habit", _("The hour at which the contact usually reads")),
        ("weekdays", _("Days of the week and hours")),
        ("fiscal", _("Time of the customer's fiscal year")),
    ]
    yield Control(f"{place}.{ONE}", "choice", _("Window"), how, options, reshapes=True)
    if how == "weekdays":
        days = word_titles("weekdays", WEEKDAYS)
        yield Control(f"{place}.weekdays", "checks", field_title("weekdays"), list(value.get("weekdays") or ()), days)
        for name in ("from", "to"):
            yield Control(f"{place}.{name}", "time", field_title(name), value.get(name) or "")
    elif how == "fiscal":
        months = [
            (f"month {number}", _("Month %(number)s of the fiscal year", number=number)) for number in range(1, 13)
        ]
        named = [(str(one), label(one, "FiscalWindow")) for one in FiscalWindow]
        fiscal = value.get("fiscal") or FiscalWindow.BUDGETING
        yield Control(f"{place}.fiscal", "choice", field_title("fiscal"), str(fiscal), [*named, *months])


def _settable(value: Mapping[str, Any]) -> list[Choice]:
    return [("", "–"), *((name, field_title(name)) for name in dict.fromkeys((*SETTABLE, *map(str, value))))]


def _with_given(options: Sequence[Choice], value: Any) -> Sequence[Choice]:
    """What a document names stays a choice, also when the installation does not know it any more."""
    is_known = not value or any(str(value) == key for key, _title in options)
    return options if is_known else [*options, (str(value), _("%(name)s (not here any more)", name=value))]
