"""Labels of what is sold and wanted: deals, offers, contracts, tickets, surveys, needs heard and suggestions."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import (
    ContractState,
    DealStage,
    DecisionState,
    HeardKind,
    LostReason,
    NeedKind,
    OfferKind,
    OfferState,
    Severity,
    SuggestionState,
    SurveyKind,
    TicketState,
)

SOLD: dict[type[StrEnum], dict[str, LazyString]] = {
    DealStage: {
        DealStage.DISCOVERY: _l("Discovery"),
        DealStage.NEEDS: _l("Needs found"),
        DealStage.PROPOSAL: _l("Proposal"),
        DealStage.QUOTE: _l("Quote"),
        DealStage.APPROVAL: _l("Approval at the customer"),
        DealStage.WON: _l("Won"),
        DealStage.LOST: _l("Lost"),
    },
    LostReason: {
        LostReason.PRICE: _l("Price"),
        LostReason.TIMING: _l("Timing"),
        LostReason.BUDGET: _l("No budget"),
        LostReason.COMPETITOR: _l("Competitor chosen"),
        LostReason.FUNCTION: _l("Function missing"),
        LostReason.IN_HOUSE: _l("Made in house"),
        LostReason.SILENCE: _l("No answer any more"),
        LostReason.OTHER: _l("Other"),
    },
    DecisionState: {
        DecisionState.WAITING: _l("Waiting"),
        DecisionState.ASKED: _l("Asked"),
        DecisionState.APPROVED: _l("Approved"),
        DecisionState.RETURNED: _l("Returned"),
        DecisionState.REFUSED: _l("Turned down"),
    },
    OfferKind: {OfferKind.QUOTE: _l("Quote"), OfferKind.PROPOSAL: _l("Proposal")},
    OfferState: {
        OfferState.DRAFT: _l("Draft"),
        OfferState.SENT: _l("Handed in"),
        OfferState.ACCEPTED: _l("Accepted by the customer"),
        OfferState.DECLINED: _l("Declined"),
        OfferState.EXPIRED: _l("Expired"),
    },
    ContractState: {
        ContractState.RUNNING: _l("In force"),
        ContractState.RENEWED: _l("Renewed"),
        ContractState.ENDED: _l("Ended"),
    },
    TicketState: {
        TicketState.OPEN: _l("In work"),
        TicketState.WAITING: _l("Waiting for the customer"),
        TicketState.CLOSED: _l("Closed"),
    },
    Severity: {Severity.LOW: _l("Low"), Severity.NORMAL: _l("Normal"), Severity.HIGH: _l("High")},
    SurveyKind: {
        SurveyKind.CSAT: _l("Satisfaction (CSAT)"),
        SurveyKind.NPS: _l("Recommendation (NPS)"),
        SurveyKind.WORDS: _l("In words"),
    },
    HeardKind: {
        HeardKind.INTEREST: _l("Interest"),
        HeardKind.PROBLEM: _l("Problem"),
        HeardKind.NEED: _l("Need"),
        HeardKind.HORIZON: _l("Horizon"),
        HeardKind.LOST_REASON: _l("Why lost"),
        HeardKind.REMINDER: _l("Reminder"),
        HeardKind.NEXT_ACTION: _l("Next action"),
    },
    NeedKind: {NeedKind.INTEREST: _l("Interest"), NeedKind.PROBLEM: _l("Problem"), NeedKind.NEED: _l("Need")},
    SuggestionState: {
        SuggestionState.OPEN: _l("To be confirmed"),
        SuggestionState.CONFIRMED: _l("Confirmed"),
        SuggestionState.DISMISSED: _l("Put aside"),
    },
}
