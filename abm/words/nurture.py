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


# A mail in one of these has left the building, or may have.
SENT_STATES = (MessageState.SENT, MessageState.UNKNOWN)


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
    BOUNCED = "bounced"
    PRODUCT_OWNED = "product_owned"
    ASSET_RECEIVED = "asset_received"
    COLLEAGUE_MAILED = "colleague_mailed"
    PERSON_CAP = "person_cap"
    ACCOUNT_CAP = "account_cap"
    SEND_WINDOW = "send_window"


class SequenceSubject(StrEnum):
    """Whom an enrollment is about: one person, or an account whose steps address roles."""

    CONTACT = "contact"
    ACCOUNT = "account"


class TriggerKind(StrEnum):
    """What starts an enrollment."""

    HAND = "hand"
    IMPORT = "import"
    API = "api"
    SEGMENT = "segment"
    EVENT = "event"
    FORM = "form"
    WEBINAR = "webinar"
    STAGE = "stage"
    NEW_CONTACT = "new_contact"


class WebinarPart(StrEnum):
    """What somebody had to do with a webinar; registered_only is told once it is over."""

    ATTENDED = "attended"
    REGISTERED = "registered"
    REGISTERED_ONLY = "registered_only"


class ExitCause(StrEnum):
    """What one person of an account does or gets, and everybody there leaves the sequence."""

    REPLY = "reply"
    MEETING = "meeting"
    OPEN_DEAL = "open_deal"
    CONTRACT = "contract"


class OccasionKind(StrEnum):
    """What happened that a published sequence may listen to."""

    EVENT = "event"
    # Nobody has reported yet whether a person who registered was at the webinar.
    REGISTRATION = "registration"
    STAGE = "stage"
    CONTACT = "contact"
    IMPORT = "import"
    DEAL = "deal"
    CONTRACT = "contract"
    MEETING = "meeting"
    TASK = "task"


class ListenRole(StrEnum):
    """What becomes of whoever a published sequence hears of."""

    START = "start"
    EXIT = "exit"
    GOAL = "goal"
    # Those who wait for it are looked at again at once.
    WAIT = "wait"


class StartAnswer(StrEnum):
    """What became of somebody whom a sequence was to take on."""

    TAKEN_ON = "taken_on"
    HELD_OUT = "held_out"
    RUNNING = "running"
    # Been through as often as the sequence allows, or too short a time ago.
    BEEN_BEFORE = "been_before"
    TOO_SOON = "too_soon"
    # Nothing but mail would come of it, and this person may not be mailed.
    NO_MAIL = "no_mail"


class StepKind(StrEnum):
    """What one step of a sequence does."""

    MAIL = "mail"
    WAIT = "wait"
    BRANCH = "branch"
    SPLIT = "split"
    ACTION = "action"
    TASK = "task"
    NOTIFY = "notify"
    WEBHOOK = "webhook"
    GOAL = "goal"
    JUMP = "jump"
    EXIT = "exit"


class Deed(StrEnum):
    """What a branch asks whether the contact did; a download counts as a click too."""

    CLICK = "click"
    DOWNLOAD = "download"


class NotifyTo(StrEnum):
    """Whom a step tells something."""

    OWNER = "owner"
    MANAGERS = "managers"
    CHANNEL = "channel"


class WinnerBy(StrEnum):
    """What the ways of a split are compared by; only what humans did counts."""

    CLICK = "click"
    DOWNLOAD = "download"


class FlawCode(StrEnum):
    """Why a sequence cannot be published."""

    NO_TABLE = "no_table"
    NO_LIST = "no_list"
    NO_TEXT = "no_text"
    NO_NAME = "no_name"
    NO_NUMBER = "no_number"
    NO_FLAG = "no_flag"
    NO_DURATION = "no_duration"
    NO_DATE = "no_date"
    NO_WINDOW = "no_window"
    MISSING = "missing"
    UNKNOWN = "unknown"
    TWICE = "twice"
    NOT_ONE_OF = "not_one_of"
    CONDITION = "condition"
    # The way through the steps.
    NO_SUCH_STEP = "no_such_step"
    NO_MAIL_STEP = "no_mail_step"
    NO_SUCH_GOAL = "no_such_goal"
    MISSING_WAY = "missing_way"
    UNREACHABLE = "unreachable"
    LOOP_WITHOUT_WAIT = "loop_without_wait"
    PERCENT_SUM = "percent_sum"
    # Whom steps address, and what they send.
    ROLES_NEED_ACCOUNT = "roles_need_account"
    ROLES_MISSING = "roles_missing"
    MAIL_TWICE = "mail_twice"
    ASSET_TWICE = "asset_twice"
    NO_STOP_LINK = "no_stop_link"
    NO_SUCH_MAIL = "no_such_mail"
    NO_SUCH_ASSET = "no_such_asset"


class FiscalWindow(StrEnum):
    """A time of an account's fiscal year."""

    BUDGETING = "budgeting"
    FIRST_QUARTER = "first_quarter"
    CLOSING_MONTH = "closing_month"


class RestartAnswer(StrEnum):
    """What becomes of the mail that was overdue when work began again after a long silence."""

    SEND = "send"
    SPREAD = "spread"
    SKIP = "skip"


class LeaveReason(StrEnum):
    """Why an enrollment ended before its last step, or was set aside."""

    ARCHIVED = "archived"
    EXIT_STEP = "exit_step"
    KEEPS_FAILING = "keeps_failing"
    GOAL = "goal"
    REPLY = "reply"
    MEETING = "meeting"
    OPEN_DEAL = "open_deal"
    CONTRACT = "contract"
    SEQUENCE_ENDED = "sequence_ended"
    JUMPED = "jumped"
    REMOVED = "removed"


class Attention(StrEnum):
    """What of a sequence somebody should look at."""

    PARKED = "parked"
    LATE = "late"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BOUNCES = "bounces"
    PAUSED = "paused"
    DRAFT = "draft"


class CampaignPart(StrEnum):
    """What may serve a campaign."""

    SEQUENCE = "sequence"
    WEBINAR = "webinar"
    ASSET = "asset"


class Outcome(StrEnum):
    """What may come of an account after a sequence took it on, or left it out on purpose."""

    ENGAGED = "engaged"
    MQA = "mqa"
    ACCEPTED = "accepted"
    DEAL = "deal"
    WON = "won"


class SendReason(StrEnum):
    """Why a message has not left yet, or never will."""

    SMTP_UNREACHABLE = "smtp_unreachable"
    SMTP_LOGIN = "smtp_login"
    SMTP_UNSAFE = "smtp_unsafe"
    SMTP_DEFERRED = "smtp_deferred"
    SMTP_REFUSED = "smtp_refused"
    # The same of a service that takes mails by its API.
    PROVIDER_UNREACHABLE = "provider_unreachable"
    PROVIDER_LOGIN = "provider_login"
    PROVIDER_BUSY = "provider_busy"
    PROVIDER_REFUSED = "provider_refused"
    # It has stopped mailing this address for what came back earlier.
    PROVIDER_SUPPRESSED = "provider_suppressed"
    BROKEN_OFF = "broken_off"
    DOMAIN_RESTS = "domain_rests"
    DOMAIN_PACED = "domain_paced"
    ADDRESS_UNUSABLE = "address_unusable"
    NO_MAILBOX = "no_mailbox"
    PAUSED = "paused"
    ARCHIVED = "archived"
    LEFT = "left"
    OVERDUE = "overdue"
    SENDER_INCOMPLETE = "sender_incomplete"
    GAVE_UP = "gave_up"
    NOT_MADE = "not_made"
    TOO_LATE = "too_late"
