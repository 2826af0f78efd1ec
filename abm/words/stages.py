"""Words of stages: where an account stands and why."""

from enum import StrEnum


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
    SHARE_OF_THRESHOLD = "share_of_threshold"
    THRESHOLD_REACHED = "threshold_reached"
    ACT_NOW = "act_now"
    HAND_OFF_TAKEN = "hand_off_taken"
    OPEN_DEAL = "open_deal"
    PRODUCT_OWNED = "product_owned"
    CONTRACT_RUNNING = "contract_running"
    DEAL_LOST = "deal_lost"
    LONG_SILENCE = "long_silence"
    EXCLUDED = "excluded"
    RULE_OF_MODEL = "rule_of_model"
    # Until the model's next look finds another.
    SEQUENCE_STEP = "sequence_step"


class ReturnCause(StrEnum):
    """After what an account did something again."""

    SILENCE = "silence"
    LOST_DEAL = "lost_deal"


class MqaCause(StrEnum):
    """What made an account ready for hand-off, or ended that."""

    ENTERED = "entered"
    ACT_NOW = "act_now"
    REROUTED = "rerouted"
    WOKEN = "woken"
    LEFT = "left"
