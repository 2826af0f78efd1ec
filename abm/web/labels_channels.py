"""Labels of channels: kinds, what they are told of, and what became of each delivery."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import ChannelKind, DeliveryReason, DeliveryState, TaskEvent

CHANNELS: dict[type[StrEnum], dict[str, LazyString]] = {
    ChannelKind: {
        ChannelKind.SLACK: _l("Slack"),
        ChannelKind.TEAMS: _l("Microsoft Teams"),
        ChannelKind.WEBHOOK: _l("Webhook"),
    },
    TaskEvent: {
        TaskEvent.OPENED: _l("Opened, waits for an owner"),
        TaskEvent.ASSIGNED: _l("Given to an owner"),
        TaskEvent.REASSIGNED: _l("Given to somebody else"),
        TaskEvent.REMINDED: _l("Deadline near"),
        TaskEvent.EXPIRED: _l("Deadline passed"),
        TaskEvent.ESCALATED: _l("Escalated"),
        TaskEvent.WOKEN: _l("Came back on its day"),
        TaskEvent.EVIDENCE: _l("Further evidence"),
        TaskEvent.ACCEPTED: _l("Accepted or started"),
        TaskEvent.ANSWERED: _l("Answered"),
        TaskEvent.CLOSED: _l("Done or dismissed"),
        TaskEvent.CHANGED: _l("Changed otherwise"),
    },
    DeliveryState: {
        DeliveryState.PLANNED: _l("Waits"),
        DeliveryState.SENDING: _l("Being sent"),
        DeliveryState.SENT: _l("Delivered"),
        DeliveryState.SKIPPED: _l("Left out"),
        DeliveryState.FAILED: _l("Failed"),
        DeliveryState.UNKNOWN: _l("Uncertain"),
    },
    DeliveryReason: {
        DeliveryReason.MOVED_ON: _l("The task was answered before"),
        DeliveryReason.NOBODY: _l("This user cannot log in any more"),
        DeliveryReason.UNWANTED: _l("This user wants no mails about tasks"),
        DeliveryReason.CHANNEL_OFF: _l("The channel is switched off"),
        DeliveryReason.PERSON_ERASED: _l("The person has been erased"),
        DeliveryReason.UNREACHABLE: _l("No answer from the address"),
        DeliveryReason.TIMED_OUT: _l("Took too long"),
        DeliveryReason.PRIVATE_ADDRESS: _l("The address lies inside our own network"),
        DeliveryReason.BAD_ADDRESS: _l("The address cannot be used"),
        DeliveryReason.UNSAFE: _l("No valid certificate"),
        DeliveryReason.REDIRECTED: _l("Sends us elsewhere, which is not followed"),
        DeliveryReason.REFUSED: _l("Refused"),
        DeliveryReason.GONE: _l("Says that it is no longer there"),
        DeliveryReason.TOO_MANY: _l("Asks us to come later"),
        DeliveryReason.THEIR_FAULT: _l("A fault on the other side"),
        DeliveryReason.NO_SERVER: _l("No mail server takes it"),
        DeliveryReason.BROKEN_OFF: _l("Broken off: it may have arrived"),
        DeliveryReason.NOT_MADE: _l("Could not be made"),
    },
}
