"""Words of users: what they speak, may do and are told."""

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


class ApiScope(StrEnum):
    """What another system may ask for with its token."""

    ENROLL = "sequences:enroll"


class ActionOutcome(StrEnum):
    """How a next action ended."""

    DONE = "done"
    DROPPED = "dropped"
    REPLACED = "replaced"


class NoticeKind(StrEnum):
    """What a notice tells a user."""

    FIRST_HERE = "first_here"
    SECOND_HERE = "second_here"
    # A channel took nothing for so long that it was switched off.
    CHANNEL_OFF = "channel_off"
    # A step of a sequence tells what it was made to tell.
    STEP = "step"
    # So much of a sequence came back, or was complained about, that it was paused.
    SEQUENCE_BROKEN = "sequence_broken"
