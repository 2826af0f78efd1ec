"""Rules of what is sold: what a record must be, and what follows from what was typed. Values in, values out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from abm.errors import Invalid
from abm.words import (
    DealStage,
    DecisionState,
    SurveyKind,
    TicketState,
)

# How likely a deal is won, in percent, where nobody has said otherwise: what the standard opportunity stages of
# Salesforce start with (Qualification, Needs Analysis, Value Proposition, Proposal/Price Quote, Negotiation/Review).
PROBABILITY = {
    DealStage.DISCOVERY: 10,
    DealStage.NEEDS: 20,
    DealStage.PROPOSAL: 50,
    DealStage.QUOTE: 75,
    DealStage.APPROVAL: 90,
    DealStage.WON: 100,
    DealStage.LOST: 0,
}
ENDED = (DealStage.WON, DealStage.LOST)
DECIDED = (DecisionState.APPROVED, DecisionState.RETURNED, DecisionState.REFUSED)
SCALES = {SurveyKind.CSAT: (1, 5), SurveyKind.NPS: (0, 10)}


@dataclass(frozen=True)
class Moment:
    """When something is written: the business time, and the day it is in the installation's zone."""

    at: datetime
    today: date


Values = dict[str, Any]
# Takes the record before (None: it is new) and as typed; answers it as it will be kept.
Rule = Callable[[Mapping[str, Any] | None, Values, Moment], Values]


def as_typed(_before: Mapping[str, Any] | None, values: Values, _moment: Moment) -> Values:
    """No rule."""
    return values


def probability_of(stage: str, own: int | None) -> int:
    """How likely this deal is won: what somebody said, else what its stage says; an ended one is certain."""
    if own is None or stage in ENDED:
        return PROBABILITY[DealStage(stage)]
    return own


def deal_rule(before: Mapping[str, Any] | None, values: Values, moment: Moment) -> Values:
    """A lost deal says why, an ended one since when; a new stage begins now."""
    stage = values["stage"]
    if stage == DealStage.LOST and not values["lost_reason"]:
        raise Invalid("a lost deal needs the reason", "lost_reason", "lost_needs_reason")
    values = {**values, "lost_reason": values["lost_reason"] if stage == DealStage.LOST else None}
    values["closed_on"] = (values["closed_on"] or moment.today) if stage in ENDED else None
    if before is None or before["stage"] != stage:
        values["stage_since"] = moment.at
    return values


def step_rule(_before: Mapping[str, Any] | None, values: Values, moment: Moment) -> Values:
    """A decision has its day, a step that still waits has none."""
    decided = values["state"] in DECIDED
    return {**values, "decided_on": (values["decided_on"] or moment.today) if decided else None}


def offer_rule(_before: Mapping[str, Any] | None, values: Values, _moment: Moment) -> Values:
    """An offer is valid after it was given."""
    _in_order(values, "issued_on", "valid_until")
    return values


def contract_rule(before: Mapping[str, Any] | None, values: Values, _moment: Moment) -> Values:
    """A contract ends after it starts; its renewal is decided at its end unless another day was said."""
    _in_order(values, "starts_on", "ends_on")
    _in_order(values, "starts_on", "renews_on")
    # A day that merely followed the end goes on following it.
    followed = before is not None and before["renews_on"] == before["ends_on"] == values["renews_on"]
    renews_on = values["ends_on"] if followed else values["renews_on"] or values["ends_on"]
    return {**values, "renews_on": renews_on}


def ownership_rule(_before: Mapping[str, Any] | None, values: Values, _moment: Moment) -> Values:
    """Owned until after it was bought."""
    _in_order(values, "since_on", "until_on")
    return values


def ticket_rule(before: Mapping[str, Any] | None, values: Values, moment: Moment) -> Values:
    """A closed ticket knows since when; opened again it does not."""
    if before is None:
        values = {**values, "opened_at": moment.at}
    if values["state"] != TicketState.CLOSED:
        return {**values, "closed_at": None}
    was_closed = before is not None and before["state"] == TicketState.CLOSED
    return values if was_closed else {**values, "closed_at": moment.at}


def survey_rule(_before: Mapping[str, Any] | None, values: Values, _moment: Moment) -> Values:
    """A score fits the scale of its kind; without one there are words."""
    kind, score = SurveyKind(values["kind"]), values["score"]
    if kind is SurveyKind.WORDS:
        if not values["words"]:
            raise Invalid("write down what was said", "words", "required")
        return {**values, "score": None}
    if score is None:
        raise Invalid("this kind of answer has a score", "score", "required")
    least, most = SCALES[kind]
    if not least <= score <= most:
        raise Invalid(f"the score lies between {least} and {most}", "score", f"{kind}_scale")
    return values


def usage_rule(_before: Mapping[str, Any] | None, values: Values, _moment: Moment) -> Values:
    """Usage counts by month: the day of it does not matter."""
    return {**values, "month_on": values["month_on"].replace(day=1)}


def _in_order(values: Mapping[str, Any], first: str, last: str) -> None:
    if values[first] and values[last] and values[last] < values[first]:
        raise Invalid("this day lies before the beginning", last, "before_start")
