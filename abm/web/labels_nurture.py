"""Labels of sequences, their mails, and what the contact guard says."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import (
    Deed,
    EnrollmentState,
    FiscalWindow,
    GuardAnswer,
    GuardReason,
    LeaveReason,
    MessageState,
    SendReason,
    SequenceState,
)

NURTURED: dict[type[StrEnum], dict[str, LazyString]] = {
    SequenceState: {
        SequenceState.DRAFT: _l("Draft"),
        SequenceState.PUBLISHED: _l("Running"),
        SequenceState.PAUSED: _l("Paused"),
        SequenceState.ENDED: _l("Ended"),
    },
    EnrollmentState: {
        EnrollmentState.ACTIVE: _l("Under way"),
        EnrollmentState.COMPLETED: _l("Completed"),
        EnrollmentState.EXITED: _l("Left"),
        EnrollmentState.PARKED: _l("Needs attention"),
    },
    FiscalWindow: {
        FiscalWindow.BUDGETING: _l("Budgeting (last three months of the fiscal year)"),
        FiscalWindow.FIRST_QUARTER: _l("First quarter of the fiscal year"),
        FiscalWindow.CLOSING_MONTH: _l("Month the fiscal year closes in"),
    },
    LeaveReason: {
        LeaveReason.ARCHIVED: _l("Contact was archived"),
        LeaveReason.EXIT_STEP: _l("Exit step reached"),
        LeaveReason.KEEPS_FAILING: _l("Keeps failing"),
    },
    MessageState: {
        MessageState.HELD: _l("Held"),
        MessageState.PLANNED: _l("Planned"),
        MessageState.SENDING: _l("Sending"),
        MessageState.SENT: _l("Sent"),
        MessageState.FAILED: _l("Failed"),
        MessageState.SUPPRESSED: _l("Suppressed"),
        MessageState.CANCELLED: _l("Cancelled"),
        MessageState.SKIPPED: _l("Skipped"),
        MessageState.UNKNOWN: _l("Fate unknown"),
    },
    SendReason: {
        SendReason.SMTP_UNREACHABLE: _l("SMTP server does not answer"),
        SendReason.SMTP_LOGIN: _l("SMTP server refuses the log-in"),
        SendReason.SMTP_UNSAFE: _l("SMTP server offers no encryption"),
        SendReason.SMTP_DEFERRED: _l("Recipient's server asks to try later"),
        SendReason.SMTP_REFUSED: _l("Recipient's server refuses the mail"),
        SendReason.BROKEN_OFF: _l("Connection broke off while sending"),
        SendReason.ADDRESS_UNUSABLE: _l("Address cannot be used"),
        SendReason.NO_MAILBOX: _l("Local mailbox is not running"),
        SendReason.PAUSED: _l("Sequence is paused"),
        SendReason.ARCHIVED: _l("Contact was archived"),
        SendReason.SENDER_INCOMPLETE: _l("Sender's data is incomplete"),
        SendReason.GAVE_UP: _l("Given up after several tries"),
        SendReason.NOT_MADE: _l("Mail could not be made"),
    },
    GuardAnswer: {
        GuardAnswer.SKIP: _l("Skip"),
        GuardAnswer.HOLD: _l("Hold"),
        GuardAnswer.REROUTE: _l("Reroute to the owner"),
        GuardAnswer.SWAP: _l("Swap"),
        GuardAnswer.SEND: _l("Send"),
    },
    GuardReason: {
        GuardReason.ARCHIVED: _l("Contact was archived"),
        GuardReason.NO_ADDRESS: _l("No mail address"),
        GuardReason.CONSENT_MISSING: _l("No consent to mail"),
        GuardReason.SUPPRESSED: _l("On the suppression list"),
        GuardReason.EXCLUDED: _l("Account is excluded"),
        GuardReason.COMPETITOR: _l("Account is a competitor"),
        GuardReason.DO_NOT_CONTACT: _l("The person asked not to be contacted"),
        GuardReason.SALES_ACTIVE: _l("Sales is working on it"),
        GuardReason.CONTACTED_LATELY: _l("Sales was in touch within 14 days"),
        GuardReason.ASKED_TO_PAUSE: _l("The person asked for a pause"),
        GuardReason.PACE: _l("The person wants mail less often"),
        GuardReason.TOPIC_MUTED: _l("The person does not want this topic"),
        GuardReason.STALE: _l("The contact's record is to be checked first"),
        GuardReason.TICKET: _l("A support ticket is open or was closed within 3 days"),
        GuardReason.OPEN_DEAL: _l("A deal is being negotiated"),
        GuardReason.RENEWAL_NEAR: _l("A contract renewal is less than 90 days ahead"),
    },
    Deed: {Deed.CLICK: _l("Link clicked"), Deed.DOWNLOAD: _l("File downloaded")},
}
