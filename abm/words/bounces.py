"""Words of returned mail: what a report says of whom, and why."""

from enum import StrEnum


class BounceKind(StrEnum):
    """What a mail that came back is; only `bounce` says that an address failed."""

    BOUNCE = "bounce"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    OTHER = "other"


class BounceStrength(StrEnum):
    """Hard: the address will not work again. Soft: another mail may arrive."""

    HARD = "hard"
    SOFT = "soft"


class BounceReason(StrEnum):
    """Why a mail came back, a closed list."""

    NO_SUCH_USER = "no_such_user"
    NO_SUCH_HOST = "no_such_host"
    MOVED = "moved"
    MAILBOX_DISABLED = "mailbox_disabled"
    MAILBOX_FULL = "mailbox_full"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    BLOCKED_SPAM = "blocked_spam"
    BLOCKED_POLICY = "blocked_policy"
    CONTENT = "content"
    RELAY = "relay"
    LOOP = "loop"
    CONNECTION = "connection"
    SYSTEM = "system"
    COMPLAINED = "complained"
    ANSWERED = "answered"
    UNKNOWN = "unknown"
