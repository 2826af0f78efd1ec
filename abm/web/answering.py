"""Which answers a task may get now, grouped as sales thinks of them, and what each of them asks for."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from abm.errors import Invalid
from abm.handoff.answers import Said
from abm.handoff.rules import RULES, wake_choices
from abm.web.asked import read_day, read_id, read_ids
from abm.words import AnswerCode, TaskKind, WakeChoice

# These have a button of their own.
ONE_TAP = (AnswerCode.ACCEPT, AnswerCode.START)
GROUPS: Sequence[tuple[LazyString, tuple[AnswerCode, ...]]] = (
    (_l("It led somewhere"), (AnswerCode.MEETING, AnswerCode.OPPORTUNITY)),
    (
        _l("Worth another try later"),
        (AnswerCode.NOT_NOW, AnswerCode.NO_BUDGET, AnswerCode.NO_NEED, AnswerCode.UNREACHABLE),
    ),
    (
        _l("Somebody else's, or known already"),
        (AnswerCode.WRONG_PERSON, AnswerCode.ALREADY_WORKING, AnswerCode.ALREADY_CUSTOMER),
    ),
    (
        _l("Should not have come"),
        (
            AnswerCode.FALSE_SIGNAL,
            AnswerCode.BAD_DATA,
            AnswerCode.NOT_FIT,
            AnswerCode.COMPETITOR,
            AnswerCode.DO_NOT_CONTACT,
            AnswerCode.OTHER,
        ),
    ),
)
# What a mail's link may say: not what needs the account's page beside it.
NOT_BY_MAIL = frozenset((AnswerCode.START, AnswerCode.MEETING, AnswerCode.OPPORTUNITY, AnswerCode.UNREACHABLE))
ABOUT_A_PRODUCT = frozenset(
    (AnswerCode.MEETING, AnswerCode.OPPORTUNITY, AnswerCode.ALREADY_CUSTOMER, AnswerCode.NO_NEED)
)
MAY_NAME_A_DAY = frozenset((AnswerCode.NO_BUDGET, AnswerCode.NO_NEED, AnswerCode.MEETING, AnswerCode.OPPORTUNITY))

# Beyond these nobody looks one by one.
SIGNALS_SHOWN = 20

# What the words of an answer are about.
TEXT_TITLES: Mapping[AnswerCode, LazyString] = {
    AnswerCode.WRONG_PERSON: _l("Who or which department would be right?"),
    AnswerCode.OTHER: _l("What is the reason?"),
    AnswerCode.BAD_DATA: _l("What is wrong?"),
    AnswerCode.ALREADY_WORKING: _l("Which deal, and with whom?"),
    AnswerCode.MEETING: _l("What comes next?"),
    AnswerCode.OPPORTUNITY: _l("What comes next?"),
}
DAY_TITLES: Mapping[AnswerCode, LazyString] = {
    AnswerCode.MEETING: _l("Day of the meeting"),
    AnswerCode.OPPORTUNITY: _l("Day of the next step"),
}
EFFECTS: Mapping[AnswerCode, LazyString] = {
    AnswerCode.MEETING: _l("A deal opens with its next action."),
    AnswerCode.OPPORTUNITY: _l("A deal opens with its next action."),
    AnswerCode.NOT_NOW: _l("Nurture goes on; the task comes back on that day."),
    AnswerCode.NO_BUDGET: _l("Comes back when the budget of the account's next fiscal year is made."),
    AnswerCode.NO_NEED: _l("Comes back in half a year; the interest in that product counts less."),
    AnswerCode.UNREACHABLE: _l("Comes back in 30 days; needs three logged tries."),
    AnswerCode.WRONG_PERSON: _l("Goes to whoever is named, at once."),
    AnswerCode.ALREADY_WORKING: _l("Noted as a collision, so that the rules can be mended."),
    AnswerCode.ALREADY_CUSTOMER: _l("The product is noted as owned."),
    AnswerCode.FALSE_SIGNAL: _l("What happened counts as machine, and scores are made anew."),
    AnswerCode.BAD_DATA: _l("The record is doubted, its mail held, and somebody is asked to check it."),
    AnswerCode.NOT_FIT: _l("The account is excluded, and the fit rules are questioned."),
    AnswerCode.COMPETITOR: _l("The account is excluded and scores nothing."),
    AnswerCode.DO_NOT_CONTACT: _l("Suppressed in every channel at once."),
    AnswerCode.OTHER: _l("No new hand-off of this account for a while."),
}


@dataclass(frozen=True)
class Wanted:
    """What one answer asks for: nothing that it does not need."""

    code: AnswerCode
    text: str
    needs_text: bool
    day: str
    needs_day: bool
    product: bool
    effect: str


def allowed_codes(kind: str, state: str) -> list[AnswerCode]:
    """The answers a page offers in this state, beside the one-tap ones."""
    if kind != TaskKind.HAND_OFF:
        return []
    return [code for code, rule in RULES.items() if state in rule.source and code not in ONE_TAP]


def grouped(kind: str, state: str, *, by_mail: bool = False) -> list[tuple[str, list[AnswerCode]]]:
    """The answers under the heads by which one looks for them; empty groups are left out."""
    allowed = set(allowed_codes(kind, state)) - (NOT_BY_MAIL if by_mail else set())
    groups = [(str(title), [code for code in codes if code in allowed]) for title, codes in GROUPS]
    return [(title, codes) for title, codes in groups if codes]


def wanted(code: AnswerCode) -> Wanted:
    """What this answer asks for."""
    rule = RULES[code]
    has_day = rule.needs_until or code in MAY_NAME_A_DAY
    return Wanted(
        code=code,
        text=str(TEXT_TITLES.get(code, _l("Reason in words"))),
        needs_text=rule.needs_text,
        day=str(DAY_TITLES.get(code, _l("Again from"))) if has_day else "",
        needs_day=rule.needs_until,
        product=code in ABOUT_A_PRODUCT,
        effect=str(EFFECTS.get(code, "")),
    )


def signals(code: AnswerCode, evidence: Sequence[Mapping[str, Any]], receipt: Mapping[str, Any]) -> list[Any]:
    """The rows of the receipt that made the request, when the answer asks which of them were none."""
    if code is not AnswerCode.FALSE_SIGNAL:
        return []
    asked = {event for entry in evidence for event in entry.get("events", [])}
    return [row for row in receipt.get("entries", []) if row["event"] in asked][:SIGNALS_SHOWN]


def days_meant(today: date, closing_month: int | None) -> list[tuple[WakeChoice, date]]:
    """What customers mean by next month, term and fiscal year, as days."""
    return list(wake_choices(today, closing_month).items())


def read_said(form: MultiDict[str, str], code: AnswerCode, by: uuid.UUID, at: datetime) -> Said:
    """What the form of an answer says besides the answer itself."""
    return Said(
        code,
        by=by,
        at=at,
        until=read_day(form.get("until", "") or form.get("day", "")),
        text=form.get("text", "").strip() or None,
        product_id=read_id(form.get("product_id", "")),
        events=read_ids(form.getlist("event")),
        no_phone=form.get("no_phone") == "1",
    )


def read_code(text: str) -> AnswerCode:
    """The answer a form sent; Invalid when it is none."""
    if text not in set(AnswerCode):
        raise Invalid("choose an answer", field="code", code="answer_missing")
    return AnswerCode(text)
