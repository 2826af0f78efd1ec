"""Words of sales tasks: kinds, states, routes and answers."""

from enum import StrEnum


class TaskKind(StrEnum):
    """What a task asks for."""

    HAND_OFF = "hand_off"
    RENEWAL = "renewal"
    FRESHNESS = "freshness"
    COVERAGE = "coverage"
    RETURNED = "returned"
    STEP = "step"
    MANUAL = "manual"


class Route(StrEnum):
    """By which rule a task found its owner."""

    DEAL_OWNER = "deal_owner"
    OWNER_BEFORE = "owner_before"
    DEPARTMENT_OWNER = "department_owner"
    ACCOUNT_OWNER = "account_owner"
    SUBSTITUTE = "substitute"
    TERRITORY = "territory"
    ROUND_ROBIN = "round_robin"
    MANAGER = "manager"
    FALLBACK = "fallback"


class WaitReason(StrEnum):
    """Why a hand-off waits in state new."""

    NOBODY = "nobody"
    CAPACITY = "capacity"
    TICKET = "ticket"


class WakeChoice(StrEnum):
    """Until when customers put something off, in their own words."""

    NEXT_MONTH = "next_month"
    NEXT_HALF = "next_half"
    NEXT_YEAR = "next_year"


class TaskFaultKind(StrEnum):
    """What was wrong with a hand-off, by the answer it got."""

    COLLISION = "collision"
    ALREADY_BOUGHT = "already_bought"
    NOT_FIT = "not_fit"
    FALSE_SIGNAL = "false_signal"


class Clock(StrEnum):
    """By which clock a hand-off is due."""

    ACT_NOW = "act_now"
    ONE_TO_ONE = "1:1"
    ONE_TO_FEW = "1:few"
    ONE_TO_MANY = "1:many"


class TaskCode(StrEnum):
    """What changed a task besides an answer of sales."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    HELD = "held"
    RELEASED = "released"
    REMINDED = "reminded"
    EXPIRED = "expired"
    ESCALATED = "escalated"
    WITHDRAWN = "withdrawn"
    EVIDENCE = "evidence"
    DONE = "done"
    DISMISSED = "dismissed"
    JOINED = "joined"
    PARTED = "parted"


class CloseReason(StrEnum):
    """Why a task that is no hand-off is over, beside being done or dismissed in words."""

    RENEWED = "renewed"
    WENT_ON = "went_on"
    WILL_END = "will_end"
    CONTRACT_ENDED = "contract_ended"
    DATE_MOVED = "date_moved"
    RECORDS_CHECKED = "records_checked"
    ACCOUNT_GONE = "account_gone"


class FreshnessAnswer(StrEnum):
    """What sales says of a record it was asked to look at."""

    STILL_RIGHT = "still_right"
    CHANGED = "changed"
    MOVED = "moved"
    LEFT = "left"


class TaskState(StrEnum):
    """Where a task stands; hand-offs use all of the first group, other kinds open, done and dismissed."""

    NEW = "new"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    WORKING = "working"
    EXPIRED = "expired"
    MEETING = "meeting"
    OPPORTUNITY = "opportunity"
    RECYCLED = "recycled"
    REJECTED = "rejected"
    DISQUALIFIED = "disqualified"
    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


OPEN_TASK_STATES = (
    TaskState.NEW,
    TaskState.ASSIGNED,
    TaskState.ACCEPTED,
    TaskState.WORKING,
    TaskState.EXPIRED,
    TaskState.OPEN,
)


class AnswerCode(StrEnum):
    """What sales answers to a hand-off."""

    ACCEPT = "accept"
    START = "start"
    MEETING = "meeting"
    OPPORTUNITY = "opportunity"
    NOT_NOW = "not_now"
    NO_BUDGET = "no_budget"
    NO_NEED = "no_need"
    NOT_FIT = "not_fit"
    WRONG_PERSON = "wrong_person"
    UNREACHABLE = "unreachable"
    BAD_DATA = "bad_data"
    ALREADY_WORKING = "already_working"
    ALREADY_CUSTOMER = "already_customer"
    COMPETITOR = "competitor"
    FALSE_SIGNAL = "false_signal"
    DO_NOT_CONTACT = "do_not_contact"
    OTHER = "other"
