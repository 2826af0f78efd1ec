"""The vocabulary: every enum of the product, one word per thing."""

from enum import StrEnum


class Language(StrEnum):
    """Languages every page and mail exists in."""

    JAPANESE = "ja"
    ENGLISH = "en"


class Role(StrEnum):
    """What a user may do; each includes the ones after it for reading."""

    ADMIN = "admin"
    MARKETER = "marketer"
    SALES = "sales"
    VIEWER = "viewer"


class Tier(StrEnum):
    """How much personal attention an account gets; moves the MQA threshold."""

    ONE_TO_ONE = "1:1"
    ONE_TO_FEW = "1:few"
    ONE_TO_MANY = "1:many"


class Stage(StrEnum):
    """Where an account stands, in order; evaluated from the last upward."""

    ALL_OTHERS = "all_others"
    KNOWN = "known"
    AWARE = "aware"
    ENGAGED = "engaged"
    MQA = "mqa"
    IN_SALES = "in_sales"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    DORMANT = "dormant"
    LOST = "lost"
    EXCLUDED = "excluded"


class StageReason(StrEnum):
    """Why an account is in its stage."""

    NOTHING_KNOWN = "nothing_known"
    HAS_CONTACT = "has_contact"
    HUMAN_EVENT = "human_event"
    HALF_THRESHOLD = "half_threshold"
    THRESHOLD_REACHED = "threshold_reached"
    ACT_NOW = "act_now"
    HAND_OFF_TAKEN = "hand_off_taken"
    EXCLUDED = "excluded"


class MqaCause(StrEnum):
    """What made an account ready for hand-off, or ended that."""

    ENTERED = "entered"
    ACT_NOW = "act_now"
    REROUTED = "rerouted"
    LEFT = "left"


class ExcludedReason(StrEnum):
    """Why an account is never handed over; the scores of a competitor, of students and of our own staff are 0."""

    NOT_FIT = "not_fit"
    COMPETITOR = "competitor"
    STUDENT = "student"
    OWN_STAFF = "own_staff"


NEVER_SCORED = (ExcludedReason.COMPETITOR, ExcludedReason.STUDENT, ExcludedReason.OWN_STAFF)


class Seniority(StrEnum):
    """Weight class read from a title."""

    EXECUTIVE = "executive"
    DIVISION_HEAD = "division_head"
    DEPARTMENT_HEAD = "department_head"
    SECTION_HEAD = "section_head"
    OTHER = "other"


class BuyingRole(StrEnum):
    """The part a person plays in a purchase."""

    DECISION_MAKER = "decision_maker"
    APPROVER = "approver"
    INFLUENCER = "influencer"
    CHAMPION = "champion"
    DRAFTER = "drafter"
    PRACTITIONER = "practitioner"
    GATEKEEPER = "gatekeeper"
    BLOCKER = "blocker"


class ConsentBasis(StrEnum):
    """Why we may mail a person; without one we do not."""

    OPT_IN = "opt_in"
    BUSINESS_CARD = "business_card"
    RELATIONSHIP = "relationship"
    PUBLISHED = "published"


class ConsentPurpose(StrEnum):
    """What a consent entry is about."""

    MAIL = "mail"
    OPEN_TRACKING = "open_tracking"


