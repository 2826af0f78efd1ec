"""Labels of tasks: kinds, states, answers and why one was closed."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import AnswerCode, CloseReason, FreshnessAnswer, TaskCode, TaskKind, TaskState

TASKS: dict[type[StrEnum], dict[str, LazyString]] = {
    TaskKind: {
        TaskKind.HAND_OFF: _l("Hand-off"),
        TaskKind.RENEWAL: _l("Renewal"),
        TaskKind.FRESHNESS: _l("Check of a record"),
        TaskKind.COVERAGE: _l("Missing role"),
        TaskKind.RETURNED: _l("Back again"),
        TaskKind.STEP: _l("Sequence step"),
        TaskKind.MANUAL: _l("By hand"),
    },
    TaskState: {
        TaskState.NEW: _l("New"),
        TaskState.ASSIGNED: _l("Assigned"),
        TaskState.ACCEPTED: _l("Accepted"),
        TaskState.WORKING: _l("Working"),
        TaskState.EXPIRED: _l("Expired"),
        TaskState.MEETING: _l("Meeting held"),
        TaskState.OPPORTUNITY: _l("Became a deal"),
        TaskState.RECYCLED: _l("Recycled"),
        TaskState.REJECTED: _l("Rejected"),
        TaskState.DISQUALIFIED: _l("Disqualified"),
        TaskState.OPEN: _l("Open"),
        TaskState.DONE: _l("Done"),
        TaskState.DISMISSED: _l("Dismissed"),
    },
    AnswerCode: {
        AnswerCode.ACCEPT: _l("Accept"),
        AnswerCode.START: _l("Start"),
        AnswerCode.MEETING: _l("Meeting"),
        AnswerCode.OPPORTUNITY: _l("Deal opened"),
        AnswerCode.NOT_NOW: _l("Not now"),
        AnswerCode.NO_BUDGET: _l("No budget"),
        AnswerCode.NO_NEED: _l("No need"),
        AnswerCode.NOT_FIT: _l("Not our kind of company"),
        AnswerCode.WRONG_PERSON: _l("Wrong person"),
        AnswerCode.UNREACHABLE: _l("Cannot be reached"),
        AnswerCode.BAD_DATA: _l("Wrong data"),
        AnswerCode.ALREADY_WORKING: _l("Already being worked on"),
        AnswerCode.ALREADY_CUSTOMER: _l("Already a customer"),
        AnswerCode.COMPETITOR: _l("Competitor"),
        AnswerCode.FALSE_SIGNAL: _l("False signal"),
        AnswerCode.DO_NOT_CONTACT: _l("Asked not to be contacted"),
        AnswerCode.OTHER: _l("Other reason"),
    },
    FreshnessAnswer: {
        FreshnessAnswer.STILL_RIGHT: _l("Still right"),
        FreshnessAnswer.CHANGED: _l("Details changed"),
        FreshnessAnswer.MOVED: _l("Moved inside the company"),
        FreshnessAnswer.LEFT: _l("Left the company"),
    },
    CloseReason: {
        CloseReason.RENEWED: _l("Contract was renewed"),
        CloseReason.WENT_ON: _l("Contract went on by itself"),
        CloseReason.WILL_END: _l("Contract will end"),
        CloseReason.CONTRACT_ENDED: _l("Contract is over"),
        CloseReason.DATE_MOVED: _l("Renewal day was moved"),
        CloseReason.RECORDS_CHECKED: _l("Records were checked"),
        CloseReason.ACCOUNT_GONE: _l("Account is gone"),
    },
    TaskCode: {
        TaskCode.OPENED: _l("Opened"),
        TaskCode.ASSIGNED: _l("Assigned"),
        TaskCode.EVIDENCE: _l("Further evidence"),
        TaskCode.DONE: _l("Done"),
        TaskCode.DISMISSED: _l("Dismissed"),
        TaskCode.JOINED: _l("Joined with another task by a merge"),
        TaskCode.PARTED: _l("Parted again as the merge was undone"),
    },
}
