"""Words of lists and reports: what they are called and what they find."""

from enum import StrEnum


class ReportName(StrEnum):
    """Every list and report that ships; the name stands in its address."""

    HEAT = "heat"
    COVERAGE = "coverage"
    APPROACHING = "approaching"
    NO_NEXT_ACTION = "no_next_action"
    RENEWAL_SOON = "renewal_soon"
    AT_RISK = "at_risk"
    STALLED_DEALS = "stalled_deals"
    OVERDUE_CLOSE = "overdue_close"
    PURCHASE_DUE = "purchase_due"
    WHITE_SPACE = "white_space"
    RETURNED = "returned"
    PASSED = "passed"
    DORMANT = "dormant"
    STALE = "stale"
    PARETO = "pareto"
    FORECAST = "forecast"


class ApproachSign(StrEnum):
    """By what one can tell that an account is being approached."""

    DEAL = "deal"
    HAND_OFF = "hand_off"
    CONTACT = "contact"


class AbcClass(StrEnum):
    """How much of revenue an account helps to carry."""

    A = "A"
    B = "B"
    C = "C"


class ClassMove(StrEnum):
    """What became of an account's class against the period before."""

    ROSE = "rose"
    FELL = "fell"
    SAME = "same"
    NEW = "new"
    GONE = "gone"


class RevenueSource(StrEnum):
    """Where revenue is read from: the first of them that has any."""

    ORDERS = "orders"
    DEALS = "deals"
    CONTRACTS = "contracts"


class RiskReason(StrEnum):
    """Why a customer may be lost."""

    USAGE_FALLING = "usage_falling"
    LOW_SATISFACTION = "low_satisfaction"
    COMPLAINT = "complaint"
    RENEWAL_NEAR = "renewal_near"
    REPEATED_TICKETS = "repeated_tickets"
    SILENCE = "silence"
    OPEN_TICKET = "open_ticket"


class SellKind(StrEnum):
    """What offering a product would be: more of a topic they own, something else, or their first."""

    UP_SELL = "up_sell"
    CROSS_SELL = "cross_sell"
    FIRST = "first"


class ChosenAct(StrEnum):
    """What can be done with the chosen rows of a list."""

    TASK = "task"
    NEXT_ACTION = "next_action"
    NOTE = "note"
    SEGMENT = "segment"
    OWNER = "owner"
    CONFIRM = "confirm"
    COVERAGE = "coverage"


class HeatTab(StrEnum):
    """The parts of the heat list."""

    HOT = "hot"
    NEWLY_HOT = "newly_hot"
    COOLING = "cooling"


class HeatTurn(StrEnum):
    """What an account has just become, or will cease to be."""

    BECAME_MQA = "became_mqa"
    BECAME_ENGAGED = "became_engaged"
    LEAVES_ENGAGED = "leaves_engaged"


class RoleState(StrEnum):
    """How far a buying role is covered."""

    ENGAGED = "engaged"
    FILLED = "filled"
    MISSING = "missing"


class MarkSort(StrEnum):
    """What is marked on the curve of a score."""

    PERSON = "person"
    STAGE = "stage"
    TASK = "task"


class ReviewPoint(StrEnum):
    """What the weekly review of accounts has to decide."""

    OVERDUE = "overdue"
    NO_OWNER = "no_owner"
    COOLS_UNPLANNED = "cools_unplanned"
    GAP_UNASKED = "gap_unasked"


class MapAxis(StrEnum):
    """By what a heat map divides human acts."""

    INDUSTRY = "industry"
    JOB_FUNCTION = "job_function"
    TOPIC = "topic"


class Measure(StrEnum):
    """What is drawn over time: how many acts, or the points left of them."""

    ACTS = "acts"
    POINTS = "points"


class TopicSort(StrEnum):
    """What acts are about."""

    TOPIC = "topic"
    PRODUCT = "product"
