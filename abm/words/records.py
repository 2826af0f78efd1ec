"""Words of customer records: companies, people, consent and the timeline."""

from enum import StrEnum


class Tier(StrEnum):
    """How much personal attention an account gets; moves the MQA threshold."""

    ONE_TO_ONE = "1:1"
    ONE_TO_FEW = "1:few"
    ONE_TO_MANY = "1:many"


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


class PersonRule(StrEnum):
    """Why two records may be one person."""

    SAME_NAME = "same_name"
    SAME_MOBILE = "same_mobile"


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
    TASK_WITHHELD = "task_withheld"
    STAGE_CHANGED = "stage_changed"
    TASK_CHANGED = "task_changed"
    CONSENT_CHANGED = "consent_changed"
    SUPPRESSED = "suppressed"
    ENROLLMENT_CHANGED = "enrollment_changed"
    MERGED = "merged"
    MERGE_UNDONE = "merge_undone"
    DEAL_CHANGED = "deal_changed"
    DECISION_CHANGED = "decision_changed"
    OFFER_CHANGED = "offer_changed"
    ORDERED = "ordered"
    CONTRACT_CHANGED = "contract_changed"
    PRODUCT_OWNED = "product_owned"
    TICKET_CHANGED = "ticket_changed"
    SURVEY_ANSWERED = "survey_answered"
    NEED_HEARD = "need_heard"
    FILE_ADDED = "file_added"
    OWNER_CHANGED = "owner_changed"


# What sales does with a customer; the first of them on an accepted hand-off makes it working.
SALES_CONTACTS = (ItemKind.CALL, ItemKind.VISIT, ItemKind.MEETING, ItemKind.SALES_MAIL)


class HeardKind(StrEnum):
    """What can be heard in the words of a note."""

    INTEREST = "interest"
    PROBLEM = "problem"
    NEED = "need"
    HORIZON = "horizon"
    LOST_REASON = "lost_reason"
    REMINDER = "reminder"
    NEXT_ACTION = "next_action"
