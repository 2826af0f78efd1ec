"""Words of what is sold: deals, offers, contracts, tickets and what customers say about it."""

from enum import StrEnum


class DealStage(StrEnum):
    """Where a deal stands, in order; the last two end it."""

    DISCOVERY = "discovery"
    NEEDS = "needs"
    PROPOSAL = "proposal"
    QUOTE = "quote"
    APPROVAL = "approval"
    WON = "won"
    LOST = "lost"


OPEN_DEAL_STAGES = (
    DealStage.DISCOVERY,
    DealStage.NEEDS,
    DealStage.PROPOSAL,
    DealStage.QUOTE,
    DealStage.APPROVAL,
)


class LostReason(StrEnum):
    """Why a customer did not buy."""

    PRICE = "price"
    TIMING = "timing"
    BUDGET = "budget"
    COMPETITOR = "competitor"
    FUNCTION = "function"
    IN_HOUSE = "in_house"
    SILENCE = "silence"
    OTHER = "other"


class DecisionState(StrEnum):
    """Where one step of the customer's decision stands."""

    WAITING = "waiting"
    ASKED = "asked"
    APPROVED = "approved"
    RETURNED = "returned"
    REFUSED = "refused"


class OfferKind(StrEnum):
    """What we offered in writing."""

    QUOTE = "quote"
    PROPOSAL = "proposal"


class OfferState(StrEnum):
    """What became of an offer."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class ContractState(StrEnum):
    """Whether a contract still binds; a renewed one was followed by another."""

    RUNNING = "running"
    RENEWED = "renewed"
    ENDED = "ended"


class TicketState(StrEnum):
    """Where a support ticket stands."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Severity(StrEnum):
    """How much a ticket hurts the customer."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class SurveyKind(StrEnum):
    """What a survey answer measures: satisfaction from 1 to 5, recommendation from 0 to 10, or words."""

    CSAT = "csat"
    NPS = "nps"
    WORDS = "words"


class Holds(StrEnum):
    """What a field of a record of what is sold holds; the ones from `contact` on point to another record."""

    LINE = "line"
    TEXT = "text"
    LINES = "lines"
    MONEY = "money"
    COUNT = "count"
    AMOUNT = "amount"
    DAY = "day"
    MONTH = "month"
    FLAG = "flag"
    WORD = "word"
    CONTACT = "contact"
    DEPARTMENT = "department"
    PRODUCT = "product"
    DEAL = "deal"
    FILE = "file"
    OWNER = "owner"


class NeedKind(StrEnum):
    """What a customer told us they want."""

    INTEREST = "interest"
    PROBLEM = "problem"
    NEED = "need"


class CustomKind(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


class CustomSubject(StrEnum):
    """Which records a custom field belongs to."""

    ACCOUNT = "account"
    CONTACT = "contact"
    DEAL = "deal"


class JobFunction(StrEnum):
    """What a person's work is about."""

    MANAGEMENT = "management"
    SALES = "sales"
    MARKETING = "marketing"
    ENGINEERING = "engineering"
    PRODUCTION = "production"
    PURCHASING = "purchasing"
    INFORMATION = "information"
    FINANCE = "finance"
    PEOPLE = "people"
    GENERAL = "general"
    QUALITY = "quality"
    LOGISTICS = "logistics"
    RESEARCH = "research"
    OTHER = "other"


class StaleReason(StrEnum):
    """Why a contact's record is no longer trusted."""

    BOUNCED = "bounced"
    POST_RETURNED = "post_returned"
    MOVED = "moved"
    BAD_DATA = "bad_data"
    LEFT_COMPANY = "left_company"


class SuggestionState(StrEnum):
    """What a person made of something heard in a note."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
