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

    DEPARTMENT_OWNER = "department_owner"
    ACCOUNT_OWNER = "account_owner"
    SUBSTITUTE = "substitute"
    ROUND_ROBIN = "round_robin"
    FALLBACK = "fallback"


class TaskCode(StrEnum):
    """What changed a task besides an answer of sales."""

    OPENED = "opened"
    ASSIGNED = "assigned"
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
