"""Words of providers: what those who carry our mail or hold our webinars report."""

from enum import StrEnum


class MailProvider(StrEnum):
    """Who takes our mails: a mail server, or a service by its API."""

    SMTP = "smtp"
    SES = "ses"
    SENDGRID = "sendgrid"
    POSTMARK = "postmark"


class ProviderEventKind(StrEnum):
    """What a provider reports, in our words."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    REGISTERED = "registered"
    JOINED = "joined"
    LEFT = "left"
    # What a person did elsewhere, named by its own event kind.
    DID = "did"
    # The provider asks whether it may send us its reports; a person answers.
    ASKED_TO_CONFIRM = "asked_to_confirm"
    UNKNOWN = "unknown"


class Applied(StrEnum):
    """What became of a report."""

    TAKEN = "taken"
    # It tells of something, and nothing follows from it.
    EVIDENCE = "evidence"
    NOBODY = "nobody"
    UNKNOWN_EVENT = "unknown_event"


class PostReason(StrEnum):
    """Why a posted report waits or could not be read."""

    UNREADABLE = "unreadable"
    WRONG_SIGNATURE = "wrong_signature"
    NO_CERTIFICATE = "no_certificate"
    UNKNOWN_SOURCE = "unknown_source"
    NOT_APPLIED = "not_applied"
