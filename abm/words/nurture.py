"""Words of nurture: sequences, enrollments, messages and the contact guard."""

from enum import StrEnum


class SequenceState(StrEnum):
    """Whether a sequence takes people on."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    ENDED = "ended"


class EnrollmentState(StrEnum):
    """Whether a subject is still on its way through a sequence version."""

    ACTIVE = "active"
    COMPLETED = "completed"
    EXITED = "exited"
    PARKED = "parked"


class MessageState(StrEnum):
    """Planned, held and sending are under way; the rest are fates."""

    HELD = "held"
    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class GuardAnswer(StrEnum):
    """What the contact guard says, strongest first."""

    SKIP = "skip"
    HOLD = "hold"
    REROUTE = "reroute"
    SWAP = "swap"
    SEND = "send"


class GuardReason(StrEnum):
    """Why the contact guard says it."""

    ARCHIVED = "archived"
    NO_ADDRESS = "no_address"
    CONSENT_MISSING = "consent_missing"
    SUPPRESSED = "suppressed"
    EXCLUDED = "excluded"
    COMPETITOR = "competitor"
    DO_NOT_CONTACT = "do_not_contact"
    SALES_ACTIVE = "sales_active"
    CONTACTED_LATELY = "contacted_lately"
    ASKED_TO_PAUSE = "asked_to_pause"
    PACE = "pace"
    TOPIC_MUTED = "topic_muted"
    STALE = "stale"
    TICKET = "ticket"
    OPEN_DEAL = "open_deal"
    RENEWAL_NEAR = "renewal_near"


class StepKind(StrEnum):
    """What one step of a sequence does."""

    MAIL = "mail"
    WAIT = "wait"
    BRANCH = "branch"
    EXIT = "exit"


class Deed(StrEnum):
    """What a branch asks whether the contact did; a download counts as a click too."""

    CLICK = "click"
    DOWNLOAD = "download"


class LeaveReason(StrEnum):
    """Why an enrollment ended before its last step, or was set aside."""

    ARCHIVED = "archived"
    EXIT_STEP = "exit_step"
    KEEPS_FAILING = "keeps_failing"


class SendReason(StrEnum):
    """Why a message has not left yet, or never will."""

    SMTP_UNREACHABLE = "smtp_unreachable"
    SMTP_LOGIN = "smtp_login"
    SMTP_UNSAFE = "smtp_unsafe"
    SMTP_DEFERRED = "smtp_deferred"
    SMTP_REFUSED = "smtp_refused"
    BROKEN_OFF = "broken_off"
    ADDRESS_UNUSABLE = "address_unusable"
    NO_MAILBOX = "no_mailbox"
    PAUSED = "paused"
    ARCHIVED = "archived"
    SENDER_INCOMPLETE = "sender_incomplete"
    GAVE_UP = "gave_up"
    NOT_MADE = "not_made"
