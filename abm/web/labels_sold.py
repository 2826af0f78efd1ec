"""Labels of what is sold: deals, offers, contracts, tickets and custom fields."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import (
    ContractState,
    CustomKind,
    CustomSubject,
    DealStage,
    DecisionState,
    FileGone,
    HeardKind,
    JobFunction,
    Kept,
    LostReason,
    NeedKind,
    OfferKind,
    OfferState,
    Severity,
    StaleReason,
    SuggestionState,
    SurveyKind,
    TicketState,
)

SOLD: dict[type[StrEnum], dict[str, LazyString]] = {
    Kept: {
        Kept.NETWORK_ADDRESSES: _l("Network addresses of hits"),
        Kept.IMPORT_FILES: _l("Imported files"),
        Kept.CAUGHT_MAILS: _l("Mails of the local mailbox"),
        Kept.SILENT_CONTACTS: _l("Contacts without a sign of life"),
    },
    FileGone: {
        FileGone.OUTLIVED: _l("The file itself is no longer kept: its retention period is over."),
        FileGone.PERSON_ERASED: _l("The file itself is no longer kept: it named a person who has been erased since."),
    },
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
    CustomKind: {
        CustomKind.TEXT: _l("Text"),
        CustomKind.NUMBER: _l("Numeric value"),
        CustomKind.DATE: _l("Date"),
        CustomKind.CHOICE: _l("Choice"),
    },
    CustomSubject: {
        CustomSubject.ACCOUNT: _l("Account"),
        CustomSubject.CONTACT: _l("Contact"),
        CustomSubject.DEAL: _l("Deal"),
    },
    JobFunction: {
        JobFunction.MANAGEMENT: _l("Management"),
        JobFunction.SALES: _l("Sales"),
        JobFunction.MARKETING: _l("Marketing"),
        JobFunction.ENGINEERING: _l("Engineering"),
        JobFunction.PRODUCTION: _l("Production"),
        JobFunction.PURCHASING: _l("Purchasing"),
        JobFunction.INFORMATION: _l("Information systems"),
        JobFunction.FINANCE: _l("Finance"),
        JobFunction.PEOPLE: _l("Human resources"),
        JobFunction.GENERAL: _l("General affairs"),
        JobFunction.QUALITY: _l("Quality"),
        JobFunction.LOGISTICS: _l("Logistics"),
        JobFunction.RESEARCH: _l("Research"),
        JobFunction.OTHER: _l("Other"),
    },
    StaleReason: {
        StaleReason.BOUNCED: _l("Mail came back"),
        StaleReason.POST_RETURNED: _l("Post came back"),
        StaleReason.MOVED: _l("Moved to another department"),
        StaleReason.BAD_DATA: _l("Said to be wrong"),
        StaleReason.LEFT_COMPANY: _l("Left the company"),
    },
    SuggestionState: {
        SuggestionState.OPEN: _l("To be confirmed"),
        SuggestionState.CONFIRMED: _l("Confirmed"),
        SuggestionState.DISMISSED: _l("Put aside"),
    },
}
