"""Words of the condition language and its segments."""

from enum import StrEnum


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
