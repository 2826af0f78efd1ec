"""Reading the forms of a sequence's parts back into its document; what cannot be read is kept for checking to name."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from abm.conditions.fields import NO_CUSTOM_RULES, CustomRules
from abm.web.builder import draft_of, read_draft, typed_number
from abm.web.sequence_form import BRANCHES, BUILT, ONE, UNSAID, WAITS, WAS, chosen_of, step_table, wait_of
from abm.words import FiscalWindow, Language, StepKind
from campaigns.flaws import join
from campaigns.grammar import HEAD, STEPS
from campaigns.library import read_text
from campaigns.shapes import (
    Anything,
    Asked,
    Duration,
    Flag,
    Kinds,
    Number,
    Opening,
    Several,
    Shape,
    Table,
    Titles,
    Word,
)

Form = MultiDict[str, str]
# Boxes that are not ticked send nothing: this tells them from boxes that were not shown.
SHOWN = ":shown"
COUNT = ":count"
FROM_SEGMENT = ":segment"
MOST_ENTRIES = 50
FRESH_DURATION = {"days": 3}


def read_step(
    form: Form, step: Mapping[str, Any], conditions: Mapping[str, Any], customs: CustomRules = NO_CUSTOM_RULES
) -> dict[str, Any]:
    """The step as its form says; `conditions` are the segments whose condition may be taken over."""
    reader = _Reader(form, conditions, customs)
    if step["kind"] == StepKind.WAIT and form.get(ONE, wait_of(step)) != wait_of(step):
        return _other_wait(step, form[ONE])
    if step["kind"] == StepKind.BRANCH and step.get(form.get(ONE, "")) is None and form.get(ONE) in BRANCHES:
        return _other_branch(step, form[ONE])
    return reader.table(step_table(step), step, "")


def read_head(
    form: Form, document: Mapping[str, Any], conditions: Mapping[str, Any], customs: CustomRules = NO_CUSTOM_RULES
) -> dict[str, Any]:
    """What the form says of a sequence beside its steps; None for what was emptied."""
    names = [name for name in HEAD.fields if name not in UNSAID]
    head = {name: document[name] for name in names if name in document}
    return {**dict.fromkeys(names), **_Reader(form, conditions, customs).table(HEAD, head, "")}


def _other_wait(step: Mapping[str, Any], how: str) -> dict[str, Any]:
    """A wait for something else begins anew; where it leads stays."""
    kept = {name: value for name, value in step.items() if name not in ("lasts", "until", "window")}
    if how not in WAITS:
        return dict(step)
    if how == "window":
        return {**kept, "window": {"business": True}}
    if how == "lasts":
        return {**kept, "lasts": FRESH_DURATION}
    fresh: Mapping[str, Any] = {"kinds": [], "date": "", "field": ""}
    until = {"until": {how: fresh[how]}}
    return {**kept, **until, "lasts": FRESH_DURATION} if how == "kinds" else {**kept, **until}


def _other_branch(step: Mapping[str, Any], how: str) -> dict[str, Any]:
    """A branch that asks something else begins anew; where it leads stays."""
    asked = {name for names in BRANCHES.values() for name in names}
    kept = {name: value for name, value in step.items() if name not in asked}
    return {**kept, how: fresh(STEPS[StepKind.BRANCH].fields[how])}


class _Reader:
    """Reads a form, shape by shape."""

    def __init__(self, form: Form, conditions: Mapping[str, Any], customs: CustomRules) -> None:
        self.form, self.conditions, self.customs = form, conditions, customs

    def table(self, table: Table, old: Mapping[str, Any], place: str) -> dict[str, Any]:
        """The table as its controls say; names it does not know are let be."""
        found = dict(old)
        was = chosen_of(table, old)
        chosen = self.form.get(join(place, ONE), was)
        for name, shape in table.fields.items():
            if name in UNSAID and name in old and join(place, name) not in self.form:
                continue
            if name in table.one_of and name != was:
                found[name] = fresh(shape) if name == chosen else None
            elif name in table.one_of and name != chosen:
                found[name] = None
            else:
                value = self.value(shape, old.get(name), join(place, name))
                found[name] = fresh(shape) if value is None and name == chosen else value
        return {name: value for name, value in found.items() if value is not None}

    def value(self, shape: Shape, old: Any, place: str) -> Any:
        """A value as its control says; None when it was left empty."""
        match shape:
            case Titles():
                return self._titles(old, place)
            case Duration():
                return self._duration(old, place)
            case Flag():
                return (True if place in self.form else None) if self._shown(place) else old
            case Several(of=Word()):
                return self._words(shape, old, place)
            case Several(of=of):
                return self._entries(of, old, place)
            case Opening():
                return self._window(old, place)
            case Kinds():
                return self._kinds(shape, old, place)
            case Table(fields=fields) if not fields:
                return self._pairs(old, place)
            case Table():
                given = self.table(shape, old if isinstance(old, Mapping) else {}, place)
                return given or None
            case Asked():
                return self._condition(old, place)
            case Anything():
                return self._yaml(old, place)
            case _:
                return self._text(shape, old, place)

    def _text(self, shape: Shape, old: Any, place: str) -> Any:
        if place not in self.form:
            return old
        text = self.form[place].strip()
        return typed_number(text) if isinstance(shape, Number) and text else text or None

    def _titles(self, old: Any, place: str) -> Any:
        names = {language.value: join(place, language) for language in Language}
        if not any(name in self.form for name in names.values()):
            return old
        given = {language: self.form.get(name, "").strip() for language, name in names.items()}
        return {language: text for language, text in given.items() if text} or None

    def _duration(self, old: Any, place: str) -> Any:
        if f"{place}.n" not in self.form:
            return old
        text = self.form[f"{place}.n"].strip()
        return {self.form.get(f"{place}.unit", "days"): typed_number(text)} if text else None

    def _words(self, shape: Several, old: Any, place: str) -> Any:
        if not self._shown(place):
            return old
        words = [word for word in self.form.getlist(place) if word]
        # Where none is an answer of its own, it is written down.
        return words or ([] if shape.least == 0 else None)

    def _entries(self, of: Shape, old: Any, place: str) -> Any:
        count = self.form.get(join(place, COUNT), "")
        if not (count.isdecimal() and len(count) < 4):
            return old
        before = old if isinstance(old, list) else []
        entries = [
            self.value(of, before[row] if row < len(before) else {}, f"{place}.{row}")
            for row in range(min(int(count), MOST_ENTRIES))
        ]
        kept = [one or {} for row, one in enumerate(entries) if not self._pressed("drop", f"{place}.{row}")]
        if self._pressed("add", place) and len(kept) < MOST_ENTRIES:
            kept.append(_fresh_entry(of, kept))
        return kept or None

    def _kinds(self, shape: Kinds, old: Any, place: str) -> Any:
        before = old if isinstance(old, Mapping) else {}
        kind = str(self.form.get(join(place, shape.by)) or before.get(shape.by))
        if kind not in shape.tables:
            return before
        return {shape.by: kind, **self.table(shape.tables[kind], before if before.get(shape.by) == kind else {}, place)}

    def _window(self, old: Any, place: str) -> Any:
        how = self.form.get(join(place, ONE))
        if how == "weekdays":
            times = {name: self.form.get(join(place, name), "") for name in ("from", "to")}
            days = self.form.getlist(join(place, "weekdays")) or ["mon", "tue", "wed", "thu", "fri"]
            return {"weekdays": days, **{name: text[:5] for name, text in times.items() if text}}
        if how == "fiscal":
            return {"fiscal": self.form.get(join(place, "fiscal"), FiscalWindow.BUDGETING.value)}
        return {how: True} if how in ("business", "habit") else old

    def _pairs(self, old: Any, place: str) -> Any:
        if not self._shown(place):
            return old
        pairs = zip(self.form.getlist(join(place, "name")), self.form.getlist(join(place, "value")), strict=False)
        return {name: value.strip() for name, value in pairs if name} or None

    def _condition(self, old: Any, place: str) -> Any:
        """A segment's condition taken over, else YAML that somebody changed, else the lines of the builder."""
        segment = self.form.get(join(place, FROM_SEGMENT), "")
        if segment in self.conditions:
            return self.conditions[segment]
        typed, was = (self.form.get(name, "").strip().splitlines() for name in (place, join(place, WAS)))
        if typed != was or join(place, BUILT) not in self.form:
            return self._yaml(old, place)
        draft, stood = read_draft(self.form, self.customs, f"{place}."), draft_of(old, self.customs)
        # Lines that say the same leave it as somebody wrote it.
        return old if stood is not None and draft.document == stood.document else draft.document

    def _yaml(self, old: Any, place: str) -> Any:
        if place not in self.form:
            return old
        text = self.form[place].strip()
        found = read_text(text)
        return text or None if found.faults else found.document

    def _shown(self, place: str) -> bool:
        return join(place, SHOWN) in self.form

    def _pressed(self, act: str, place: str) -> bool:
        return self.form.get("press") == f"{act}:{place}"


def fresh(shape: Shape) -> Any:
    """What stands in a field that was just chosen: empty, but there."""
    match shape:
        case Titles() | Table() | Asked() | Anything():
            return {}
        case Several():
            return []
        case Duration():
            return FRESH_DURATION
        case Opening():
            return {"business": True}
        case Kinds():
            return {shape.by: str(next(iter(shape.tables)))}
        case Word(words=words):
            return str(next(iter(words)))
        case _:
            return ""


def _fresh_entry(of: Shape, others: list[Any]) -> dict[str, Any]:
    """One more entry of a list, under a key of its own where entries have keys."""
    if isinstance(of, Kinds):
        return dict(fresh(of))
    if isinstance(of, Table) and "percent" in of.fields:
        return {"key": _free_letter(others), "percent": 0}
    taken = {one.get("key") for one in others}
    return {"key": next(key for n in range(1, MOST_ENTRIES + 2) if (key := f"goal_{n}") not in taken), "kinds": []}


def _free_letter(others: list[Any]) -> str:
    taken = {one.get("key") for one in others}
    return next((letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in taken), f"way_{len(others)}")
