"""Labels of tasks: kinds, states, answers and why one was closed."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.web.spoken import in_both
from abm.words import (
    AnswerCode,
    Clock,
    CloseReason,
    FreshnessAnswer,
    MqaCause,
    Route,
    TaskCode,
    TaskFaultKind,
    TaskKind,
    TaskState,
    WaitReason,
    WakeChoice,
)
from abm.words.spoken import ANSWERS

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
    AnswerCode: in_both(ANSWERS),
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
        TaskCode.REASSIGNED: _l("Given to somebody else"),
        TaskCode.HELD: _l("Held back"),
        TaskCode.RELEASED: _l("Given out"),
        TaskCode.REMINDED: _l("Reminded"),
        TaskCode.EXPIRED: _l("Expired"),
        TaskCode.ESCALATED: _l("Escalated"),
        TaskCode.WITHDRAWN: _l("Withdrawn"),
        TaskCode.EVIDENCE: _l("Further evidence"),
        TaskCode.DONE: _l("Done"),
        TaskCode.DISMISSED: _l("Dismissed"),
        TaskCode.JOINED: _l("Joined with another task by a merge"),
        TaskCode.PARTED: _l("Parted again as the merge was undone"),
    },
    Route: {
        Route.DEAL_OWNER: _l("Owner of the open deal"),
        Route.OWNER_BEFORE: _l("Had it before"),
        Route.DEPARTMENT_OWNER: _l("Owner of the department"),
        Route.ACCOUNT_OWNER: _l("Owner of the account"),
        Route.SUBSTITUTE: _l("Substitute"),
        Route.TERRITORY: _l("Territory"),
        Route.ROUND_ROBIN: _l("In turn"),
        Route.MANAGER: _l("Manager"),
        Route.FALLBACK: _l("Administrator, as nobody else was there"),
    },
    MqaCause: {
        MqaCause.ENTERED: _l("Score and people"),
        MqaCause.ACT_NOW: _l("Asked for at once"),
        MqaCause.REROUTED: _l("Handed on by sales"),
        MqaCause.WOKEN: _l("Came back on its day"),
        MqaCause.LEFT: _l("Cooled down"),
    },
    WaitReason: {
        WaitReason.NOBODY: _l("Nobody to take it"),
        WaitReason.CAPACITY: _l("The week is full"),
        WaitReason.TICKET: _l("A ticket is open"),
    },
    WakeChoice: {
        WakeChoice.NEXT_MONTH: _l("Next month"),
        WakeChoice.NEXT_HALF: _l("Next half of their year"),
        WakeChoice.NEXT_YEAR: _l("Their next fiscal year"),
    },
    TaskFaultKind: {
        TaskFaultKind.COLLISION: _l("Sales was at it already"),
        TaskFaultKind.ALREADY_BOUGHT: _l("Bought already"),
        TaskFaultKind.NOT_FIT: _l("Not our kind of company"),
        TaskFaultKind.FALSE_SIGNAL: _l("False signal"),
    },
    Clock: {
        Clock.ACT_NOW: _l("Asked for at once"),
        Clock.ONE_TO_ONE: _l("Tier 1:1"),
        Clock.ONE_TO_FEW: _l("Tier 1:few"),
        Clock.ONE_TO_MANY: _l("Tier 1:many"),
    },
}
