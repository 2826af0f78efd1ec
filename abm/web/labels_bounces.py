"""Words for the enums of returned mail."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import BounceKind, BounceReason, BounceStrength

BOUNCED: dict[type[StrEnum], dict[str, LazyString]] = {
    BounceKind: {
        BounceKind.BOUNCE: _l("Came back"),
        BounceKind.DELAY: _l("Delayed"),
        BounceKind.COMPLAINT: _l("Spam complaint"),
        BounceKind.AUTO_REPLY: _l("Automatic answer"),
        BounceKind.OTHER: _l("Other mail"),
    },
    BounceStrength: {
        BounceStrength.HARD: _l("For good"),
        BounceStrength.SOFT: _l("For now"),
    },
    BounceReason: {
        BounceReason.NO_SUCH_USER: _l("The address does not exist"),
        BounceReason.NO_SUCH_HOST: _l("The mail domain does not exist"),
        BounceReason.MOVED: _l("The address has changed"),
        BounceReason.MAILBOX_DISABLED: _l("The mailbox is disabled"),
        BounceReason.MAILBOX_FULL: _l("The mailbox is full"),
        BounceReason.TOO_LARGE: _l("The mail is too large"),
        BounceReason.RATE_LIMITED: _l("Too many mails in a short time"),
        BounceReason.BLOCKED_SPAM: _l("Refused as spam"),
        BounceReason.BLOCKED_POLICY: _l("Refused by the recipient's rules"),
        BounceReason.CONTENT: _l("Refused for its content"),
        BounceReason.RELAY: _l("The server takes no mail for this domain"),
        BounceReason.LOOP: _l("The mail went in circles"),
        BounceReason.CONNECTION: _l("The recipient's server did not answer"),
        BounceReason.SYSTEM: _l("Trouble at the recipient's server"),
        BounceReason.COMPLAINED: _l("Reported as unwanted"),
        BounceReason.ANSWERED: _l("Answered automatically"),
        BounceReason.UNKNOWN: _l("No reason given"),
    },
}
