"""Words of the scoring model: what its stages ask, and what can be wrong with it."""

from enum import StrEnum


class StageTest(StrEnum):
    """What the condition of a stage asks of an account."""

    ALWAYS = "always"
    HAS_CONTACT = "has_contact"
    HUMAN_EVENT_WITHIN_DAYS = "human_event_within_days"
    SHARE_OF_THRESHOLD = "share_of_threshold"
    SILENT_FOR_DAYS = "silent_for_days"
    # It was in one of these stages before.
    WAS = "was"
    # The condition of another stage holds as well.
    MEETS = "meets"
    FITS = "fits"
    MQA = "mqa"
    HAND_OFF_TAKEN = "hand_off_taken"
    OPEN_DEAL = "open_deal"
    PRODUCT_OWNED = "product_owned"
    CONTRACT_RUNNING = "contract_running"
    DEAL_LOST = "deal_lost"
    EXCLUDED = "excluded"


class FaultCode(StrEnum):
    """Why a model, or a policy, cannot be published."""

    # The file as such.
    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    NOT_YAML = "not_yaml"
    EMPTY = "empty"
    REFERENCE = "reference"
    TOO_DEEP = "too_deep"
    TWICE = "twice"
    # One place of it.
    NO_TABLE = "no_table"
    NO_LIST = "no_list"
    NO_TEXT = "no_text"
    NO_NUMBER = "no_number"
    DECIMAL_COMMA = "decimal_comma"
    NOT_FINITE = "not_finite"
    NOT_WHOLE = "not_whole"
    NO_FLAG = "no_flag"
    NO_TIME = "no_time"
    MISSING = "missing"
    UNKNOWN = "unknown"
    TOO_SMALL = "too_small"
    NOT_ABOVE = "not_above"
    TOO_BIG = "too_big"
    TOO_MANY = "too_many"
    NOT_AFTER = "not_after"
    BASE_AND_MINUTES = "base_and_minutes"
    MOST_ALONE = "most_alone"
    MUST_BE_NOTHING = "must_be_nothing"
    CONDITION = "condition"
    FIELD_OUTSIDE = "field_outside"
    NOBODY_SO_CALLED = "nobody_so_called"
    # What it would bring about.
    FIRST_TAKES_ALL = "first_takes_all"
    CIRCLE = "circle"
    UNREACHABLE = "unreachable"
    OUT_OF_REACH = "out_of_reach"
