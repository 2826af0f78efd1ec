"""The contact guard's policy as a form: its document as fields, and what was typed as a document again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from abm.guard.policy import CAPS, RULES, TERMS, WEEKDAYS
from abm.scoring.faults import Fault
from abm.web.labels import label
from abm.web.model_form import find, read_number, say_fault
from abm.web.working_hours import name_week
from abm.words import OPEN_DEAL_STAGES, SALES_CONTACTS, GuardReason

WINDOW = GuardReason.SEND_WINDOW
FLAGS: Mapping[str, LazyString] = {
    "holidays": _l("Public holidays and the firm's own days off"),
    "obon": _l("Obon, August 13 to 16"),
    "new_year": _l("Turn of the year, December 29 to January 3"),
}
HINTS: Mapping[GuardReason, LazyString] = {
    GuardReason.SALES_ACTIVE: _l("A hand-off of the department is accepted or in work."),
    GuardReason.CONTACTED_LATELY: _l("So many days after sales was in touch with the department."),
    GuardReason.TICKET: _l("While a ticket or complaint is open, and so many days longer."),
    GuardReason.OPEN_DEAL: _l("From this stage on the deal's owner is the one who writes."),
    GuardReason.RENEWAL_NEAR: _l("So many days before a contract is renewed."),
    GuardReason.PRODUCT_OWNED: _l("A mail about nothing but products the department owns."),
    GuardReason.ASSET_RECEIVED: _l("A mail that offers nothing but files the person has fetched."),
    GuardReason.COLLEAGUE_MAILED: _l("So many days after somebody of the same department was mailed."),
}
LIMITS: tuple[tuple[str, LazyString], ...] = (
    ("person.day", _l("One person, in 24 hours")),
    ("person.week", _l("One person, in 7 days")),
    ("account.day", _l("One account, in 24 hours")),
    ("account.week", _l("One account, in 7 days")),
)


@dataclass(frozen=True)
class RuleLine:
    """A rule as the form shows it: what it may answer and what else it asks."""

    rule: GuardReason
    hint: str
    answer: str
    answers: list[tuple[str, str]]
    days: Any = None
    asks_days: bool = False
    # Words to tick or to choose from: value, label, whether it is meant.
    ticks: list[tuple[str, str, bool]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    chosen: str = ""


def rule_lines(document: Mapping[str, Any]) -> list[RuleLine]:
    """Every rule but the send window, which has a part of its own."""
    return [_line(rule, document) for rule in RULES if rule is not WINDOW]


def answers_of(rule: GuardReason) -> list[tuple[str, str]]:
    """What a rule may answer; send means that it does not count."""
    return [
        (answer.value, _("No rule") if answer == "send" else label(answer, "GuardAnswer")) for answer in RULES[rule]
    ]


def _line(rule: GuardReason, document: Mapping[str, Any]) -> RuleLine:
    terms = TERMS.get(rule, ())
    meant = find(document, f"{rule}.kinds", ())
    return RuleLine(
        rule,
        str(HINTS.get(rule, "")),
        str(find(document, f"{rule}.answer", "")),
        answers_of(rule),
        find(document, f"{rule}.days"),
        "days" in terms,
        [(kind.value, label(kind, "ItemKind"), kind in meant) for kind in SALES_CONTACTS if "kinds" in terms],
        [(stage.value, label(stage, "DealStage")) for stage in OPEN_DEAL_STAGES if "from_stage" in terms],
        str(find(document, f"{rule}.from_stage", "")),
    )


def limit_lines(document: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """The caps: place, title, number."""
    return [(f"{CAPS}.{name}", str(title), find(document, f"{CAPS}.{name}")) for name, title in LIMITS]


def window_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The send window as its fields show it."""
    days = find(document, f"{WINDOW}.weekdays", ())
    return {
        "answer": find(document, f"{WINDOW}.answer", ""),
        "answers": answers_of(WINDOW),
        "week": [(WEEKDAYS[number - 1], name, WEEKDAYS[number - 1] in days) for number, name in name_week()],
        "opens": _hour(find(document, f"{WINDOW}.from")),
        "closes": _hour(find(document, f"{WINDOW}.to")),
        "flags": [(name, str(title), bool(find(document, f"{WINDOW}.{name}"))) for name, title in FLAGS.items()],
    }


def _hour(value: Any) -> str:
    """A time as a field shows it; YAML reads 19:00 without quotes as minutes."""
    return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else str(value or "")


def read_policy_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """The document that was typed; what is no number stays as typed, and checking it will say so."""
    document: dict[str, Any] = {rule.value: _read_rule(rule, form) for rule in RULES if rule is not WINDOW}
    document[CAPS] = {whose: _read_caps(whose, form) for whose in ("person", "account")}
    document[WINDOW.value] = {
        "answer": form.get(f"{WINDOW}.answer", ""),
        "weekdays": [day for day in WEEKDAYS if day in form.getlist(f"{WINDOW}.weekdays")],
        "from": form.get(f"{WINDOW}.from", ""),
        "to": form.get(f"{WINDOW}.to", ""),
        **{name: f"{WINDOW}.{name}" in form for name in FLAGS},
    }
    return document


def _read_rule(rule: GuardReason, form: MultiDict[str, str]) -> dict[str, Any]:
    read: dict[str, Any] = {"answer": form.get(f"{rule}.answer", "")}
    for term in TERMS.get(rule, ()):
        place = f"{rule}.{term}"
        if term == "kinds":
            read[term] = [kind.value for kind in SALES_CONTACTS if kind in form.getlist(place)]
        else:
            read[term] = read_number(form.get(place, "")) if term == "days" else form.get(place, "")
    return read


def _read_caps(whose: str, form: MultiDict[str, str]) -> dict[str, Any]:
    """An empty field is no limit."""
    typed = {span: read_number(form.get(f"{CAPS}.{whose}.{span}", "")) for span in ("day", "week")}
    return {span: number for span, number in typed.items() if number is not None}


def by_place(faults: Iterable[Fault]) -> dict[str, str]:
    """The first sentence for each place."""
    told: dict[str, str] = {}
    for fault in faults:
        told.setdefault(fault.place.split("[")[0], say_fault(fault))
    return told
