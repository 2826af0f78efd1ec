"""Words of telling others about tasks: by what channel, what happened, and what became of each delivery."""

from enum import StrEnum


class ChannelKind(StrEnum):
    """By what way others are told of tasks; mail to the owner needs no channel of its own."""

    SLACK = "slack"
    TEAMS = "teams"
    WEBHOOK = "webhook"


class TaskEvent(StrEnum):
    """What a change of a task means to whoever is told of it; on the wire `task.` stands before it."""

    # It waits, for capacity or for somebody to exist.
    OPENED = "opened"
    # It has an owner, and the clock runs.
    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    EXPIRED = "expired"
    WOKEN = "woken"
    EVIDENCE = "evidence"
    # Received or begun: the owner is at it.
    ACCEPTED = "accepted"
    # Every other answer of sales to a hand-off.
    ANSWERED = "answered"
    # Done or dismissed: tasks that are no hand-off.
    CLOSED = "closed"
    CHANGED = "changed"


class DeliveryState(StrEnum):
    """What became of telling one channel of one change."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    # Its sender died or was cut off: it may have arrived, and is not sent again by itself.
    UNKNOWN = "unknown"


class DeliveryReason(StrEnum):
    """Why a delivery was not made, or not yet."""

    MOVED_ON = "moved_on"
    NOBODY = "nobody"
    # This user wants no mails about tasks.
    UNWANTED = "unwanted"
    CHANNEL_OFF = "channel_off"
    # Whom a step tells of.
    PERSON_ERASED = "person_erased"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    PRIVATE_ADDRESS = "private_address"
    BAD_ADDRESS = "bad_address"
    UNSAFE = "unsafe"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    GONE = "gone"
    TOO_MANY = "too_many"
    THEIR_FAULT = "their_fault"
    NO_SERVER = "no_server"
    BROKEN_OFF = "broken_off"
    NOT_MADE = "not_made"
