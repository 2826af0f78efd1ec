"""Words of imports and name matching."""

from enum import StrEnum


class ImportKind(StrEnum):
    """What a file holds."""

    CUSTOMERS = "customers"
    WEBINAR = "webinar"
    DEALS = "deals"
    CONTRACTS = "contracts"
    TICKETS = "tickets"
    ORDERS = "orders"


class ImportState(StrEnum):
    """A file is read into a plan, which is only shown; applied changed records; undone took that back."""

    PLANNING = "planning"
    UNREADABLE = "unreadable"
    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"


class ImportField(StrEnum):
    """What a column of a file can hold, in our words; which of them a kind of file reads is in `importers.columns`."""

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
    NUMBER = "number"
    SUBJECT = "subject"
    STATE = "state"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    PROBABILITY = "probability"
    PRODUCT = "product"
    OWNER = "owner"
    EXPECTED_CLOSE_ON = "expected_close_on"
    CLOSED_ON = "closed_on"
    LOST_REASON = "lost_reason"
    COMPETITORS = "competitors"
    STARTS_ON = "starts_on"
    ENDS_ON = "ends_on"
    RENEWS_ON = "renews_on"
    RENEWS_ITSELF = "renews_itself"
    OPENED_ON = "opened_on"
    SEVERITY = "severity"
    COMPLAINT = "complaint"
    ORDERED_ON = "ordered_on"


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
