"""Words of how mails leave: their limits, what is looked at of the domain that sends, and how well it is."""

from enum import StrEnum


class LimitSort(StrEnum):
    """Whom a limit of sending is about."""

    ALL = "all"
    OTHERS = "others"
    GROUP = "group"


class SmtpTls(StrEnum):
    """Whether mails may be handed to a server in the clear."""

    REQUIRED = "required"
    # Encrypted where the server offers it: whoever sits between may take the offer away.
    OFFERED = "offered"


class Level(StrEnum):
    """How a figure of sending is to be taken."""

    WELL = "well"
    WATCH = "watch"
    BAD = "bad"


class DomainPart(StrEnum):
    """What is looked at of the domains that send our mails."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    STOP = "stop"
    BOUNCES = "bounces"


class FindingState(StrEnum):
    """What came of looking: an answer that did not come says nothing."""

    WELL = "well"
    WATCH = "watch"
    BAD = "bad"
    UNASKED = "unasked"
