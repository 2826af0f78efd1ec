"""Steps of a sequence in words: what each does, what leads on from it, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from abm.conditions.parse import read_condition
from abm.errors import Invalid
from abm.web.condition_words import tell_condition
from abm.web.i18n import duration
from abm.web.labels import label
from abm.web.sentences import comma, titled
from abm.web.sequence_titles import WEEKDAY_TITLES, field_title, way_letter, way_title
from abm.words import FiscalWindow, FlawCode, StepKind, TriggerKind
from campaigns.editing import ways_of

Subjects = Mapping[tuple[str, str], str]
# A title names a step; its form says the whole of a condition.
LONGEST_CONDITION = 60
UNITS = ("weeks", "days", "hours", "minutes")


@dataclass(frozen=True)
class Way:
    """One way on, as pages name it: its place in the step, its word, and where it leads."""

    name: str
    word: str
    target: str | None


def step_title(step: Mapping[str, Any], subjects: Subjects) -> str:
    """What a step does, in a few words: its own title, or what its fields say."""
    kind = str(step.get("kind") or "")
    if titles := step.get("title"):
        return titled(titles)
    told = _TELLERS.get(kind)
    said = told(step, subjects) if told else ""
    return said or (label(kind, "StepKind") if kind else _("End"))


def ways_in_words(step: Mapping[str, Any]) -> list[Way]:
    """Every way on from a step with its word."""
    return [Way(way.name, _way_word(step, way.name), way.target) for way in ways_of(step)]


def lasting(parts: Any) -> str:
    """A length of time as a document gives it, in words."""
    given = parts if isinstance(parts, Mapping) else {}
    known = [(unit, given[unit]) for unit in UNITS if isinstance(given.get(unit), int | float) and given[unit]]
    return " ".join(duration(count, unit.removesuffix("s")) for unit, count in known)


def _way_word(step: Mapping[str, Any], way: str) -> str:
    if not way.startswith("ways."):
        return way_title(way)
    variant = step["ways"][int(way.split(".")[1])]
    return f"{way_letter(variant)} {variant.get('percent', 0)}%"


def _mail(step: Mapping[str, Any], subjects: Subjects) -> str:
    mail = step.get("mail")
    if not mail:
        return _("Mail: not chosen yet")
    known = {language: subject for (name, language), subject in subjects.items() if name == mail}
    return _("Mail: %(subject)s", subject=titled(known, mail) if known else mail)


def _wait(step: Mapping[str, Any], _subjects: Subjects) -> str:
    until, window = step.get("until"), step.get("window")
    if isinstance(window, Mapping):
        return _("Wait for: %(window)s", window=_window(window))
    if not isinstance(until, Mapping):
        return _("Wait: %(time)s", time=lasting(step.get("lasts")) or "–")
    if until.get("kinds"):
        kinds = comma().join(label(kind, "EventKind") for kind in until["kinds"])
        return _("Wait for %(deed)s, at most %(time)s", deed=kinds, time=lasting(step.get("lasts")) or "–")
    if until.get("date"):
        return _("Wait until %(day)s", day=until["date"])
    if until.get("field"):
        days = until.get("days") or 0
        return _("Wait until %(field)s %(days)s", field=field_title(str(until["field"])), days=_days(days))
    return ""


def _days(days: Any) -> str:
    if not isinstance(days, int | float) or not days:
        return ""
    return f"{'+' if days > 0 else '−'}{duration(abs(days), 'day')}"


def _window(window: Mapping[str, Any]) -> str:
    if "fiscal" in window:
        fiscal = str(window["fiscal"])
        if fiscal.startswith("month "):
            return _("Month %(number)s of the fiscal year", number=fiscal.removeprefix("month "))
        return label(fiscal, FiscalWindow.__name__)
    if "weekdays" in window or "from" in window or "to" in window:
        days = comma().join(str(WEEKDAY_TITLES.get(day, day)) for day in window.get("weekdays") or ())
        hours = f"{window.get('from', '')}–{window.get('to', '')}".strip("–")
        return f"{days} {hours}".strip()
    return _("The hour at which the contact usually reads") if "habit" in window else _("Business hours")


def _branch(step: Mapping[str, Any], _subjects: Subjects) -> str:
    if step.get("did") is None:
        return _asked(step["when"]) if step.get("when") is not None else ""
    return _("%(deed)s within %(time)s?", deed=label(step["did"], "Deed"), time=lasting(step.get("within")) or "–")


def _asked(document: Any) -> str:
    try:
        told = tell_condition(read_condition(document))
    except Invalid:
        # Unfinished, or about a field that only this installation has.
        return _("Branch by a condition")
    return told if len(told) <= LONGEST_CONDITION else f"{told[: LONGEST_CONDITION - 1]}…"


def _action(step: Mapping[str, Any], _subjects: Subjects) -> str:
    for name in ("add_tag", "remove_tag", "owner", "add_to", "remove_from"):
        if step.get(name) is not None:
            return f"{field_title(name)}: {step[name]}"
    if step.get("stage") is not None:
        return f"{field_title('stage')}: {label(step['stage'], 'Stage')}"
    if isinstance(step.get("topic"), Mapping):
        return comma().join(
            f"{field_title('topic')} – {field_title(act)}: {name}" for act, name in step["topic"].items()
        )
    if isinstance(step.get("set"), Mapping):
        return comma().join(f"{field_title(name)}: {value}" for name, value in step["set"].items())
    return ""


def _notify(step: Mapping[str, Any], _subjects: Subjects) -> str:
    whom = step.get("channel") if step.get("to") == "channel" else label(step.get("to"), "NotifyTo")
    return _("Notify: %(whom)s", whom=whom or "–")


def _named(word: str, name: str) -> Any:
    def tell(step: Mapping[str, Any], _subjects: Subjects) -> str:
        return f"{label(word, 'StepKind')}: {step[name]}" if step.get(name) else ""

    return tell


_TELLERS: Mapping[str, Any] = {
    StepKind.MAIL: _mail,
    StepKind.WAIT: _wait,
    StepKind.BRANCH: _branch,
    StepKind.ACTION: _action,
    StepKind.NOTIFY: _notify,
    StepKind.WEBHOOK: _named(StepKind.WEBHOOK, "channel"),
    StepKind.GOAL: _named(StepKind.GOAL, "goal"),
    StepKind.JUMP: _named(StepKind.JUMP, "sequence"),
}


def triggers_in_words(document: Mapping[str, Any]) -> list[str]:
    """What brings people into a sequence once it is published; by hand is no trigger."""
    asked = document.get("triggers")
    given = [one for one in (asked if isinstance(asked, list) else ()) if isinstance(one, Mapping)]
    return [_trigger(one) for one in given if one.get("on") not in (None, TriggerKind.HAND)]


def _trigger(asked: Mapping[str, Any]) -> str:
    named = [
        str(asked[name]) for name in ("segment", "form", "webinar", "topic", "asset", "product") if asked.get(name)
    ]
    words = [
        label(word, kind)
        for name, kind in (("kinds", "EventKind"), ("as", "WebinarPart"), ("to", "Stage"))
        for word in asked.get(name) or ()
    ]
    said = comma().join([*words, *named])
    return f"{label(asked['on'], 'TriggerKind')}: {said}" if said else label(asked["on"], "TriggerKind")


def say_flaws(flaws: Any) -> Iterator[dict[str, str]]:
    """What is wrong, as sentences with their places."""
    for flaw in flaws:
        named = {"place": flaw.place, "step": flaw.node or "", "field": _field_of(flaw.place)}
        yield {**named, "text": _sentence(flaw), "detail": str(flaw.values.get("problem") or "")}


def _field_of(place: str) -> str:
    parts = place.split(".")
    return ".".join(parts[2:] if parts[0] == "steps" else parts)


def _sentence(flaw: Any) -> str:
    field = next((part for part in reversed(_field_of(flaw.place).split(".")) if part and not part.isdigit()), "")
    said = label(flaw.code, "FlawCode")
    # What is wrong inside a condition is told at its lines, inside a mail at its page; both to who writes YAML.
    more = "" if flaw.code in (FlawCode.CONDITION, FlawCode.NO_SUCH_MAIL) else flaw.values.get("problem") or ""
    named = f"{field_title(field)}: {said}" if field else said
    return f"{named} ({more})" if more else named