class SuppressionReason(StrEnum):
    """Why an address is never mailed again."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DO_NOT_CONTACT = "do_not_contact"
    ERASED = "erased"


class HitKind(StrEnum):
    """What kind of raw request or report a hit is."""

    OPEN = "open"
    CLICK = "click"
    DOWNLOAD = "download"
    PAGE = "page"
    FORM = "form"
    REPLY = "reply"
    ATTENDANCE = "attendance"
    REGISTRATION = "registration"
    STOP = "stop"


class EventKind(StrEnum):
    """What a contact did, as the scoring model names it."""

    OPEN = "open"
    CLICK = "click"
    KEY_PAGE = "key_page"
    DOWNLOAD = "download"
    PREMIUM_DOWNLOAD = "premium_download"
    WEBINAR_REGISTERED = "webinar_registered"
    WEBINAR_ATTENDED = "webinar_attended"
    WEBINAR_ON_DEMAND = "webinar_on_demand"
    REPLY = "reply"
    INQUIRY = "inquiry"
    MEETING = "meeting"
    DEMO_REQUEST = "demo_request"
    BOOTH_TALK = "booth_talk"
    UNSUBSCRIBE = "unsubscribe"
    CAREERS_PAGE = "careers_page"


class EventReason(StrEnum):
    """Why an event is what it is, beside the reasons of its verdict."""

    FALSE_SIGNAL = "false_signal"


class Verdict(StrEnum):
    """How surely a human stood behind a hit."""

    PROVEN = "proven"
    LIKELY = "likely"
    UNKNOWN = "unknown"
    MACHINE = "machine"


class ItemKind(StrEnum):
    """One line of a timeline."""

    NOTE = "note"
    CALL = "call"
    VISIT = "visit"
    MEETING = "meeting"
    SALES_MAIL = "sales_mail"
    BUSINESS_CARD = "business_card"
    IMPORTED = "imported"
    EVENT = "event"
    MAIL_SENT = "mail_sent"
    MAIL_WITHHELD = "mail_withheld"
    MAIL_FAILED = "mail_failed"
    STAGE_CHANGED = "stage_changed"
    TASK_CHANGED = "task_changed"
    CONSENT_CHANGED = "consent_changed"
    SUPPRESSED = "suppressed"
    ENROLLMENT_CHANGED = "enrollment_changed"
    MERGED = "merged"
    MERGE_UNDONE = "merge_undone"


# What sales does with a customer; the first of them on an accepted hand-off makes it working.
SALES_CONTACTS = (ItemKind.CALL, ItemKind.VISIT, ItemKind.MEETING, ItemKind.SALES_MAIL)


class ActionOutcome(StrEnum):
    """How a next action ended."""

    DONE = "done"
    DROPPED = "dropped"
    REPLACED = "replaced"


class NoticeKind(StrEnum):
    """What a notice tells a user."""

    FIRST_HERE = "first_here"
    SECOND_HERE = "second_here"


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
    SALES_ACTIVE = "sales_active"
    CONTACTED_LATELY = "contacted_lately"


class ImportKind(StrEnum):
    """What a file holds."""

    CUSTOMERS = "customers"
    WEBINAR = "webinar"


class ImportState(StrEnum):
    """A plan is only shown; applied changed records; undone took that back."""

    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDONE = "undone"
    FAILED = "failed"


class ImportField(StrEnum):
    """What a column of a customer or webinar file can hold, in our words."""

    COMPANY = "company"
    CORPORATE_NUMBER = "corporate_number"
    PERSON = "person"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    KANA = "kana"
    DEPARTMENT = "department"
    TITLE = "title"
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    PREFECTURE = "prefecture"
    ADDRESS = "address"
    INDUSTRY = "industry"
    CLOSING_MONTH = "closing_month"
    LAST_CONTACTED_ON = "last_contacted_on"
    MEMO = "memo"
    REGISTERED_AT = "registered_at"
    APPROVAL = "approval"
    JOINED_AT = "joined_at"
    LEFT_AT = "left_at"
    MINUTES = "minutes"


class MatchRule(StrEnum):
    """Why two companies may be one, strongest first."""

    ADDRESS = "address"
    CORPORATE_NUMBER = "corporate_number"
    SAME_ROW = "same_row"
    DOMAIN_AND_NAME = "domain_and_name"
    NAME_AND_FIELD = "name_and_field"
    SAME_LIST = "same_list"
    DOMAIN_ONLY = "domain_only"
    NAME_ONLY = "name_only"
    SIMILAR_NAME = "similar_name"


class PairState(StrEnum):
    """What a person decided about two accounts that may be one."""

    OPEN = "open"
    MERGED = "merged"
    RELATED = "related"
    DIFFERENT = "different"


class RowAction(StrEnum):
    """What an import does with one row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REJECT = "reject"


class MatchStrength(StrEnum):
    """How good the evidence is that two companies are one."""

    SURE = "sure"
    STRONG = "strong"
    WEAK = "weak"
    NONE = "none"


class MatchAction(StrEnum):
    """What matching does about it."""

    AUTO = "auto"
    REVIEW = "review"
    NEW = "new"


class AssetKind(StrEnum):
    """What a link or token can lead to besides a web page."""

    FILE = "file"
    WEBINAR = "webinar"


class LinkKind(StrEnum):
    """What stands behind a rewritten link of a mail."""

    URL = "url"
    FILE = "file"
    HONEYPOT = "honeypot"


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


class SegmentKind(StrEnum):
    """Whether a segment's people are asked for anew each time, or stay those of the day it was stored."""

    DYNAMIC = "dynamic"
    STATIC = "static"


class GroupKind(StrEnum):
    """How the parts of a group of conditions are joined."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


class Operator(StrEnum):
    """How a condition compares a field with its value."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BEFORE = "before"
    AFTER = "after"
    WITHIN = "within"
    NOT_WITHIN = "not_within"
    KNOWN = "known"
    UNKNOWN = "unknown"


class Field(StrEnum):
    """What a condition can ask of a contact, their department and their account."""

    ACCOUNT_NAME = "account.name"
    ACCOUNT_DOMAIN = "account.domain"
    ACCOUNT_INDUSTRY = "account.industry"
    ACCOUNT_PREFECTURE = "account.prefecture"
    ACCOUNT_TIER = "account.tier"
    ACCOUNT_STAGE = "account.stage"
    ACCOUNT_MQA = "account.mqa"
    ACCOUNT_DEPTH = "account.depth"
    ACCOUNT_COUNTED_DEPTH = "account.counted_depth"
    ACCOUNT_BREADTH = "account.breadth"
    ACCOUNT_OWNER = "account.owner"
    ACCOUNT_CLOSING_MONTH = "account.closing_month"
    ACCOUNT_LAST_CONTACTED_ON = "account.last_contacted_on"
    ACCOUNT_SAMPLE = "account.sample"
    DEPARTMENT_NAME = "department.name"
    DEPARTMENT_OWNER = "department.owner"
    CONTACT_NAME = "contact.name"
    CONTACT_TITLE = "contact.title"
    CONTACT_SENIORITY = "contact.seniority"
    CONTACT_BUYING_ROLE = "contact.buying_role"
    CONTACT_LANGUAGE = "contact.language"
    CONTACT_EMAIL_DOMAIN = "contact.email_domain"
    CONTACT_HAS_ADDRESS = "contact.has_address"
    CONTACT_CONSENT = "contact.consent"
    CONTACT_SUPPRESSED = "contact.suppressed"
    CONTACT_IMPORT = "contact.import"
    CONTACT_SEQUENCE = "contact.sequence"
    CONTACT_ACTIVE_SEQUENCE = "contact.active_sequence"
    CONTACT_SCORE = "contact.score"
    CONTACT_CREATED_ON = "contact.created_on"
    CONTACT_LAST_CONTACTED_ON = "contact.last_contacted_on"
    CONTACT_SAMPLE = "contact.sample"
